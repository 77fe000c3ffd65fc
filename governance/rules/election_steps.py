"""Steps of an election before the call on a person, and after it: role, ballots, reasons, changes, proposal, answer."""

from datetime import datetime, timedelta
from typing import Any

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.electing import Ballot, Election, ElectionStage, Nomination, Said
from governance.rules.election_terms import ElectionTerms
from governance.rules.guards import waiting
from governance.rules.quorum import reached
from governance.rules.session import Answer, Step, evolve

E = ElectionStage
ROLE = ("role", "mission", "criteria", "months")


# --- who


def system(state: Election, actor: int | None) -> None:
    """Only the house, never a person."""
    if actor is not None:
        raise NotEntitled("only_the_clock")


def here(state: Election, actor: int | None) -> None:
    """One of the electorate who is present."""
    if actor not in state.electorate:
        raise NotEntitled("not_elector")
    if actor not in state.present:
        raise NotEntitled("not_present")


def leads(state: Election, actor: int | None) -> None:
    """Whoever leads now, present: never the person proposed."""
    leader = state.leader()
    if leader is None and actor is not None and actor == state.facilitator:
        raise NotEntitled("deputy_needed")
    if actor is None or actor != leader:
        raise NotEntitled("not_facilitator")
    if actor not in state.present:
        raise NotEntitled("not_present")


def proposes(state: Election, actor: int | None) -> None:
    """Whoever leads; when facilitator and deputy are both named, either, but nobody proposes themselves."""
    could_be = state.named - state.refused
    both = {state.facilitator, state.deputy} <= could_be
    if not (both and actor in {state.facilitator, state.deputy} and actor in state.present):
        leads(state, actor)


def opener(state: Election, actor: int | None) -> None:
    """Whoever asked for the election."""
    if actor is None or actor != state.opener:
        raise NotEntitled("not_proposer")


def holder(state: Election, actor: int | None) -> None:
    """The person proposed, or their pair, present."""
    if actor not in state.holders:
        raise NotEntitled("not_nominee")
    here(state, actor)


