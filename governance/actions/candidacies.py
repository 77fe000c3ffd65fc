"""Asking to join, and `act_on`: the one door for every act in a candidacy, whoever takes it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.actions import remote
from governance.actions.candidacy_decisions import back_to_table, prepare_decision
from governance.actions.candidacy_facts import Asked, answers_kept, complete
from governance.actions.candidacy_follow import follow
from governance.actions.candidacy_journal import earlier_receipt, locked_candidacy, sealed_digest, write_step
from governance.actions.journal import key_of, locked_session
from governance.errors import IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import Candidacy, CandidacyStep, Circle, ConsentSession
from governance.permissions import belongs, check_standing
from governance.queries.candidacies import reader_of
from governance.queries.candidacy_states import figures, row_of, state_of, under_way
from governance.queries.shapes import Receipt
from governance.queries.states import charter_of
from governance.rules.candidacy import Candidacy as State
from governance.rules.candidacy_acts import clean_candidacy_act
from governance.rules.cooptation import may
from governance.rules.evaluating import check_answers
from governance.rules.session import Step
from network.actions.collectives import receive_candidate
from network.clock import now
from network.models import Collective, Member
from network.rules.cards import plain

__all__ = ["act_on", "express"]

COME_BACK = frozenset({"answer_conditions", "confirm_sponsor", "decide_again"})  # the decision may go on from here
BY_MEMBERS = frozenset({"propose_exclusion"})


def express(
    *, actor: Member, collective_id: int, signed: str, answers: Mapping[str, object], organisation: str, key: UUID | str
) -> Candidacy:
    """Ask to join a collective: sign its charter by the digest read, and answer each value with a fact.

    `answers`: {article: {"fact": …}}. For anybody known here who is no member: of this node or of another.
    Raises NotFound, NotEntitled, Invalid (`charter_changed`, `answer_missing`, …), WrongState, TermMissing.
    """
    key = key_of(key)
    values = {"collective": collective_id, "signed": signed, "answers": answers, "organisation": organisation}
    body = sealed_digest("candidacies", "express", values)
    known = earlier_receipt(actor, key, body)
    if known is not None:
        return Candidacy.objects.get(steps__actor=actor, steps__key=key)
    at_home = _request_signature(actor, collective_id, values, key)
    with transaction.atomic():
        collective = Collective.objects.select_for_update().filter(pk=collective_id, local=True).first()
        if collective is None:
            raise NotFound("no_collective")
        if earlier_receipt(actor, key, body) is not None:  # sent twice at once: the other was first
            return Candidacy.objects.get(steps__actor=actor, steps__key=key)
        _may_express(actor, collective)
        charter, at = charter_of(collective), now()
        row = _opened(
            Candidacy(collective=collective, person=actor, circle=_circle(collective), charter=charter, opened_at=at)
        )
        if signed != charter.digest:
            raise Invalid("charter_changed", field="signed")
        payload = {
            "signed": signed,
            "charter": charter.digest,
            "organisation": plain(organisation, 200),
            "answers": answers_kept(row, actor, answers, at),
        }
        write_step(row, Step("express", actor.pk, at, payload), key, body)
        about = replace(remote.about_request(collective), rows={"candidacy": row})
        remote.keep(at_home, actor=actor, kind="express", key=key, about=about)
        receive_candidate(collective=collective, member=actor)
    return row


def _request_signature(
    actor: Member, collective_id: int, values: Mapping[str, object], key: UUID
) -> remote.Prepared | None:
    """Return the signature of a wish to join by somebody whose home is another node; where it would be refused, their
    node is not asked."""
    collective = Collective.objects.filter(pk=collective_id, local=True).first()
    if actor.local or collective is None:
        return None
    _may_express(actor, collective)
    about = remote.about_request(collective)
    check_answers(values["answers"], figures(about.charter).articles)
    if values["signed"] != about.charter.digest:
        raise Invalid("charter_changed", field="signed")
    return remote.prepare(actor=actor, kind="express", payload=values, key=key, about=about)


def _may_express(actor: Member, collective: Collective) -> None:
    if actor.gone_at is not None or actor.unclaimed:
        raise NotEntitled("member_gone")
    if belongs(actor, collective.pk):
        raise WrongState("already_member")
    if under_way(actor, collective.pk) is not None:
        raise WrongState("candidacy_under_way")


def _circle(collective: Collective) -> Circle:
    """The first circle of the collective decides, with every member of the electorate called to it."""
    circle = Circle.objects.filter(collective=collective).order_by("opened_at", "pk").first()
    if circle is None:
        raise WrongState("circle_missing")
    return circle


def _opened(row: Candidacy) -> Candidacy:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise WrongState("candidacy_under_way") from None
    return row


def act_on(*, candidacy_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Do one act in a candidacy and return its receipt; the same act under the same key gets the same receipt again.

    Every right is checked here, under the lock of the row (and of the decision that comes back).
    Raises Invalid, NotEntitled, NotFound, WrongState (IllegalStep, `key_reused`), TermMissing.
    """
    values, key = clean_candidacy_act(kind, dict(payload)), key_of(key)
    body = sealed_digest(f"candidacy:{candidacy_id}", kind, values)
    signed = _signature(candidacy_id, actor, kind, values, key)
    with transaction.atomic():
        if kind in COME_BACK:
            _lock_session(candidacy_id)
        row = locked_candidacy(candidacy_id)
        known = earlier_receipt(actor, key, body)
        if known is not None:  # sent twice at once: the other had the lock first
            return known
        before, at = state_of(row), now()
        _check(row, before, actor, kind)
        if kind in BY_MEMBERS:
            row.charter = charter_of(row.collective)
        return _taken(row, before, actor, kind, values, at, key, body, signed)


