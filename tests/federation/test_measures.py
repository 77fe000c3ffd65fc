"""What operators decide about other nodes: blocks by host, a closed node, lists of nodes, notices."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from federation import dispatch, measures, nodes, outbox, overview, tasks
from federation.models import Delivery, DeliveryState, Follow, Host, Node, Notice, Standing
from federation.queries import may_exchange, standing_of
from federation.rules.delivery import Recipient
from network.clock import now
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Member, Offer
from network.queries.trust import trust_lines, trust_page, viewpoint_for
from tests import factories
from tests.federation.conftest import answers_as_node, make_follower, make_peer
from tests.federation.offers import created

pytestmark = pytest.mark.django_db

PIRATE = "https://pirate.example"


@pytest.fixture
def operator(here):
    return factories.account(here, operator=True)


def known(origin=PIRATE, **columns) -> Node:
    return Node.objects.create(origin=origin, **columns)


def follower_at(inbox: str, followed: str, name="x") -> Follow:
    return Follow.objects.create(
        follower=inbox.removesuffix("/inbox"), followed=followed, activity=f"{inbox}/{name}", outgoing=False,
        state="accepted", inbox=inbox,
    )  # fmt: skip


# --- blocks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"{PIRATE}/u/x",
        "https://PIRATE.example:8443/u/x",
        "http://pirate.example/u/x",
        "https://sub.pirate.example/u/x",
        "https://deep.sub.pirate.example",
    ],
)
def test_a_block_holds_for_the_host_on_any_port_and_below(here, operator, address):
    measures.block(node_id=known().pk, actor=operator, reason="mensonges")
    assert standing_of(address) == Standing.BLOCKED
    assert not may_exchange(address)


@pytest.mark.parametrize("address", ["https://example", "https://otherpirate.example", "https://pirate.example.org"])
def test_a_block_holds_for_nobody_else(here, operator, address):
    measures.block(node_id=known().pk, actor=operator, reason="mensonges")
    assert may_exchange(address)


def test_what_is_no_address_is_not_spoken_with(db):
    assert not may_exchange("https://pirate.example./u/x")
    assert not may_exchange("javascript:x")


def test_a_block_ends_follows_in_both_directions_and_what_waits(here, operator):
    node = known(actor=f"{PIRATE}/actor", standing=Standing.PEER, allowed=True)
    follower_at("https://sub.pirate.example/u/x/inbox", here.uri)
    kept = follower_at("https://honest.example/u/x/inbox", here.uri)
    asked = outbox.send_to(Recipient(node.actor, f"{PIRATE}/inbox"), "Follow", here.uri, node.actor, node.actor)
    Follow.objects.create(follower=here.uri, followed=node.actor, activity=asked.uri, outgoing=True)
    measures.block(node_id=node.pk, actor=operator, reason="mensonges")
    assert list(Follow.objects.all()) == [kept]
    assert list(Delivery.objects.values_list("state", "last_status")) == [(DeliveryState.REFUSED, "blocked")]
    node.refresh_from_db()
    assert not node.allowed


def test_nothing_is_queued_for_a_blocked_node(here, operator, p1):
    measures.block(node_id=known(p1.origin).pk, actor=operator, reason="mensonges")
    outbox.send_to(Recipient(f"{p1.origin}/u/x", f"{p1.origin}/inbox"), "Accept", here.uri, "x", "x")
    assert not Delivery.objects.exists()
    dispatch.deliver_due()
    assert p1.seen == []


def test_nothing_is_fetched_from_a_blocked_node(here, operator, p1):
    measures.block(node_id=known(p1.origin).pk, actor=operator, reason="mensonges")
    answers_as_node(p1)
    with pytest.raises(WrongState, match="node_blocked"):
        nodes.follow_node(origin_or_handle=p1.origin, actor=operator)
    assert not p1.asked("/u/node")


def test_tru_12_attestations_of_a_blocked_host_count_nothing_until_it_is_lifted(here, operator):
    collective = here.memberships.get().collective
    there = {"origin": "https://sub.pirate.example", "belongs_to": collective}
    guests = [factories.member(f"Guest{n}", **there) for n in range(30)]
    far = factories.member("Fanny", origin="https://far.example")
    for guest in guests:
        factories.vouch_between(here, guest)
        factories.vouch_between(guest, far)

    def kappa() -> int:
        return trust_lines(viewpoint_for(member=here), [far])[far.pk].kappa

    def vouchers() -> int:
        return len(trust_page(viewpoint_for(member=here), far).vouchers)

    assert (kappa() > 0, vouchers()) == (True, 30)
    node = known()
    measures.block(node_id=node.pk, actor=operator, reason="mensonges")
    assert (kappa(), vouchers()) == (0, 0)
    measures.readmit(node_id=node.pk, actor=operator)
    assert (kappa() > 0, vouchers()) == (True, 30)


def test_a_block_above_still_holds_when_one_below_is_lifted(here, operator):
    sub = known("https://sub.pirate.example")
    far = factories.member("Fanny", origin=sub.origin)
    for node in (sub, known()):
        measures.block(node_id=node.pk, actor=operator, reason="mensonges")
    measures.readmit(node_id=sub.pk, actor=operator)
    assert not may_exchange(sub.origin)
    assert Member.objects.get(pk=far.pk).muted


def test_offers_of_hosts_below_go_at_once(here, operator):
    factories.offer(factories.member("Fanny", origin="https://sub.pirate.example"))
    kept = factories.offer(factories.member("Élise", origin="https://honest.example"))
    measures.block(node_id=known().pk, actor=operator, reason="mensonges")
    assert list(Offer.objects.filter(local=False)) == [kept]


# --- a closed node ---------------------------------------------------------------------------------------


def test_a_closed_node_speaks_with_peers_and_its_list_only(here, operator):
    listed, peer, other = known("https://a.example", allowed=True), known("https://b.example"), known()
    Node.objects.filter(pk=peer.pk).update(standing=Standing.PEER)
    asked = [node.origin for node in (listed, peer, other)] + ["https://unknown.example"]
    assert [may_exchange(origin) for origin in asked] == [True] * 4
    measures.set_closed(closed=True, actor=operator)
    assert [may_exchange(origin) for origin in asked] == [True, True, False, False]
    measures.set_closed(closed=False, actor=operator)
    assert [may_exchange(origin) for origin in asked] == [True] * 4


def test_a_closed_node_delivers_to_its_list_only(here, operator, p1, p2):
    make_follower(p1.actor("bob"), here.uri)
    make_follower(p2.actor("carol"), here.uri)
    measures.allow(node_id=known(p1.origin).pk, actor=operator)
    measures.set_closed(closed=True, actor=operator)
    tasks.announce("offer", factories.offer(here).pk)
    dispatch.deliver_due()
    assert [seen.method for seen in p1.seen] == ["POST"]
    assert p2.seen == []


def test_what_waits_when_the_node_closes_is_not_sent(here, operator, p1):
    make_follower(p1.actor("bob"), here.uri)
    tasks.announce("offer", factories.offer(here).pk)
    measures.set_closed(closed=True, actor=operator)
    dispatch.deliver_due()
    assert p1.seen == []


def test_a_closed_node_lets_nobody_else_follow(here, operator, p1, send):
    measures.set_closed(closed=True, actor=operator)
    alice = p1.actor("alice")
    follow = alice.activity("Follow", here.uri)
    refused = send(alice, follow)
    assert refused is None or refused.outcome == "ignored"
    assert not Follow.objects.exists()
    measures.allow(node_id=Node.objects.get_or_create(origin=p1.origin)[0].pk, actor=operator)
    assert send(alice, alice.activity("Follow", here.uri)).outcome == "applied"


def test_following_from_a_closed_node_lists_the_other(here, operator, p1):
    answers_as_node(p1)
    measures.set_closed(closed=True, actor=operator)
    nodes.follow_node(origin_or_handle=p1.origin, actor=operator)
    assert may_exchange(p1.origin)


def test_a_blocked_node_cannot_be_allowed(here, operator):
    node = known(standing=Standing.BLOCKED)
    with pytest.raises(WrongState, match="node_blocked"):
        measures.allow(node_id=node.pk, actor=operator)


def test_only_operators_decide(here):
    somebody = factories.account()
    node = known()
    for refused in (
        lambda: measures.block(node_id=node.pk, actor=somebody, reason="x"),
        lambda: measures.limit(node_id=node.pk, actor=somebody, reason="x"),
        lambda: measures.readmit(node_id=node.pk, actor=somebody),
        lambda: measures.allow(node_id=node.pk, actor=somebody),
        lambda: measures.disallow(node_id=node.pk, actor=somebody),
        lambda: measures.set_closed(closed=True, actor=somebody),
        lambda: measures.read_notice(notice_id=1, actor=somebody),
        lambda: measures.apply_list(lines=[], actor=somebody),
    ):
        with pytest.raises(NotEntitled, match="not_operator"):
            refused()


# --- lists -----------------------------------------------------------------------------------------------

EXPORTED = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Pirate.Example,suspend,TRUE,TRUE,Offres fausses,FALSE
*.bruyant.example,silence,FALSE,FALSE,"Trop, vraiment trop",FALSE
bücher.example,suspend,FALSE,FALSE,spam,FALSE
calme.example,noop,FALSE,FALSE,,FALSE
"""


