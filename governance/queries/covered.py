"""Words about somebody, put back into the steps of a decision on them for as long as they are kept."""

from collections.abc import Mapping
from dataclasses import replace

from governance.models import CandidacyText, ConsentSession
from governance.rules.discretion import marks_in, opened
from governance.rules.session import Step

__all__ = ["ROLE", "said_in", "words_kept", "worded"]

ROLE = "said"  # of words from decisions about somebody, among the words of a candidacy


def worded(step: Step) -> Step:
    """Return a step as it was taken, as far as its words are still there."""
    marks = marks_in(step.payload)
    return replace(step, payload=opened(step.payload, _words(marks))) if marks else step


def said_in(payload: Mapping[str, object]) -> dict[str, object] | None:
    """Return a payload as it was sent; None once any of its words is erased: then it is known by its commitments."""
    marks = marks_in(payload)
    words = _words(marks) if marks else {}
    return opened(payload, words) if marks == words.keys() else None


def _words(marks: set[str]) -> dict[str, str]:
    rows = CandidacyText.objects.filter(role=ROLE, commitment__in=marks)
    return dict(rows.values_list("commitment", "text"))


def words_kept(session: ConsentSession) -> int | None:
    """Return what changes when words of a decision about somebody are erased: the oldest words that are left."""
    candidacy = session.proposal.effect.get("candidacy")
    if candidacy is None:
        return None
    rows = CandidacyText.objects.filter(candidacy=candidacy, role=ROLE).order_by("pk")
    return rows.values_list("pk", flat=True).first()