def _signature(
    candidacy_id: int, actor: Member, kind: str, values: Mapping[str, object], key: UUID
) -> remote.Prepared | None:
    """Return the signature that an act of a member of another node needs; asks their node, so before any lock."""
    if actor.local or CandidacyStep.objects.filter(actor=actor, key=key).exists():
        return None
    row = row_of(candidacy_id)
    _check(row, state_of(row), actor, kind)
    return remote.prepare(actor=actor, kind=kind, payload=values, key=key, about=_about(row, kind))


def _about(row: Candidacy, kind: str) -> remote.About:
    """Return what the act is part of; a process that begins now has the figures of the charter in force."""
    about = remote.about_candidacy(row)
    return replace(about, charter=charter_of(row.collective)) if kind in BY_MEMBERS else about


def _lock_session(candidacy_id: int) -> None:
    """The decision's lock comes before the candidacy's, as in a room."""
    found = ConsentSession.objects.filter(proposal__effect__candidacy=candidacy_id, proposal__effect__kind="candidacy")
    for pk in found.order_by("pk").values_list("pk", flat=True):
        locked_session(pk)


def _check(row: Candidacy, state: State, actor: Member, kind: str) -> None:
    """Refuse before anything is read or kept: who may take this step now. Who may not know of it learns nothing."""
    if actor.pk != row.person_id:
        check_standing(actor, row.collective_id)
    reader_of(row, state, actor)
    if kind in BY_MEMBERS and not belongs(actor, row.collective_id):
        raise NotEntitled("not_member")
    refusal = may(state, kind, actor.pk)
    if refusal == "not_now":
        raise IllegalStep("not_now", stage=state.stage.value, act=kind)
    if refusal:
        raise NotEntitled(refusal)
    concerned = actor.pk == row.person_id or kind == "flag"
    if not concerned and not belongs(actor, row.collective_id):
        raise NotEntitled("not_member")


def _taken(
    row: Candidacy,
    before: State,
    actor: Member,
    kind: str,
    values: Mapping[str, object],
    at: datetime,
    key: UUID,
    body: str,
    signed: remote.Prepared | None,
) -> Receipt:
    payload = complete(kind, Asked(row, before, actor, values, at))
    if kind == "open_decision":
        payload = {"proposal": prepare_decision(row, before, actor, at).pk}
    before, after, receipt = _written(row, Step(kind, actor.pk, at, payload), key, body)
    remote.keep(signed, actor=actor, kind=kind, key=key, about=_about(row, kind))
    if kind in COME_BACK:
        back_to_table(row, before, after, at)
    follow(row, before, after, kind, at)
    return receipt


def _written(row: Candidacy, step: Step, key: UUID, body: str) -> tuple[State, State, Receipt]:
    """Write the step. An appeal brings an ended candidacy back, and nobody has two under way in one collective."""
    if step.kind != "appeal":
        return write_step(row, step, key, body)
    if under_way(row.person, row.collective_id) is not None:
        raise WrongState("candidacy_under_way")
    try:
        with transaction.atomic():
            return write_step(row, step, key, body)
    except IntegrityError:  # begun at the same instant
        raise WrongState("candidacy_under_way") from None
