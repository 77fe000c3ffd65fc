"""What the clock does by itself in a candidacy, and when it should look again."""

from datetime import datetime, timedelta

from governance.rules.candidacy import Candidacy, Stage
from governance.rules.cooptation_terms import CooptationTerms

__all__ = ["due_step", "next_due"]


def next_due(state: Candidacy, terms: CooptationTerms) -> datetime | None:
    """Return the instant from which `due_step` has something to do, None if only people can go on."""
    found = _next(state, terms)
    return found[1] if found else None


def due_step(state: Candidacy, at: datetime, terms: CooptationTerms) -> str:
    """Return the step that has fallen due, empty for none."""
    found = _next(state, terms)
    return found[0] if found and found[1] <= at else ""


def _next(state: Candidacy, terms: CooptationTerms) -> tuple[str, datetime] | None:
    warning, notice = timedelta(days=terms.renewal_warning_days), timedelta(days=terms.probation_notice_days)
    if state.stage is Stage.EVALUATION and state.evaluations_until:
        return "reveal", state.evaluations_until
    if state.stage is Stage.PROBATION and state.probation_until:
        if state.notice_at is None:
            return "notice", state.probation_until - notice
        return "end_probation", max(state.probation_until, state.notice_at + notice)
    if state.stage is Stage.MEMBER and state.renewal_on:
        return "renewal_due", state.renewal_on - warning
    if state.stage is Stage.RENEWAL and state.renewal_on and state.warned_at:
        return "lapse", max(state.renewal_on, state.warned_at + warning)
    return None
