"""What follows from a step in a candidacy: the membership, the register, the words' time. In the step's transaction."""

from dataclasses import asdict
from datetime import datetime

from django.utils.crypto import salted_hmac

from governance.actions import presence
from governance.actions.candidacy_journal import keep_text
from governance.actions.register import enter, sealed
from governance.actions.remote import forget_decision_salts, forget_salts
from governance.models import ActSignature, Candidacy, CandidacyStep, CandidacyText, CircleMember, PersonObjection
from governance.queries.candidacy_states import figures
from governance.queries.covered import ROLE
from governance.queries.remote import MARKS, candidacy_citations
from governance.rules.candidacy import ENDED, Stage
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation_terms import add_months
from governance.rules.register import canonical
from network.actions.collectives import (
    admit_member,
    begin_probation,
    end_membership,
    renew_membership,
    suspend_membership,
)
from network.models import Membership, MembershipState

KINDS = {Stage.MEMBER: "membership", Stage.LAPSED: "membership_lapse", Stage.EXCLUDED: "exclusion"}


def follow(row: Candidacy, before: State, after: State, kind: str, at: datetime) -> None:
    """Do what the step means beyond the journal."""
    if after.suspended and not before.suspended:
        suspend_membership(collective=row.collective, member=row.person)
        presence.hush(member=row.person, collective_id=row.collective_id)
        _entry(row, after, "suspension", "suspended", at)
    if after.stage is before.stage:
        return
    if kind != "left":
        _membership(row, before, after, at)
    if kind == "keep":
        return
    _register(row, before, after, kind, at)
    if after.stage in ENDED:
        _erase_later(row, at)


def _membership(row: Candidacy, before: State, after: State, at: datetime) -> None:
    now, collective, member = _state(row), row.collective, row.person
    if after.stage is Stage.PROBATION and now != MembershipState.PROBATION:
        begin_probation(collective=collective, member=member)
    if after.stage is Stage.MEMBER and now != MembershipState.ACTIVE:
        admit_member(collective=collective, member=member, at=after.member_since if before.suspended else at)
    elif after.stage is Stage.MEMBER and before.stage is Stage.RENEWAL:
        renew_membership(membership_id=Membership.objects.get(collective=collective, member=member).pk)
    if before.stage is Stage.APPEAL and after.stage is Stage.DECISION:
        _restore(row, after)
    if after.stage in ENDED and now in _STANDING:
        end_membership(collective=collective, member=member, at=at)
        if now in {MembershipState.ACTIVE, MembershipState.SUSPENDED}:
            CircleMember.objects.filter(circle__collective=collective, member=member, until=None).update(until=at)


_STANDING = frozenset(
    {MembershipState.CANDIDATE, MembershipState.PROBATION, MembershipState.ACTIVE, MembershipState.SUSPENDED}
)


def _state(row: Candidacy) -> str | None:
    found = Membership.objects.filter(collective=row.collective, member=row.person)
    return found.values_list("state", flat=True).first()


def _restore(row: Candidacy, after: State) -> None:
    """A decision sent back undoes what it did, until it is taken again."""
    if after.cause == "exclusion":
        admit_member(collective=row.collective, member=row.person, at=after.member_since)
    elif after.cause == "probation":
        begin_probation(collective=row.collective, member=row.person)


def _register(row: Candidacy, before: State, after: State, kind: str, at: datetime) -> None:
    """Enter each end, admission and renewal, and what an appeal came to. A wish never announced leaves no trace."""
    if after.frozen_at is None and after.member_since is None:
        return
    if after.stage is Stage.APPEAL:
        _entry(row, after, "appeal", "drawn", at, draw=_draw_kept(row, after, at))
    elif before.stage is Stage.APPEAL:
        _entry(row, after, "appeal", "sent_back" if after.stage is Stage.DECISION else "confirmed", at)
    elif after.stage is Stage.MEMBER and before.cause == "exclusion":
        _entry(row, after, "exclusion", "kept", at)
    elif after.stage is Stage.MEMBER:
        _entry(row, after, "membership", "renewed" if before.stage is Stage.RENEWAL else "admitted", at)
    elif after.stage is Stage.PROBATION:
        _entry(row, after, "candidacy", "extended" if after.extended else "probation", at, **_voted(before, after))
    elif after.stage in ENDED and kind != "left":
        _entry(row, after, KINDS.get(after.stage, "candidacy"), after.stage.value, at, **_voted(before, after))