def test_an_exported_list_is_taken_whole_and_again_changes_nothing(here, operator):
    far = factories.member("Fanny", origin="https://sub.pirate.example")
    done = measures.apply_list(lines=measures.read_list(EXPORTED), actor=operator)
    assert dict(done) == {"blocked": 2, "limited": 1}
    rows = dict(Node.objects.values_list("origin", "standing"))
    assert rows == {PIRATE: "blocked", "https://bruyant.example": "limited", "https://xn--bcher-kva.example": "blocked"}
    assert Node.objects.get(origin="https://bruyant.example").reason == "Trop, vraiment trop"
    assert Member.objects.get(pk=far.pk).muted
    assert dict(measures.apply_list(lines=measures.read_list(EXPORTED), actor=operator)) == {"unchanged": 3}


FAULTY = [
    ("ht!tp://x", "list_address"),
    ("a.example,frozen,x", "list_standing"),
    ("localhost:8000", "list_own"),
    ("a.example,blocked,x\na.example,limited,x", "list_twice"),
    ("a.example,blocked", "list_reason"),
    ('"a.example,blocked' + "x" * 200_000, "list_unreadable"),
    ("\n".join(f"n{n}.example" for n in range(5001)), "list_too_long"),
]


@pytest.mark.parametrize(("text", "problem"), FAULTY, ids=[problem for _text, problem in FAULTY])
def test_a_faulty_line_stops_the_whole_list(here, operator, settings, text, problem):
    settings.ORIGIN = "https://localhost:8000"
    lines = measures.read_list(f"{text}\nb.example,blocked,menteur" if problem != "list_unreadable" else text)
    assert problem in {line.problem for line in lines}
    with pytest.raises(Invalid, match="list_faulty"):
        measures.apply_list(lines=lines, actor=operator)
    assert not Node.objects.exists()


