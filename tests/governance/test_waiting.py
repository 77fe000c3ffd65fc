"""What waits for a member: each source, who sees it, when it ends, and how little the database is asked for it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.actions import inbox
from governance.actions.assemblies import convene
from governance.actions.charter import adopt_template
from governance.actions.circles import begin_mandate, open_circle
from governance.actions.leaving import leave
from governance.actions.proposals import draft_proposal
from governance.errors import Invalid, NotEntitled, NotFound, TermMissing
from governance.models import AsideLine, Charter, WaitingFeed, WaitingSource
from governance.queries import waiting
from governance.queries.inbox import at_hand, lines_for, live_feed, open_count
from governance.queries.sealed import seal, unseal
from governance.queries.waiting_sources import missing_figures
from governance.rules.inbox import FeedItem, Group, feed_document, line_key, read_feed
from network.actions.collectives import admit_member, found_collective
from network.clock import now
from network.models import Account, MembershipState

DAY = timedelta(days=1)


def kinds(member, at=None):
    return sorted(line.kind for line in lines_for(member, at or now()))


def convened(cast, title="Point d’étape", starts_at=None):
    return convene(
        actor=cast.bachir, circle_id=cast.circle.pk, title=title, starts_at=starts_at or now() + 3 * DAY, place="",
        agenda=[("Nouvelles", None)],
    )  # fmt: skip


def test_an_assembly_waits_for_those_who_are_invited(clock, cast):
    convened(cast)
    assert kinds(cast.alix) == ["assembly_soon"]
    assert kinds(cast.bachir) == ["facilitate"]
    assert kinds(cast.dominique) == kinds(cast.fanny) == []
    line = lines_for(cast.alix, now())[0]
    assert (line.group, line.collective, line.remind_days) == (Group.WEEK, "Les Ateliers Réunis", (7, 1))


def test_an_open_assembly_comes_first(clock, cast):
    cast.enter()
    convened(cast, "Plus tard", now() + 30 * DAY)
    lines = lines_for(cast.camille, now())
    assert [line.kind for line in lines] == ["assembly_now", "assembly_soon"]
    assert [line.group for line in lines] == [Group.NOW, Group.LATER]


def test_minutes_wait_until_one_has_said_something_of_them(clock, cast):
    cast.to_adopted()
    cast.do(cast.bachir, "close")
    assert "minutes_write" in kinds(cast.bachir)
    assert "minutes_write" not in kinds(cast.alix)
    receipt = cast.do(cast.bachir, "draw_up_minutes")
    assert receipt
    assert [line.kind for line in lines_for(cast.alix, now())] == ["minutes_approve"]
    assert "minutes_approve" not in kinds(cast.dominique)
    digest = cast.assembly.minutes.latest("version").digest
    cast.do(cast.alix, "approve_minutes", digest=digest)
    assert kinds(cast.alix) == []
    assert "minutes_approve" in kinds(cast.camille)
    clock.advance(minutes=5)
    cast.do(cast.bachir, "amend_minutes", text="Corrigé.")
    assert "minutes_approve" in kinds(cast.alix), "another draft is to be read again"


def test_a_decision_comes_back_to_mind_before_its_review(clock, cast):
    cast.to_adopted()
    cast.do(cast.bachir, "close_decision")
    assert "review_due" not in kinds(cast.alix)
    clock.set(clock.instant.replace(year=2027, month=5, day=1))
    assert "review_due" not in kinds(cast.alix), "31 days before"
    clock.advance(days=1)
    assert "review_due" in kinds(cast.alix)
    assert "review_due" not in kinds(cast.camille), "Alix answers for it"


def test_drafts_wait_for_their_author(clock, cast):
    draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="Une idée")
    assert kinds(cast.alix) == ["draft"]
    assert lines_for(cast.alix, now())[0].group is Group.OPEN
    assert kinds(cast.bachir) == []


def test_a_mandate_is_said_as_early_as_the_charter_asks(clock, cast):
    ends = date(2027, 3, 1)
    begin_mandate(circle=cast.circle, member=cast.alix, role="treasurer", starts_on=date(2026, 1, 1), ends_on=ends)
    clock.set(clock.instant.replace(year=2026, month=12, day=30))
    assert kinds(cast.alix) == []
    clock.advance(days=1)
    assert kinds(cast.alix) == ["mandate_ending"]
    clock.set(clock.instant.replace(year=2027, month=3, day=3))
    assert kinds(cast.alix) == []


def test_what_the_charter_leaves_open_is_said_not_guessed(clock, cast):
    old = Charter.objects.get(collective=cast.collective)
    figures = {name: value for name, value in old.document["figures"].items() if name != "inbox.review_days"}
    Charter.objects.create(
        collective=cast.collective, version=2, digest="sha256:2", document={**old.document, "figures": figures},
        adopted_at=now(),
    )  # fmt: skip
    assert kinds(cast.alix) == []
    assert missing_figures(cast.alix) == [("Les Ateliers Réunis", ("inbox.review_days",))]


def test_only_collectives_of_today_and_all_of_them(clock, cast):
    other = found_collective(name="La Remise")
    admit_member(collective=other, member=cast.alix)
    adopt_template(collective=other, template="six_values")
    circle = open_circle(actor=cast.alix, collective=other, name="Tout", members=[cast.alix])
    draft_proposal(actor=cast.alix, circle_id=circle.pk, title="Un toit")
    draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="Une idée")
    assert {line.collective for line in lines_for(cast.alix, now())} == {"La Remise", "Les Ateliers Réunis"}
    cast.alix.memberships.filter(collective=other).update(state=MembershipState.ENDED)
    assert [line.collective for line in lines_for(cast.alix, now())] == ["Les Ateliers Réunis"]


def ending(cast, role):
    today = now().date()
    begin_mandate(circle=cast.circle, member=cast.alix, role=role, starts_on=today, ends_on=today + DAY)


def test_the_count_asks_no_more_of_the_database_however_much_waits(clock, cast):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            lines_for(cast.alix, now())
        return len(queries)

    convened(cast)
    draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="Une idée")
    ending(cast, "treasurer")
    few = asked()
    for n in range(12):
        convened(cast, f"Réunion {n}")
        draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title=f"Idée {n}")
        ending(cast, f"role {n}")
    assert asked() == few
    assert few <= 24  # five sources, a few questions each
    print(f"\n{few} queries for a list, counted at most once a minute")
    open_count(cast.alix)
    with CaptureQueriesContext(connection) as queries:
        assert open_count(cast.alix) > 12
    assert len(queries) == 0


def test_a_process_that_refuses_keeps_no_other_from_being_read(clock, cast, monkeypatch):
    def refuses(member, at):
        raise TermMissing("term_missing", term="x.days")

    convened(cast)
    monkeypatch.setitem(waiting._sources, "odd", refuses)
    assert kinds(cast.alix) == ["assembly_soon"]


# --- put aside -----------------------------------------------------------------------------------------------


def test_a_line_put_aside_is_so_for_its_reader_alone_and_comes_back(clock, cast):
    convened(cast)
    line = lines_for(cast.alix, now())[0]
    inbox.put_aside(actor=cast.alix, line=line.key, until=now() + DAY)
    assert at_hand(lines_for(cast.alix, now())) == []
    assert open_count(cast.alix) == 0
    assert len(at_hand(lines_for(cast.camille, now()))) == 1
    clock.advance(days=1)
    assert len(at_hand(lines_for(cast.alix, now()))) == 1
    inbox.put_aside(actor=cast.alix, line=line.key)
    inbox.put_aside(actor=cast.alix, line=line.key)
    assert AsideLine.objects.count() == 1
    clock.advance(days=60)
    assert at_hand(lines_for(cast.alix, now())) == [], "seen is seen"
    inbox.take_back(actor=cast.alix, line=line.key)
    assert len(at_hand(lines_for(cast.alix, now()))) == 1


@pytest.mark.parametrize(("line", "days"), [("x", 1), ("a" * 64, -1), ("a" * 64, 100)])
def test_what_cannot_be_put_aside(clock, cast, line, days):
    with pytest.raises(Invalid):
        inbox.put_aside(actor=cast.alix, line=line, until=now() + days * DAY)


# --- feeds and sources ---------------------------------------------------------------------------------------


def test_a_feed_is_for_members_known_by_a_digest_and_ended_for_good(clock, cast):
    token = inbox.open_feed(actor=cast.alix, collective_id=cast.collective.pk)
    assert token not in str(WaitingFeed.objects.values())
    feed = live_feed(token)
    assert (feed.member, feed.collective_id) == (cast.alix, cast.collective.pk)
    with pytest.raises(NotFound):
        inbox.end_feed(actor=cast.bachir, feed_id=feed.id)
    inbox.end_feed(actor=cast.alix, feed_id=feed.id)
    assert live_feed(token) is None
    with pytest.raises(NotFound):
        live_feed(token + "x")
    with pytest.raises(NotEntitled):
        inbox.open_feed(actor=cast.fanny, collective_id=cast.collective.pk)


def test_a_feed_ends_with_the_membership(clock, cast):
    token = inbox.open_feed(actor=cast.alix, collective_id=cast.collective.pk)
    cast.alix.memberships.update(state=MembershipState.ENDED)
    assert live_feed(token) is None


def test_an_address_of_another_node_is_sealed_and_read_at_an_hour_of_its_own(clock, cast):
    address = "https://tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.ics"
    source = inbox.add_source(actor=cast.alix, address=address)
    again = inbox.add_source(actor=cast.alix, address=address.replace(".ics", ".atom"))
    assert again.pk == source.pk, "the three forms are one feed"
    row = WaitingSource.objects.get()
    assert b"tours" not in bytes(row.address)
    assert unseal(row.address).endswith(".json")
    assert timedelta(seconds=20) <= row.next_at - now() <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "address",
    ["", "tours.example", "ftp://tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.json", "https://x/",
     "https://a@tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.json", "https://[/flux/attente/x.json",
     "http://localhost:8000/flux/attente/abcdefghijklmnopqrstuvwxyz.json"],
)  # fmt: skip
def test_what_is_no_address_of_another_node(clock, cast, settings, address):
    settings.ORIGIN = "http://localhost:8000"
    with pytest.raises(Invalid) as refused:
        inbox.add_source(actor=cast.alix, address=address)
    assert refused.value.code in {"waiting_address", "waiting_address_here"}


def test_sealed_words_of_another_key_are_silence(settings):
    from cryptography.fernet import Fernet

    sealed = seal("secret")
    settings.WRAPPING_KEY = Fernet.generate_key().decode()
    assert unseal(sealed) == ""


def test_whoever_leaves_takes_everything_along(clock, cast):
    inbox.open_feed(actor=cast.alix)
    inbox.add_source(actor=cast.alix, address="https://tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.json")
    inbox.put_aside(actor=cast.alix, line="a" * 64)
    inbox.choose_digest(actor=cast.alix, rhythm="daily", email="alix@mail.example")
    leave(actor=Account.objects.get(member=cast.alix), member_id=cast.alix.pk, password="motdepasse-1")
    assert not WaitingFeed.objects.exists()
    assert not WaitingSource.objects.exists()
    assert not AsideLine.objects.exists()


# --- what nodes exchange -------------------------------------------------------------------------------------

ORIGIN = "https://tours.example"


def item(**changes):
    due = now() + DAY
    fields = {"id": line_key("x"), "kind": "position", "title": "Un onduleur", "collective": "Tours", "since": now(),
              "due_at": due, "url": f"{ORIGIN}/propositions/3", "remind_days": (7, 1)}  # fmt: skip
    return FeedItem(**{**fields, **changes})


def test_a_list_comes_back_as_it_was_written(clock):
    items = (item(), item(id=line_key("y"), due_at=None))
    assert read_feed(feed_document(ORIGIN, "Ce qui m’attend", items), ORIGIN) == items


@pytest.mark.parametrize(
    "wrong",
    [{"url": "https://elsewhere.example/x"}, {"url": "javascript:alert(1)"}, {"url": f"{ORIGIN}@evil.example/"},
     {"url": f"{ORIGIN}/a b"}, {"kind": "../x"}, {"id": "x"}, {"title": 3}, {"since": "hier"}, {"due": "demain"},
     {"since": "2026-01-01T00:00:00"}],
)  # fmt: skip
def test_a_malformed_line_is_left_out_and_the_others_stay(clock, wrong):
    document = feed_document(ORIGIN, "", (item(), item(id=line_key("y"))))
    document["items"][0] |= wrong
    assert [each.id for each in read_feed(document, ORIGIN)] == [line_key("y")]


@pytest.mark.parametrize("document", [{}, {"type": "toile-waiting", "version": 2, "items": []}, {"items": 3}])
def test_what_is_no_list_is_refused(document):
    with pytest.raises(Invalid):
        read_feed(document, ORIGIN)