def _voted(before: State, after: State) -> dict[str, object]:
    """Return what the entry says of a vote that this came from, or of one that was allowed and could not be secret."""
    return {"vote": after.vote} if after.vote and after.vote != before.vote else {}


def _draw_kept(row: Candidacy, state: State, at: datetime) -> str:
    """Keep what redoes the draw of a panel, and return its commitment: the register shows no pool, which would tell
    the person concerned who objected."""
    if state.draw is None:
        return ""
    told = {**asdict(state.draw), "pool": sorted(state.draw.pool, key=str.encode), "order": list(state.draw.order)}
    return keep_text(row, None, "draw", canonical(told).decode(), at)


def _entry(row: Candidacy, state: State, kind: str, outcome: str, at: datetime, **more: object) -> None:
    """Only article ids and sealed names; evaluations by their commitments, which hold when the words are erased."""
    collective = row.collective
    body = {
        "title": f"Candidature nᵒ {row.pk}",
        "candidacy": row.pk,
        "outcome": outcome,
        "cause": state.cause,
        "person": sealed(collective, row.person_id),
        "sponsors": [sealed(collective, each.person) for each in state.sponsors],
        "articles": sorted({each.article for each in state.objections}),
        "signed": state.signed,
        "electorate": len(state.electorate),
        "evaluations": _evaluations(row, state),
        **more,
    }
    cited, hidden, rows = candidacy_citations(row, state, lambda person: sealed(collective, person))
    body |= {"sealed_signatures": hidden} | ({"signatures": cited} if cited else {})
    entry = enter(collective=collective, kind=kind, body=body, terms=row.charter.digest, at=at)
    ActSignature.objects.filter(pk__in=rows).update(entry=entry)


def _evaluations(row: Candidacy, state: State) -> list[str]:
    """Return the commitments of the evaluations that count, among digests of nothing: the person concerned is to learn
    neither how many there were nor how often somebody thought again. The same ones in each entry, so that two entries
    together tell no more than one."""
    if not state.signed:
        return []  # never a candidate here: nobody was asked to evaluate
    steps = CandidacyStep.objects.filter(candidacy=row, kind="evaluate").order_by("seq")
    last = {step.actor_id: str(step.payload["commitment"]) for step in steps}
    empty = range(MARKS - len(last) % MARKS)
    made = [salted_hmac("evaluations", f"{row.pk}:{n}", algorithm="sha256").hexdigest() for n in empty]
    return sorted([*last.values(), *made])


def _erase_later(row: Candidacy, at: datetime) -> None:
    """Give every word its time: the retention of the charter after the end."""
    until = add_months(at, figures(row.charter).eval_retention_months)
    CandidacyText.objects.filter(candidacy=row, erase_after=None).update(erase_after=until)


def erase_words(at: datetime) -> int:
    """R5: delete the words whose time is over; the commitments in the journal still hold. Return how many."""
    over = CandidacyText.objects.filter(erase_after__lte=at)
    for candidacy, author, role in set(over.values_list("candidacy", "author", "role")):
        if role == ROLE:
            forget_decision_salts(candidacy, author)
        else:
            forget_salts(candidacy, author, evaluations=role == "evaluation")
    texts, _ = over.delete()
    rows, _ = PersonObjection.objects.filter(erase_after__lte=at).delete()
    return texts + rows