def test_a_parent_of_our_own_domain_is_refused(settings):
    settings.ORIGIN = "https://toile.ville.example"
    assert measures.read_list("ville.example", reason="x")[0].problem == "list_own"
    assert measures.read_list("autre.ville.example", reason="x")[0].problem == ""


def test_half_a_list_is_never_written(here, operator, monkeypatch):
    apply_one = measures._apply

    def breaks(line):
        if line.origin == "https://c.example":
            raise DatabaseError
        return apply_one(line)

    monkeypatch.setattr(measures, "_apply", breaks)
    with pytest.raises(DatabaseError):
        measures.apply_list(lines=measures.read_list("a.example\nb.example\nc.example", reason="x"), actor=operator)
    assert not Node.objects.exists()


def test_what_is_exported_is_read_back(here, operator):
    known(standing=Standing.BLOCKED, reason='=HYPERLINK("x"), et "plus"')
    known("https://a.example", standing=Standing.LIMITED, reason="@bruit")
    known("https://b.example", allowed=True)
    known("https://c.example", standing=Standing.PEER)
    known("https://d.example")
    before = list(Node.objects.order_by("origin").values_list("origin", "standing", "reason", "allowed"))
    text = measures.export_list()
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell.startswith(("=", "@", '"='))]
    Node.objects.all().delete()
    measures.apply_list(lines=measures.read_list(text), actor=operator)
    after = list(Node.objects.order_by("origin").values_list("origin", "standing", "reason", "allowed"))
    expected = [(o, "unknown" if s == "peer" else s, r, a or s == "peer") for o, s, r, a in before if "d." not in o]
    assert after == expected


