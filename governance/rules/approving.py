"""The minutes of a meeting: drafted, corrected, approved by those who came, or contested with a reason."""

from dataclasses import replace
from typing import TYPE_CHECKING

from governance.errors import IllegalStep
from governance.rules.quorum import reached
from governance.rules.room import Room, RoomStage
from governance.rules.session import Answer, Step

if TYPE_CHECKING:
    from governance.rules.charter import Terms

__all__ = ["approve", "contest", "drafted"]


def drafted(room: Room, step: Step) -> Room:
    """A draft, or a corrected one: whoever had approved the one before reads again."""
    drafts = (*room.drafts, str(step.payload["digest"]))
    return replace(room, stage=RoomStage.MINUTES_DRAFT, drafts=drafts, approvals=frozenset(), contests=())


def _of_last_draft(room: Room, step: Step) -> None:
    if step.payload["digest"] != room.drafts[-1]:
        raise IllegalStep("stale_version", part="minutes", now=room.drafts[-1])


def approve(room: Room, step: Step, terms: "Terms") -> Room:
    """The minutes stand once nobody contests them and the share of attendants that the charter asks has approved."""
    _of_last_draft(room, step)
    approvals = room.approvals | {step.actor or 0}
    contests = tuple(each for each in room.contests if each.person != step.actor)
    enough = reached(len(approvals), len(room.came), terms.share("minutes.quorum")) and not contests
    stage = RoomStage.MINUTES_ADOPTED if enough else room.stage
    return replace(room, approvals=approvals, contests=contests, stage=stage)


def contest(room: Room, step: Step) -> Room:
    """Ask for a correction."""
    _of_last_draft(room, step)
    others = tuple(each for each in room.contests if each.person != step.actor)
    contest = Answer(step.actor or 0, False, str(step.payload["reason"]), step.at)
    return replace(room, contests=(*others, contest), approvals=room.approvals - {step.actor or 0})