def free(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """No further condition."""


def match(state: Election, step: Step, name: str = "round") -> None:
    """The act speaks of the round, or the role's text, that is on the table now."""
    now = {"round": state.round, "version": state.version}[name]
    if step.payload.get(name) != now:
        raise WrongState("stale_version", part=name, now=now)


def enter(
    state: Election, stage: ElectionStage, at: datetime, minutes: int | None = None, **changes: object
) -> Election:
    """Return the election in a stage, in a new round, its timer set."""
    ends_at = None if minutes is None else at + timedelta(minutes=minutes)
    return evolve(state, stage=stage, since=at, ends_at=ends_at, round=state.round + 1, **changes)


# --- the role


def prepare(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Open the election: the electorate is frozen here."""
    p = step.payload
    electorate = frozenset(p["electorate"])  # type: ignore[call-overload]
    if not electorate:
        raise Invalid("electorate_empty")
    given: dict[str, Any] = {name: p.get(name) or "" for name in ROLE[:3]}
    months = int(p.get("months") or 0)  # type: ignore[call-overload]
    given["numbered"] = bool(p.get("numbered"))
    return enter(state, E.ROLE, step.at, opener=p["opener"], electorate=electorate, months=months, **given)


def edit_role(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Change what is sought; everybody agrees anew."""
    match(state, step, "version")
    given = {name: step.payload[name] for name in ROLE if name in step.payload}
    if int(given.get("months", 1)) > terms.months_max:  # type: ignore[call-overload]
        raise Invalid("months_out_of_bounds", field="months", months=terms.months_max)
    return evolve(state, **given, version=state.version + 1, agreements=())


def agree_role(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Say whether this is what is sought; who disagrees says why. The last answer counts."""
    match(state, step, "version")
    agree, reason = bool(step.payload["agree"]), str(step.payload.get("reason", ""))
    if not agree and not reason:
        raise Invalid("field_missing", field="reason")
    others = tuple(each for each in state.agreements if each.person != step.actor)
    return evolve(state, agreements=(*others, Answer(step.actor or 0, agree, reason, step.at)))


def can_open_ballot(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """All four are set, everybody present agrees, and the quorum of presence is there."""
    empty = [name for name in ROLE if not getattr(state, name)]
    if empty or state.months > terms.months_max:
        raise IllegalStep("role_incomplete", field=empty[0] if empty else "months")
    quorate(state, actor, at, terms)
    waiting(state, at, frozenset(each.person for each in state.agreements), state.here)
    against = sum(not each.agree for each in state.agreements)
    if against:
        raise IllegalStep("role_contested", count=against)


def quorate(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """The quorum of presence is there."""
    if not reached(len(state.here), len(state.electorate), terms.consent.presence_quorum):
        raise IllegalStep("quorum_missing", present=len(state.here), electorate=len(state.electorate))


def open_ballot(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Those present are called to write one name each; whom the charter lets rest from this role is not one of them.

    The step tells who that is, so that nobody is chosen who could not be given the mandate.
    """
    match(state, step, "version")
    resting = frozenset(step.payload.get("resting", ()))  # type: ignore[call-overload]
    if state.electorate <= resting:
        raise IllegalStep("all_rest")
    state = evolve(state, ballot_opening=len(state.here))
    return enter(state, E.BALLOT, step.at, terms.ballot_minutes, called=state.here, sealed={}, resting=resting)


def drop(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Whoever asked for the election gives it up, before any ballot."""
    return enter(state, E.DROPPED, step.at, reason=str(step.payload["reason"]))


# --- ballots and rounds


def can_cast(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Those present at the opening; the last ballot before the opening of names counts."""
    if actor not in state.called:
        raise NotEntitled("not_called")


def cast(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Seal exactly one name, of the seated members."""
    match(state, step)
    named = step.payload["person"]
    if named not in state.electorate:
        raise Invalid("person_unknown", field="person")
    if named in state.resting:
        raise Invalid("must_rest", field="person")
    return _sealed(state, Ballot(step.actor or 0, int(named), step.at))


def can_pass(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Only if the charter allows it."""
    can_cast(state, actor, at, terms)
    if not terms.allow_pass:
        raise IllegalStep("pass_forbidden")


def cast_pass(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Seal a ballot without a name."""
    match(state, step)
    return _sealed(state, Ballot(step.actor or 0, None, step.at))


def _sealed(state: Election, ballot: Ballot) -> Election:
    return evolve(state, sealed={**state.sealed, ballot.person: ballot})


def can_open_names(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Everybody called and still present has cast a ballot, or the time is over."""
    waiting(state, at, frozenset(state.sealed), state.called & state.here)


def open_names(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Open all ballots at once; then everybody says why, in turn."""
    match(state, step)
    opened = tuple(sorted(state.sealed.values(), key=lambda each: each.person))
    state = evolve(state, ballot_closing=len(state.here))
    return enter(state, E.REASONS, step.at, terms.round_minutes, ballots=opened, sealed={}, called=frozenset())


def spoken(state: Election) -> frozenset[int]:
    """Return who has spoken in this round."""
    return frozenset(each.person for each in state.said if each.round == state.round)


def expected(state: Election) -> frozenset[int]:
    """Return who is asked to speak in this round: everybody present who gave a ballot."""
    return state.here & frozenset(ballot.person for ballot in state.ballots)


def can_speak(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Whoever gave a ballot, once a round."""
    if actor not in expected(state):
        raise NotEntitled("no_ballot")
    if actor in spoken(state):
        raise IllegalStep("already_spoke")


def say_reasons(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Say why this name; nobody answers."""
    match(state, step)
    named = state.voices().get(step.actor or 0)
    return _say(state, step, str(step.payload["text"]), named, named)


def _say(state: Election, step: Step, text: str, named: int | None, before: int | None) -> Election:
    said = Said(step.actor or 0, state.stage, state.round, text, step.at, named, before)
    return evolve(state, said=(*state.said, said))


def can_close_round(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Everybody asked has spoken, or the time is over."""
    waiting(state, at, spoken(state), expected(state))


def close_reasons(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """The tally shows, and voices may move."""
    match(state, step)
    return enter(state, E.CHANGE, step.at, terms.round_minutes)


def change_voice(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Move one's voice, with reasons, to a person already named."""
    match(state, step)
    named, before = step.payload["person"], state.voices().get(step.actor or 0)
    if named not in state.named:
        raise Invalid("not_named", field="person")
    if named == before:
        raise Invalid("same_voice", field="person")
    return _say(state, step, str(step.payload["reason"]), int(named), before)


def keep_voice(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Hold to one's voice."""
    match(state, step)
    named = state.voices().get(step.actor or 0)
    return _say(state, step, "", named, named)


def close_changes(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Time to propose somebody."""
    match(state, step)
    return enter(state, E.PROPOSE, step.at)


def nominated(state: Election, step: Step) -> Nomination:
    """Return the nomination that a step makes, on written grounds; the count gives no right to anything.

    Raises Invalid: of somebody named by a ballot, who has not declined, other than oneself and the last proposed.
    """
    match(state, step)
    person, grounds = int(step.payload["person"]), str(step.payload["grounds"])  # type: ignore[call-overload]
    if person not in state.named or person not in state.electorate:
        raise Invalid("not_named", field="person")
    if person in state.refused:
        raise Invalid("has_declined", field="person")
    if person == step.actor:
        raise Invalid("own_nomination", field="person")
    if person == state.nominee:
        raise Invalid("same_nominee", field="person")
    return Nomination(person, step.actor or 0, grounds, step.at, state.round + 1)


def can_declare_vacant(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Nobody is left whom a ballot names and who has not declined."""
    if state.named - state.refused:
        raise IllegalStep("names_left", count=len(state.named - state.refused))


def declare_vacant(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Nobody was found."""
    match(state, step)
    return vacant(state, step.at, str(step.payload["reason"]))


def vacant(state: Election, at: datetime, reason: str) -> Election:
    """Return the election with nobody found."""
    return enter(state, E.VACANT, at, reason=reason, nominee=None, pair=None, offer=None, accepted=frozenset())