def test_the_command_reads_a_file(here, tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + EXPORTED, encoding="utf-8")
    call_command("import_nodes", str(file), "--dry-run")
    assert not Node.objects.exists()
    call_command("import_nodes", str(file))
    assert "2 blocked" in capsys.readouterr().out
    file.write_text("a.example\nb example\n")
    with pytest.raises(CommandError, match="2 lines to mend"):
        call_command("import_nodes", str(file))
    assert "line 2: b example: no address" in capsys.readouterr().err
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_nodes", str(tmp_path / "nothing.csv"))


# --- what the page shows ---------------------------------------------------------------------------------


def test_the_number_of_questions_does_not_grow_with_the_nodes(here, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    known(actor=f"{PIRATE}/actor")
    with CaptureQueriesContext(connection) as one:
        overview.nodes_page()
    for n in range(30):
        known(f"https://n{n}.example", actor=f"https://n{n}.example/actor")
    with django_assert_num_queries(len(one)):
        assert len(overview.nodes_page().nodes) == 31


def test_the_page_filters_and_turns(here):
    for n in range(60):
        known(f"https://n{n:02}.example", standing=Standing.BLOCKED if n % 2 else Standing.LIMITED, reason="x")
    page = overview.nodes_page(chosen="blocked")
    assert (page.counts["blocked"], page.total, len(page.nodes), page.pages) == (30, 60, 30, 1)
    assert {node.standing for node in page.nodes} == {"blocked"}
    assert [node.origin for node in overview.nodes_page(words="n07").nodes] == ["https://n07.example"]
    last = overview.nodes_page(number=99)
    assert (last.number, last.pages, len(last.nodes)) == (2, 2, 10)
    assert overview.nodes_page(chosen="nonsense").total == 60


def test_the_public_sees_measures_and_partners_only(here):
    known("https://quiet.example")
    loud = known("https://loud.example", standing=Standing.LIMITED, reason="x")
    assert [node.origin for node in overview.nodes_page(everything=False).nodes] == [loud.origin]
    with pytest.raises(NotFound, match="node_unknown"):
        overview.node_line(Node.objects.get(origin="https://quiet.example").pk, everything=False)


def test_a_line_says_what_waits_and_since_when(here, p1):
    make_peer(p1)
    make_follower(p1.actor("bob"), here.uri)
    tasks.announce("offer", factories.offer(here).pk)
    Host.objects.update_or_create(origin=p1.origin, defaults={"open_until": now().replace(year=2199)})
    line = overview.nodes_page().nodes[0]
    assert (line.queue, line.oldest is not None, line.rests_until.year) == (1, True, 2199)


def test_notices_are_shown_until_read(here, operator):
    notice = Notice.objects.create(code="delivery_expired", about=PIRATE)
    assert [line.code for line in overview.nodes_page().notices] == ["delivery_expired"]
    measures.read_notice(notice_id=notice.pk, actor=operator)
    assert overview.nodes_page().notices == ()
    with pytest.raises(NotFound, match="notice_unknown"):
        measures.read_notice(notice_id=notice.pk + 1, actor=operator)


def test_the_doctor_hears_of_silent_partners(here, clock):
    node = known("https://b.example", standing=Standing.PEER, first_seen_at=now(), last_seen_at=now())
    assert overview.exchange_health().stale == ()
    clock.advance(days=8)
    assert overview.exchange_health().stale == (node.origin,)


def test_a_follow_is_listed_again_after_a_limit(here, operator, p1, send):
    make_peer(p1)
    alice = p1.actor("alice")
    node = Node.objects.get(origin=p1.origin)
    measures.limit(node_id=node.pk, actor=operator, reason="à voir")
    assert send(alice, created(alice)).detail == "not-followed"
    measures.readmit(node_id=node.pk, actor=operator)
    assert send(alice, created(alice)).outcome == "applied"
