"""What an adopted text changes by itself: a charter comes into force, somebody is admitted, a mandate begins.

A proposal names its effect as `{"kind": …, …}`; who knows what that kind means registers it here, once, at start.
Effects run in the transaction of the reveal: the decision, its entry and what it changes come together or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from governance.errors import IllegalStep, Invalid
from governance.models import Charter, ConsentSession, Decision, Poll, Proposal
from governance.rules.polls import PollTerms
from governance.rules.session import Stage, Step, Version

__all__ = ["Effect", "Opening", "adopted", "before", "called", "check_text", "concerned", "cover_of", "covered_kinds"]
__all__ += ["effect_kind", "ended", "kept_beside", "may_be_moot", "moot", "noted", "opening"]
__all__ += ["closing", "register_effect", "rests", "vote", "voted"]

Cover = Callable[[str], str]
Keep = Callable[[str, int | None], str]
Vote = tuple[PollTerms, list[int]]  # its figures, and who is on its roll


def _nothing(session: ConsentSession, stage: Stage, at: datetime) -> None:
    """Most texts change nothing by not being adopted."""


def _any_text(proposal: Proposal, version: Version) -> None:
    """Most texts stand for themselves."""


@dataclass(frozen=True)
class Opening:
    """What a decision opens with, where it is not the charter in force and the circle's members.

    `objections`: what stood before, as `rules.preparing.prepare` reads it.
    """

    charter: Charter
    electorate: list[int]
    objections: list[dict[str, object]]


def _usual(proposal: Proposal, at: datetime) -> Opening | None:
    """Most decisions open with the charter in force, by the members of the circle."""
    return None


def _anything(session: ConsentSession, step: Step) -> None:
    """Most decisions allow what the machine of consent allows."""


def _something(session: ConsentSession, at: datetime) -> str:
    """Most decisions may be taken for as long as they are open."""
    return ""


def _nobody(proposal: Proposal) -> frozenset[int]:
    """Most decisions call the members of the circle, and nobody else."""
    return frozenset()


def _of_nobody(proposal: Proposal) -> int | None:
    """Most decisions are about a text."""
    return None


def _of_class(session: ConsentSession) -> Vote | None:
    """Most votes obey the figures of their class, and call the electorate that it names."""
    return None


def _unlocked(poll: Poll) -> None:
    """Most votes change nothing but what their text says."""


def _counted(poll: Poll, at: datetime) -> None:
    """Most votes change nothing but by being carried."""


@dataclass(frozen=True)
class Effect:
    """What a kind of proposal does when its text is adopted, and when the decision ends or is parked otherwise.

    `ended` hears of referred, withdrawn, fallback and deferred. `text` is asked of every text that would come on the
    table, and refuses by raising: what could not take effect is not decided on. `opening` and `before` may refuse by
    raising; `moot` says why nothing can come of an open decision any more, and the clock ends it. `noted` hears of each
    step taken; `called` names who is invited beyond the circle. `cover`: where words about somebody must be erasable,
    what returns the commitment that the register holds instead of a text; `keep`: the same for the journal, which tells
    whose words they are. `concerned`: whom the decision is about, who then has no part in it but to be heard.
    `vote`: what a vote in the place of consent obeys and who casts it, where its class does not say; `closing` takes
    the locks that `voted` needs, before any other of the close; `voted` hears of it, whatever came of it, after
    `adopted` where it carried.
    """

    adopted: Callable[[Decision, datetime], None]
    ended: Callable[[ConsentSession, Stage, datetime], None] = _nothing
    text: Callable[[Proposal, Version], None] = _any_text
    opening: Callable[[Proposal, datetime], Opening | None] = _usual
    before: Callable[[ConsentSession, Step], None] = _anything
    noted: Callable[[ConsentSession, Step], None] = _anything
    moot: Callable[[ConsentSession, datetime], str] = _something
    called: Callable[[Proposal], frozenset[int]] = _nobody
    cover: Callable[[Proposal], Cover] | None = None
    keep: Callable[[Proposal], Keep] | None = None
    concerned: Callable[[Proposal], int | None] = _of_nobody
    vote: Callable[[ConsentSession], Vote | None] = _of_class
    closing: Callable[[Poll], None] = _unlocked
    voted: Callable[[Poll, datetime], None] = _counted


ENDS = frozenset({Stage.REFERRED, Stage.WITHDRAWN, Stage.FALLBACK, Stage.DEFERRED})
_effects: dict[str, Effect] = {}


def register_effect(kind: str, effect: Effect) -> None:
    """Say what proposals of this kind do."""
    _effects[kind] = effect


def effect_kind(effect: Mapping[str, object]) -> str:
    """Return the kind a proposal's effect names, empty for none; raises Invalid `effect_unknown`."""
    kind = str(effect.get("kind", ""))
    if kind and kind not in _effects:
        raise Invalid("effect_unknown", kind=kind)
    return kind


