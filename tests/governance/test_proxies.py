"""VOT-17. Proxies: giving one, what is refused, what ends one, and what a vote makes of them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from frontend.messages import SENTENCES
from governance.actions.charter import adopt_charter
from governance.actions.circles import join_circle, leave_circle, open_circle
from governance.actions.polls import close_poll
from governance.actions.proxies import end_proxy, give_proxy
from governance.errors import DomainError, NotEntitled, NotFound, WrongState
from governance.models import Charter, CircleEvent, Entry, Proxy
from governance.queries.polls import poll_view
from governance.queries.proxies import given_in, proxies_page
from governance.queries.register import check_register
from governance.queries.waiting import waiting_for
from governance.rules.charter import Terms, parts
from network.actions.collectives import admit_member, begin_probation, end_membership, suspend_membership
from network.clock import day_of, now
from network.models import Member
from tests.governance.conftest import make_member
from tests.governance.polling import allow_votes, end, to_vote, vote


@pytest.fixture
def circle(clock, cast):
    allow_votes(cast)
    return cast


def give(cast, giver, holder, **more):
    return give_proxy(actor=giver, circle_id=cast.circle.pk, holder_id=holder.pk, **{"key": uuid4(), **more})


def refusal(cast, giver, holder, **more):
    with pytest.raises(DomainError) as refused:
        give(cast, giver, holder, **more)
    return refused.value.code


def runs(cast):
    return [(each.giver, each.holder) for each in given_in(cast.circle, day_of(now()))]


def place(poll, member):
    return poll.roll.get(member=member)


# --- giving


def test_a_member_of_the_circle_gives_theirs_to_another_once(circle):
    cast, key = circle, uuid4()
    given = give(cast, cast.alix, cast.bachir, key=key)
    assert give(cast, cast.alix, cast.bachir, key=key) == given
    assert runs(cast) == [(cast.alix.pk, cast.bachir.pk)]
    assert given.ends_on == day_of(now()).replace(year=day_of(now()).year + 1) - timedelta(days=1)
    line = CircleEvent.objects.filter(kind="proxy_given").get()
    assert (line.actor, line.member) == (cast.alix, cast.bachir)


def test_a_key_is_of_one_act(circle):
    cast, key = circle, uuid4()
    give(cast, cast.alix, cast.bachir, key=key)
    assert refusal(cast, cast.alix, cast.camille, key=key) == "key_reused"
    assert refusal(cast, cast.camille, cast.bachir, key=key) == "key_reused"
    assert refusal(cast, cast.alix, cast.camille, key="x") == "key_malformed"


def test_vot_17_every_odd_proxy_is_refused_with_a_sentence_of_its_own(circle):
    cast = circle
    elodie, farid = make_member("Elodie"), make_member("Farid")
    for member in (elodie, farid):
        admit_member(collective=cast.collective, member=member)
        join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=member)
    give(cast, cast.alix, cast.bachir)
    seen = {
        "back": refusal(cast, cast.bachir, cast.alix),  # A→B→A
        "passed on": refusal(cast, cast.bachir, cast.camille),  # A→B→C
        "to a giver": refusal(cast, cast.camille, cast.alix),  # C→A→B
        "self": refusal(cast, cast.camille, cast.camille),
        "twice": refusal(cast, cast.alix, cast.camille),
        "from no member": refusal(cast, cast.fanny, cast.camille),
        "to no member": refusal(cast, cast.camille, cast.fanny),
        "from outside the circle": refusal(cast, cast.dominique, cast.camille),
    }
    assert refusal(cast, cast.camille, cast.dominique) == seen["to no member"]
    assert refusal(cast, cast.alix, cast.bachir) == seen["twice"]
    give(cast, cast.camille, cast.bachir)
    seen["over the maximum"] = refusal(cast, elodie, cast.bachir)
    assert seen == {
        "back": "proxy_back",
        "passed on": "proxy_passed_on",
        "to a giver": "proxy_holder_gave",
        "self": "proxy_to_oneself",
        "twice": "proxy_given",
        "from no member": "circle_unknown",
        "to no member": "proxy_outsider",
        "from outside the circle": "not_in_circle",
        "over the maximum": "proxy_holder_full",
    }
    assert len({str(SENTENCES[code]) for code in seen.values()}) == len(seen)
    assert Proxy.objects.count() == 2


def test_vot_17_late_a_proxy_given_after_the_opening_is_worth_nothing_there(circle):
    cast = circle
    poll = to_vote(cast)
    with pytest.raises(WrongState, match="proxy_vote_open") as late:
        give(cast, cast.alix, cast.bachir)
    assert late.value.facts["title"] == "Se réunir au local"
    vote(poll, cast.alix, "against")
    give(cast, cast.alix, cast.bachir)  # for the votes to come
    with pytest.raises(NotEntitled, match="proxy_late"):
        vote(poll, cast.bachir, of=cast.alix)
    assert place(poll, cast.alix).holder is None
    assert {"proxy_vote_open", "proxy_late", "proxy_not_here", "proxy_withdrawn"} <= set(SENTENCES)


def test_nobody_on_probation_suspended_or_of_another_node_is_party_to_one(circle):
    cast = circle
    newcomer = make_member("Nour")
    begin_probation(collective=cast.collective, member=newcomer)
    assert refusal(cast, cast.alix, newcomer) == "proxy_on_probation"
    assert refusal(cast, newcomer, cast.alix) == "not_in_circle"
    suspend_membership(collective=cast.collective, member=cast.camille)
    assert refusal(cast, cast.alix, cast.camille) == "person_suspended"
    assert refusal(cast, cast.camille, cast.alix) == "membership_suspended"
    Member.objects.filter(pk=cast.alix.pk).update(local=False)
    assert refusal(cast, Member.objects.get(pk=cast.alix.pk), cast.bachir) == "proxy_elsewhere"


def test_a_charter_without_proxies_lets_nobody_give_one(cast, clock):
    assert refusal(cast, cast.alix, cast.bachir) == "proxies_not_allowed"
    allow_votes(cast, proxies=False)
    assert refusal(cast, cast.alix, cast.bachir) == "proxies_not_allowed"
    assert proxies_page(cast.circle.pk, viewer=cast.alix).refusal == "proxies_not_allowed"


def test_a_figure_that_the_charter_leaves_open_is_named(circle):
    cast = circle
    document = Charter.objects.get(collective=cast.collective, version=2).document
    figures = {name: said for name, said in document["figures"].items() if name != "poll.proxies_max"}
    left_open = {**document, "figures": figures}
    Charter.objects.create(collective=cast.collective, version=3, digest="x", document=left_open, adopted_at=now())
    with pytest.raises(DomainError, match="term_missing"):
        give(cast, cast.alix, cast.bachir)
    page = proxies_page(cast.circle.pk, viewer=cast.alix)
    assert (page.refusal, page.facts["term"], page.most) == ("term_missing", "poll.proxies_max", None)


def test_the_last_day_is_chosen_within_the_charter(circle):
    cast, today = circle, day_of(now())
    assert refusal(cast, cast.alix, cast.bachir, ends_on=today + timedelta(days=366)) == "proxy_too_long"
    assert refusal(cast, cast.alix, cast.bachir, ends_on=today - timedelta(days=1)) == "date_past"
    assert give(cast, cast.alix, cast.bachir, ends_on=today + timedelta(days=7)).ends_on == today + timedelta(days=7)


def test_one_in_each_circle(circle):
    cast = circle
    other = open_circle(actor=cast.alix, collective=cast.collective, name="Repas", members=[cast.alix, cast.bachir])
    give(cast, cast.alix, cast.bachir)
    give_proxy(actor=cast.bachir, circle_id=other.pk, holder_id=cast.alix.pk, key=uuid4())
    assert Proxy.objects.count() == 2


# --- ending


def test_withdrawn_or_given_back_it_has_ended_and_another_may_be_given(circle):
    cast = circle
    given = give(cast, cast.alix, cast.bachir)
    for stranger in (cast.camille, cast.fanny):
        with pytest.raises(NotFound, match="proxy_unknown"):
            end_proxy(actor=stranger, proxy_id=given.pk)
    first = end_proxy(actor=cast.alix, proxy_id=given.pk).proxy.ended_at
    assert end_proxy(actor=cast.bachir, proxy_id=given.pk).proxy.ended_at == first
    end_proxy(actor=cast.camille, proxy_id=give(cast, cast.alix, cast.camille).pk)
    assert runs(cast) == []
    assert list(CircleEvent.objects.filter(kind__startswith="proxy").values_list("kind", flat=True)) == [
        "proxy_given", "proxy_withdrawn", "proxy_given", "proxy_returned",
    ]  # fmt: skip


def test_it_ends_with_its_day(circle, clock):
    cast = circle
    give(cast, cast.alix, cast.bachir)
    clock.advance(days=364)
    assert len(runs(cast)) == 1
    clock.advance(days=1)
    assert runs(cast) == []
    give(cast, cast.alix, cast.camille)
    assert runs(cast) == [(cast.alix.pk, cast.camille.pk)]


@pytest.mark.parametrize("who", ["alix", "bachir"])
def test_it_ends_with_a_seat_and_no_return_revives_it(circle, clock, who):
    cast = circle
    give(cast, cast.alix, cast.bachir)
    leave_circle(actor=getattr(cast, who), circle_id=cast.circle.pk)
    assert runs(cast) == []
    clock.advance(hours=1)
    join_circle(actor=cast.camille, circle_id=cast.circle.pk, member=getattr(cast, who))
    assert runs(cast) == []
    give(cast, cast.alix, cast.bachir)
    assert len(runs(cast)) == 1


@pytest.mark.parametrize("who", ["alix", "bachir"])
def test_it_ends_with_a_membership_and_no_return_revives_it(circle, clock, who):
    cast, member = circle, getattr(circle, who)
    give(cast, cast.alix, cast.bachir)
    end_membership(collective=cast.collective, member=member)
    assert runs(cast) == []
    clock.advance(hours=1)
    admit_member(collective=cast.collective, member=member)
    assert runs(cast) == []


# --- in a vote


def test_the_holder_casts_for_the_giver_and_the_register_says_so(circle):
    cast = circle
    give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    assert len(Entry.objects.get(kind="fallback").body["vote"]["proxies"]) == 1
    vote(poll, cast.bachir, "against")
    vote(poll, cast.bachir, "for", of=cast.alix)
    vote(poll, cast.camille, "for")
    assert not Entry.objects.filter(kind="vote").exists()  # Alix may still speak herself
    end(poll)
    body = Entry.objects.get(kind="vote").body
    assert body["count"] == {"for": 2, "against": 1, "abstain": 0}
    assert [bool(each["by"]) for each in body["ballots"]] == [True, False, False]
    assert "proxies_withdrawn" not in body
    assert check_register(cast.collective).first_bad is None


def test_the_givers_own_vote_prevails_before_and_after_that_of_the_holder(circle):
    cast = circle
    give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    vote(poll, cast.bachir, "for", of=cast.alix)
    vote(poll, cast.alix, "against")
    with pytest.raises(WrongState, match="giver_voted"):
        vote(poll, cast.bachir, "for", of=cast.alix)
    vote(poll, cast.bachir, "abstain")
    vote(poll, cast.camille, "abstain")
    assert Entry.objects.get(kind="vote").body["count"] == {"for": 0, "against": 1, "abstain": 2}


def test_withdrawn_while_the_vote_is_open_the_holder_leaves_the_roll(circle, clock):
    cast = circle
    given = give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    assert end_proxy(actor=cast.alix, proxy_id=given.pk).kept == ()
    with pytest.raises(NotEntitled, match="proxy_withdrawn"):
        vote(poll, cast.bachir, of=cast.alix)
    (mine,) = poll_view(poll.pk, viewer=cast.bachir).mine
    assert mine.own
    vote(poll, cast.bachir)
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    body, opening = Entry.objects.get(kind="vote").body, Entry.objects.get(kind="fallback").body
    assert body["proxies_withdrawn"] == opening["vote"]["proxies"]
    assert body["voted"] == 1
    assert check_register(cast.collective).first_bad is None


def test_withdrawn_after_the_holder_has_voted_the_ballot_stands_and_only_the_giver_changes_it(circle):
    cast = circle
    given = give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    vote(poll, cast.bachir, "for", of=cast.alix)
    assert end_proxy(actor=cast.bachir, proxy_id=given.pk).kept == (poll,)
    with pytest.raises(NotEntitled, match="proxy_withdrawn"):
        vote(poll, cast.bachir, "against", of=cast.alix)
    refused = [each.refusal for each in poll_view(poll.pk, viewer=cast.bachir).mine if not each.own]
    assert refused == ["proxy_withdrawn"]
    vote(poll, cast.alix, "against")
    assert not place(poll, cast.alix).by_holder


def test_what_was_frozen_stands_though_the_proxy_ends_by_itself(circle, clock):
    cast = circle
    give(cast, cast.alix, cast.bachir, ends_on=day_of(now()))
    poll = to_vote(cast)
    clock.advance(days=2)
    assert runs(cast) == []
    vote(poll, cast.bachir, of=cast.alix)
    assert place(poll, cast.alix).by_holder


def test_nobody_votes_for_somebody_suspended(circle):
    cast = circle
    give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    suspend_membership(collective=cast.collective, member=cast.alix)
    with pytest.raises(NotEntitled, match="person_suspended"):
        vote(poll, cast.bachir, of=cast.alix)


def test_a_class_without_proxies_has_none_on_its_roll(cast, clock):
    allow_votes(cast, proxies=False)
    text, terms = parts(Charter.objects.filter(collective=cast.collective).order_by("-version").first().document)
    classes = {**terms.classes, "charter": {**terms.classes["charter"], "proxies": True}}
    adopt_charter(collective=cast.collective, text=text, terms=Terms(terms.figures, classes))
    give(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    assert not poll.roll.exclude(holder=None).exists()
    with pytest.raises(NotEntitled, match="proxy_not_here"):
        vote(poll, cast.bachir, of=cast.alix)


def test_a_charter_that_lowered_the_maximum_holds_at_the_opening(circle, clock):
    cast = circle
    give(cast, cast.alix, cast.camille)
    clock.advance(hours=1)
    give(cast, cast.bachir, cast.camille)
    allow_votes(cast, **{"poll.proxies_max": 1})
    poll = to_vote(cast)
    assert [each.member for each in poll.roll.exclude(holder=None)] == [cast.alix]


# --- reading


def test_the_list_says_what_i_gave_what_i_hold_and_to_whom_i_may_give(circle):
    cast = circle
    page = proxies_page(cast.circle.pk, viewer=cast.alix)
    assert ([each.name for each in page.candidates], page.refusal) == (["Bachir", "Camille"], "")
    given = give(cast, cast.alix, cast.bachir)
    giver, holder = (proxies_page(cast.circle.pk, viewer=each) for each in (cast.alix, cast.bachir))
    assert (giver.given.id, giver.refusal, holder.refusal) == (given.pk, "proxy_given", "proxy_passed_on")
    assert [each.giver.name for each in holder.held] == ["Alix"]
    assert [each.name for each in proxies_page(cast.circle.pk, viewer=cast.camille).candidates] == ["Bachir"]
    assert proxies_page(cast.circle.pk, viewer=cast.dominique).refusal == "not_in_circle"
    with pytest.raises(NotFound):
        proxies_page(cast.circle.pk, viewer=cast.fanny)


def test_a_proxy_received_waits_until_it_ends(circle):
    cast = circle
    given = give(cast, cast.alix, cast.bachir)
    (line,) = waiting_for(cast.bachir, now())
    assert (line.kind, line.title, line.args) == ("proxy_received", "Alix, Cercle général", (cast.circle.pk, given.pk))
    assert waiting_for(cast.alix, now()) == []
    end_proxy(actor=cast.alix, proxy_id=given.pk)
    assert waiting_for(cast.bachir, now()) == []
