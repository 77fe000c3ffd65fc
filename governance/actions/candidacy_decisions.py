"""Decisions about somebody: the proposal, what it opens with, and what its adoption or its end changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from governance.actions.candidacy_follow import follow
from governance.actions.candidacy_journal import keep_text, locked_candidacy, write_step
from governance.actions.candidacy_votes import (
    check_live,
    check_way_out,
    closing,
    counted,
    give_way,
    roll_of_candidacy,
    vote_of,
)
from governance.actions.consent import take
from governance.actions.effects import Effect, Keep, Opening, register_effect
from governance.errors import IllegalStep, NotEntitled, WrongState
from governance.models import Candidacy, CandidacyText, ConsentSession, Decision, PersonObjection, Proposal
from governance.permissions import check_standing
from governance.queries.candidacies import reader_of
from governance.queries.candidacy_states import figures, row_of, state_of, still_members
from governance.queries.covered import ROLE
from governance.queries.states import consent_terms_for, session_state
from governance.rules.admitting import can_be_decided_yet, decision_from
from governance.rules.candidacy import Candidacy as State
from governance.rules.candidacy import Stage
from governance.rules.candidacy_words import NOTHING_LEFT, wording
from governance.rules.cooptation import may
from governance.rules.cooptation_terms import CLASS, add_months
from governance.rules.session import Session, Step
from governance.rules.session import Stage as Consent
from network.clock import now
from network.models import Member

__all__ = ["back_to_table", "prepare_decision", "propose_suspension", "register_effects"]

ALWAYS = frozenset({"withdraw_objection", "drop_electors", "withdraw", "to_vote"})
AFTERWARDS = frozenset({"close_decision", "file_concern", "review"})
IN_FORCE = frozenset({Consent.ADOPTED.value, Consent.CLOSED.value})


def prepare_decision(row: Candidacy, state: State, actor: Member, at: datetime) -> Proposal:
    """Write the proposal that the first circle will have on its table; it names nobody."""
    return _proposal(row, actor, state.cause, "candidacy", at)


def _proposal(row: Candidacy, actor: Member, cause: str, kind: str, at: datetime) -> Proposal:
    consent = consent_terms_for(row.charter, CLASS)
    return Proposal.objects.create(
        circle=row.circle,
        proposer=actor,
        decision_class=CLASS,
        review_on=(at + timedelta(days=consent.review_days)).date(),
        responsible=actor,
        effect={"kind": kind, "candidacy": row.pk, "cause": cause},
        created_at=at,
        changed_at=at,
        **wording(cause, row.pk, figures(row.charter)),
    )


@transaction.atomic
def propose_suspension(*, actor: Member, candidacy_id: int) -> Proposal:
    """Propose to suspend somebody until their exclusion is decided: a decision of its own, by the same electorate.

    Raises NotFound, NotEntitled `not_elector`, WrongState `not_now` or `decision_prepared`.
    """
    row = locked_candidacy(candidacy_id)
    state = state_of(row)
    check_standing(actor, row.collective_id)
    reader_of(row, state, actor)
    if state.cause != "exclusion" or state.suspended or state.stage not in _EXAMINED:
        raise IllegalStep("not_now", stage=state.stage.value, act="propose_suspension")
    if actor.pk not in state.electorate or not still_members(row.collective_id, [actor.pk]):
        raise NotEntitled("not_elector")
    running = Proposal.objects.filter(
        effect__kind="suspension", effect__candidacy=row.pk, created_at__gte=state.frozen_at
    )
    if running.exists():
        raise WrongState("decision_prepared")
    return _proposal(row, actor, "suspension", "suspension", now())


_EXAMINED = frozenset({Stage.HEARING, Stage.DECISION, Stage.ADJOURNED})


def back_to_table(row: Candidacy, before: State, after: State, at: datetime) -> None:
    """The adjourned or paused decision comes back: who left no longer counts in it, and the clock looks at it at once
    (same locks as the caller's)."""
    session = ConsentSession.objects.select_related("proposal", "charter").filter(proposal_id=after.proposal).first()
    if session is None or after.stage is not Stage.DECISION:
        return
    gone = sorted(session_state(session).electorate - after.electorate)
    if gone and session.stage == Consent.DEFERRED.value:
        take(session=session, assembly=None, step=Step("drop_electors", None, at, {"gone": gone}))
    ConsentSession.objects.filter(pk=session.pk, due_at__gt=at).update(due_at=at)


# --- what the decision opens with ------------------------------------------------------------------------


def _row(proposal: Proposal) -> Candidacy:
    return row_of(int(proposal.effect["candidacy"]))


def _opening(proposal: Proposal, at: datetime) -> Opening:
    """R6, R10: not before the gap; by the frozen electorate still here; under the charter that governs; with every
    objection that stands."""
    row = _row(proposal)
    state, terms = state_of(row), figures(row.charter)
    if state.stage is not Stage.DECISION or state.proposal != proposal.pk:
        raise IllegalStep("candidacy_not_decided_now", stage=state.stage.value)
    since = decision_from(state, terms)
    if since is None or at < since:
        raise IllegalStep("too_early", until=since)
    here = sorted(state.electorate & still_members(row.collective_id, state.electorate))
    return Opening(row.charter, here, _carried(row, state, proposal))


def _carried(row: Candidacy, state: State, proposal: Proposal) -> list[dict[str, object]]:
    """Return the objections that stand: filed outside a room, or left over by an earlier decision on this cause.

    What an earlier decision opened with is among what it left over, unless it was settled there.
    """
    effect = {"effect__kind": "candidacy", "effect__candidacy": row.pk, "effect__cause": state.cause}
    earlier = Proposal.objects.filter(**effect, pk__lt=proposal.pk).order_by("pk").last()
    session = ConsentSession.objects.filter(proposal=earlier).select_related("charter", "proposal").first()
    words = dict(CandidacyText.objects.filter(candidacy=row).values_list("commitment", "text"))
    new = [each for each in state.standing() if session is None or each.at > session.opened_at]
    facts = [(each, words.get(each.commitment, "")) for each in new]
    said = [{"author": each.author, "article": each.article, "fact": fact, "text": fact} for each, fact in facts]
    left = session_state(session).pending() if session and session.stage not in IN_FORCE else ()
    names = ("author", "article", "fact", "text", "consequence", "ground")
    return [*said, *({name: getattr(each, name) for name in names} for each in left)]


def _called(proposal: Proposal) -> frozenset[int]:
    row = _row(proposal)
    return frozenset(still_members(row.collective_id, state_of(row).electorate))


def _before(session: ConsentSession, step: Step) -> None:
    """The decision moves only while the candidacy is there to be decided."""
    if step.kind in ALWAYS:
        return
    if session.stage in IN_FORCE:
        if step.kind not in AFTERWARDS:
            raise IllegalStep("decided_for_good")
        return
    row = _row(session.proposal)
    _by_others(row, step)
    state = state_of(row)
    if state.stage is not Stage.DECISION or state.proposal != session.proposal_id:
        raise IllegalStep("candidacy_not_decided_now", stage=state.stage.value)
    check_way_out(session, step, state)


def _by_others(row: Candidacy, step: Step) -> None:
    """R10: the person concerned is heard, and moves nothing."""
    if step.actor is not None and step.actor == row.person_id:
        raise NotEntitled("person_concerned")


def _concerned(proposal: Proposal) -> int:
    return _row(proposal).person_id


def _noted(session: ConsentSession, step: Step) -> None:
    """R4: an objection is a row of its own, in which the database itself wants an article and a fact."""
    if step.kind != "position" or step.payload.get("choice") != "objection":
        return
    row = _row(session.proposal)
    PersonObjection.objects.create(
        candidacy=row,
        author_id=step.actor,
        source="room",
        article=str(step.payload.get("article", "")),
        fact=str(step.payload.get("fact", "")),
        nature=str(step.payload.get("nature", "values")),
        at=step.at,
        erase_after=add_months(step.at, figures(row.charter).eval_retention_months),
    )


def _cover(proposal: Proposal) -> Callable[[str], str]:
    """Words about somebody enter the register by their commitment, and lie beside it until their time is over."""
    row, at = _row(proposal), now()
    until = add_months(at, figures(row.charter).eval_retention_months)
    kept: dict[str, str] = {}

    def covered(text: str) -> str:
        if text not in kept:
            kept[text] = "sha256:" + keep_text(row, None, "decision", text, at, erase_after=until)
        return kept[text]

    return covered


def _keep(proposal: Proposal) -> Keep:
    """Words of the decision lie beside its journal, for as long as other words about somebody."""
    row, at = _row(proposal), now()
    until = add_months(at, figures(row.charter).eval_retention_months)
    return lambda text, author: keep_text(row, author, ROLE, text, at, erase_after=until)


# --- what it changes -------------------------------------------------------------------------------------


def _decided(session: ConsentSession, outcome: str, at: datetime, reason: str = "") -> State:
    row = locked_candidacy(int(session.proposal.effect["candidacy"]))
    consent = session_state(session)
    payload = {
        "outcome": outcome,
        "proposal": session.proposal_id,
        "open": len(consent.pending()),
        "electorate": sorted(consent.electorate),
        "objectors": sorted({each.author for each in consent.objections}),
        "conditions": keep_text(row, None, "conditions", reason, at) if reason else "",
        "roll": roll_of_candidacy(row, consent) if outcome != "adopted" else [],
    }
    before, after, _ = write_step(row, Step("decided", None, at, payload))
    follow(row, before, after, "decided", at)
    return after


def _adopted(decision: Decision, at: datetime) -> None:
    if decision.session.stage != Consent.FALLBACK.value:  # what was voted is told by the count
        _decided(decision.session, "adopted", at)


def _ended(session: ConsentSession, stage: Consent, at: datetime) -> None:
    if stage in {Consent.WITHDRAWN, Consent.REFERRED}:
        return _dropped(session, at)
    consent: Session = session_state(session)
    if stage is Consent.DEFERRED:
        return give_way(session, _decided(session, "parked", at, consent.reason), at)
    if state_of(_row(session.proposal)).stage is Stage.DECISION:  # else the vote is the candidacy's stage already
        _decided(session, "dropped", at, consent.reason)


def _dropped(session: ConsentSession, at: datetime) -> None:
    """One person took the proposal back, or sent it elsewhere: that declines, adjourns and spares nobody."""
    row = locked_candidacy(int(session.proposal.effect["candidacy"]))
    state = state_of(row)
    if state.proposal != session.proposal_id or may(state, "decision_dropped", None):
        return  # the candidacy has ended by itself
    objectors = sorted({each.author for each in session_state(session).objections})
    write_step(row, Step("decision_dropped", None, at, {"proposal": session.proposal_id, "objectors": objectors}))


def _moot(session: ConsentSession, at: datetime) -> str:
    row = _row(session.proposal)
    live = can_be_decided_yet(state_of(row), session.proposal_id, at, figures(row.charter))
    return "" if live else NOTHING_LEFT


def _suspended(decision: Decision, at: datetime) -> None:
    row = locked_candidacy(int(decision.session.proposal.effect["candidacy"]))
    before, after, _ = write_step(row, Step("suspend", None, at))
    follow(row, before, after, "suspend", at)


def _suspension_opening(proposal: Proposal, at: datetime) -> Opening:
    row = _row(proposal)
    state = state_of(row)
    if state.cause != "exclusion" or state.stage not in _EXAMINED:
        raise IllegalStep("candidacy_not_decided_now", stage=state.stage.value)
    return Opening(row.charter, sorted(state.electorate & still_members(row.collective_id, state.electorate)), [])


def _moot_suspension(session: ConsentSession, at: datetime) -> str:
    """Another exclusion, or none, is examined by now; or the person is suspended already."""
    state = state_of(_row(session.proposal))
    asked = state.cause == "exclusion" and state.stage in _EXAMINED and not state.suspended
    live = asked and state.frozen_at is not None and session.proposal.created_at >= state.frozen_at
    return "" if live else NOTHING_LEFT


def _before_suspension(session: ConsentSession, step: Step) -> None:
    if session.stage in IN_FORCE and step.kind not in AFTERWARDS | ALWAYS:
        raise IllegalStep("decided_for_good")
    _by_others(_row(session.proposal), step)
    check_way_out(session, step, None)


def register_effects() -> None:
    """Say what proposals about somebody do; once, at start."""
    suspension = Effect(
        _suspended,
        opening=_suspension_opening,
        before=_before_suspension,
        moot=_moot_suspension,
        noted=_noted,
        called=_called,
        cover=_cover,
        keep=_keep,
        concerned=_concerned,
    )
    register_effect("suspension", suspension)
    decided = {"adopted": _adopted, "ended": _ended, "opening": _opening, "before": _before, "moot": _moot}
    voted = {"text": check_live, "vote": vote_of, "closing": closing, "voted": counted}
    register_effect("candidacy", replace(suspension, **decided, **voted))  # type: ignore[arg-type]
