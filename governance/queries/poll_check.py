"""Votes against what the register says of them: the vote's row, its roll, its ballots."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from governance.models import Entry, Poll, RollEntry, SecretBallot
from governance.rules.polls import Tier
from governance.rules.register import instant_text, plain, text_digest
from network.models import Collective, Membership

__all__ = ["false_polls"]

COUNTED = ("electorate", "voted", "count", "share", "quorum_reached")
Found = Iterator[tuple[Entry, str, str]]
Numbers = Mapping[int, int | None]
Pair = tuple[int | None, int | None]  # numbers of giver and holder


def false_polls(collective: Collective) -> Found:
    """Yield (entry, why, detail) where rows of a vote no longer say what its opening or its count says.

    `why`: `poll` (text, figures, end, result; or the row is gone), `roll` (who may vote, who holds whose proxy),
    `ballot` (a choice, who cast it, or who took part). Of a vote that is open only the opening is told yet.
    """
    entries = Entry.objects.filter(collective=collective)
    rows = Poll.objects.filter(opening__collective=collective).select_related("opening", "entry")
    polls = list(rows.prefetch_related("roll__ballots"))
    numbers = dict(Membership.objects.filter(collective=collective).values_list("member_id", "number"))
    longer = {each.body["opening"]: each.body["closes_at"] for each in entries.filter(kind="vote_extended")}
    for poll in polls:
        yield from _false_opening(poll, numbers, longer.get(poll.opening.seq))
        if poll.entry is not None:
            yield from _false_count(poll, poll.entry, numbers)
    kept = {poll.opening_id for poll in polls} | {poll.entry_id for poll in polls}
    for entry in entries.filter(kind__in=["fallback", "vote"]).exclude(pk__in=kept - {None}):
        if entry.kind == "vote" or "vote" in entry.body:
            yield entry, "poll", ""


def _false_opening(poll: Poll, numbers: Numbers, longer: str | None) -> Found:
    body: Any = poll.opening.body
    vote = body["vote"]
    rules = {name: value for name, value in poll.terms.items() if name != "hours"}
    told = [vote["rules"], vote["rules"]["tier"], body["version"], body["text_digest"], longer or vote["closes_at"]]
    kept = [rules, poll.tier, poll.version, text_digest(poll.text), instant_text(poll.closes_at)]
    dates = [instant_text(poll.opened_at), poll.extended] == [instant_text(poll.opening.at), longer is not None]
    if told != kept or not dates:
        yield poll.opening, "poll", ""
    places = list(poll.roll.all())
    roll = sorted(numbers.get(place.member_id) or 0 for place in places)
    given = {_pair(each) for each in vote["proxies"]}
    held = {(numbers.get(place.member_id), numbers.get(place.holder_id)) for place in places if place.holder_id}
    if roll != sorted(each["number"] for each in vote["roll"]) or not _holds(poll, held, given):
        yield poll.opening, "roll", ""


def _holds(poll: Poll, held: set[Pair], given: set[Pair]) -> bool:
    """Whether those hold proxies who were given them: all but what the count says was withdrawn, where it says that."""
    body: Any = poll.entry.body if poll.entry else {}
    if not body.get("ballots") and not body.get("participants"):
        return held <= given
    return held == given - {_pair(each) for each in body.get("proxies_withdrawn", ())}


def _pair(proxy: Any) -> Pair:  # noqa: ANN401
    return proxy["giver"]["number"], proxy["holder"]["number"]


def _false_count(poll: Poll, entry: Entry, numbers: Numbers) -> Found:
    body: Any = entry.body
    kept = {name: poll.result.get(name) for name in COUNTED}
    kept |= {"outcome": poll.outcome, "text": plain(poll.text), "opening": poll.opening.seq}
    kept["closed_at"] = instant_text(poll.closed_at) if poll.closed_at else None
    if kept != {name: body.get(name) for name in kept}:
        yield entry, "poll", ""
    same = _open_ballots(poll, body, numbers) if poll.tier == Tier.OPEN else _secret_ballots(poll, body, numbers)
    if not same:
        yield entry, "ballot", ""


def _open_ballots(poll: Poll, body: Any, numbers: Numbers) -> bool:  # noqa: ANN401
    told = [(each["person"]["number"], each["choice"], each["by"] and each["by"]["number"]) for each in body["ballots"]]
    return Counter(told) == Counter(_line(place, numbers) for place in poll.roll.all())


def _line(place: RollEntry, numbers: Numbers) -> tuple[int, str, int | None]:
    """Return number, choice and who cast it for them, as the entry tells them: of several choices the last."""
    last = max(place.ballots.all(), key=lambda ballot: ballot.pk, default=None)
    counts = last if place.has_voted else None
    by = numbers.get(counts.cast_by_id) or 0 if counts and place.by_holder else None
    return numbers.get(place.member_id) or 0, counts.choice if counts else "", by


def _secret_ballots(poll: Poll, body: Any, numbers: Numbers) -> bool:  # noqa: ANN401
    """Whether ballots and marks on the roll come to what the entry tells; a vote that is withheld tells nothing."""
    if not body["count"]:
        return not SecretBallot.objects.filter(poll=poll).exists()
    chosen = Counter(SecretBallot.objects.filter(poll=poll).values_list("choice", flat=True))
    took = sorted(numbers.get(place.member_id) or 0 for place in poll.roll.all() if place.has_voted)
    named = sorted(each["number"] for each in body.get("participants") or [])
    return chosen == Counter(body["count"]) and len(took) == body["voted"] and named in ([], took)