def adopted(decision: Decision, at: datetime) -> None:
    """Do what the adopted text says; in the transaction of the reveal."""
    kind = effect_kind(decision.session.proposal.effect)
    if kind:
        _effects[kind].adopted(decision, at)


def ended(session: ConsentSession, stage: Stage, at: datetime) -> None:
    """Tell that a decision came to another end, or was parked."""
    kind = effect_kind(session.proposal.effect)
    if kind and stage in ENDS:
        _effects[kind].ended(session, stage, at)


def check_text(proposal: Proposal, version: Version) -> None:
    """Refuse a text that could not take effect if it were adopted; raises what the proposal's kind raises."""
    kind = effect_kind(proposal.effect)
    if kind:
        _effects[kind].text(proposal, version)


def opening(proposal: Proposal, at: datetime) -> Opening | None:
    """Return what the decision on this proposal opens with, None for the usual; raises if it may not open yet."""
    kind = effect_kind(proposal.effect)
    return _effects[kind].opening(proposal, at) if kind else None


def before(session: ConsentSession, step: Step) -> None:
    """Refuse, by raising, a step that the effect does not allow now; in the step's transaction."""
    kind = effect_kind(session.proposal.effect)
    if kind:
        _effects[kind].before(session, step)


def rests(session: ConsentSession, at: datetime) -> bool:
    """Return whether the effect lets the call of this decision come to no end now: nobody is to wait for it."""
    try:
        before(session, Step("reveal", None, at))
    except IllegalStep:
        return True
    return False


def moot(session: ConsentSession, at: datetime) -> str:
    """Return why nothing can come of this open decision any more, empty while something can."""
    kind = effect_kind(session.proposal.effect)
    return _effects[kind].moot(session, at) if kind else ""


def may_be_moot() -> list[str]:
    """Return the kinds of proposals whose decision can lose its object."""
    return [kind for kind, effect in _effects.items() if effect.moot is not _something]


def noted(session: ConsentSession, step: Step) -> None:
    """Tell that a step was taken; in its transaction."""
    kind = effect_kind(session.proposal.effect)
    if kind:
        _effects[kind].noted(session, step)


def called(proposal: Proposal) -> frozenset[int]:
    """Return who is called to the decision on this proposal beyond the circle."""
    kind = effect_kind(proposal.effect)
    return _effects[kind].called(proposal) if kind else frozenset()


def concerned(proposal: Proposal) -> int | None:
    """Return whom the decision on this proposal is about, None if it is about nobody."""
    kind = effect_kind(proposal.effect)
    return _effects[kind].concerned(proposal) if kind else None


def vote(session: ConsentSession) -> Vote | None:
    """Return what a vote on this proposal obeys and who is on its roll, None where its class says it."""
    kind = effect_kind(session.proposal.effect)
    return _effects[kind].vote(session) if kind else None


def closing(poll: Poll) -> None:
    """Take the locks that the effect of a vote needs; the first thing of its close."""
    kind = effect_kind(poll.session.proposal.effect)
    if kind:
        _effects[kind].closing(poll)


def voted(poll: Poll, at: datetime) -> None:
    """Tell that a vote is closed; in the transaction of its close, once its entry is written."""
    kind = effect_kind(poll.session.proposal.effect)
    if kind:
        _effects[kind].voted(poll, at)


def cover_of(proposal: Proposal) -> Cover | None:
    """Return what covers the words of this decision in the register, None if they stand there."""
    kind = effect_kind(proposal.effect)
    cover = _effects[kind].cover if kind else None
    return cover(proposal) if cover else None


def kept_beside(proposal: Proposal) -> Keep | None:
    """Return what keeps the words of this decision beside its journal, None if they stand there."""
    kind = effect_kind(proposal.effect)
    keep = _effects[kind].keep if kind else None
    return keep(proposal) if keep else None


def covered_kinds() -> list[str]:
    """Return the kinds of proposals about somebody, whose words are not to be told elsewhere."""
    return [kind for kind, effect in _effects.items() if effect.cover]
