"""VOT-15. Rows of the table of `rules/test_polls.py` lived through by people: who is concerned or suspended, who gave a
proxy, who comes late. Here the product itself finds the base of the quorum."""

from uuid import uuid4

import pytest

from governance.actions import effects
from governance.actions.circles import join_circle
from governance.actions.effects import Effect
from governance.actions.polls import close_poll
from governance.actions.proxies import give_proxy
from governance.errors import IllegalStep, NotEntitled
from governance.models import Entry, Poll, Proposal
from governance.queries.polls import poll_view
from governance.rules.polls import CHOICES
from network.actions.collectives import admit_member, suspend_membership
from tests.governance.conftest import make_member
from tests.governance.polling import allow_votes, leave, to_brink, vote
from tests.governance.rules.test_polls import TABLE

MOST = 11  # people: larger rows are for the rules alone


def is_mixed(row) -> bool:
    """Whether several are excluded, or somebody is beside others who are represented or late."""
    entitled, excluded, represented_or_late = row[0], row[1], sum(row[5:9])
    return 3 <= entitled <= MOST and bool(excluded > 1 or excluded and represented_or_late)


WALKED = [row for row in TABLE if is_mixed(row)]


def test_vot_15_nine_rows_are_lived_through():
    assert len(WALKED) == 9


@pytest.fixture
def about(monkeypatch):
    """A kind of decision about somebody of the circle: of those there are, none is voted on."""
    concerned = Effect(lambda decision, at: None, concerned=lambda proposal: proposal.effect["person"])
    monkeypatch.setitem(effects._effects, "about", concerned)


def people_of(cast, count: int) -> list:
    """That many members of the circle."""
    people = [*cast.three, *(make_member(f"Personne{n}") for n in range(4, count + 1))]
    for member in people[3:]:
        admit_member(collective=cast.collective, member=member)
        join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=member)
    return people


def give(cast, giver, holder) -> None:
    give_proxy(actor=giver, circle_id=cast.circle.pk, holder_id=holder.pk, key=uuid4())


def exclude(cast, people) -> None:
    """The first is whom the decision is about, the others are suspended."""
    concerned, *suspended = people
    Proposal.objects.filter(pk=cast.proposal.pk).update(effect={"kind": "about", "person": concerned.pk})
    for member in suspended:
        suspend_membership(collective=cast.collective, member=member)


def said(*counts: int) -> list[str]:
    return [choice for choice, count in zip(CHOICES, counts, strict=True) for _ in range(count)]


@pytest.mark.parametrize("row", WALKED, ids=lambda row: "-".join(map(str, row)).replace("/", "of"))
def test_vot_15_the_roll_the_proxies_and_the_clock_make_the_same_base(cast, clock, about, row):
    entitled, excluded, yes, no, blank, by_yes, by_no, by_blank, late, quorum, electorate, voted, needed, outcome = row
    allow_votes(cast, quorum=quorum)
    to_brink(cast)
    people = people_of(cast, entitled)
    called, left_out = people[: entitled - excluded], people[entitled - excluded :]
    in_person, by_proxy = said(yes, no, blank), said(by_yes, by_no, by_blank)
    present, rest = called[: len(in_person)], called[len(in_person) :]
    holders = {giver: present[n % len(present)] for n, giver in enumerate([*rest[: len(by_proxy)], *left_out])}
    for giver, holder in holders.items():
        give(cast, giver, holder)
    exclude(cast, left_out)
    leave(cast, version=2, exit="fallback")
    poll = Poll.objects.get()
    for member, choice in zip(present, in_person, strict=True):
        vote(poll, member, choice)
    for giver, choice in zip(rest, by_proxy, strict=False):
        vote(poll, holders[giver], choice, of=giver)
    for member in left_out:
        for actor in (member, holders[member]):
            with pytest.raises(NotEntitled):
                vote(poll, actor, of=member)
    clock.set(poll.closes_at)
    for member in rest[len(by_proxy) :][:late]:
        with pytest.raises(IllegalStep, match="poll_over"):
            vote(poll, member)
    close_poll(poll_id=poll.pk)
    seen, entry = poll_view(poll.pk, viewer=cast.alix), Entry.objects.get(kind="vote").body
    assert (seen.electorate, seen.voted, seen.outcome, seen.quorum_reached) == (
        electorate, voted, outcome, voted >= needed,
    )  # fmt: skip
    assert {place.person.id for place in seen.roll} == {member.pk for member in called}
    assert (entry["electorate"], entry["voted"], entry["outcome"]) == (electorate, voted, outcome)
