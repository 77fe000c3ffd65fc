"""Preparing a proposal, until a decision is opened on it."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from governance.actions.effects import effect_kind
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import Circle, ConsentSession, Proposal
from governance.permissions import can_follow, can_propose, check_standing
from governance.queries.states import charter_of, consent_terms_for, seated
from governance.rules.acts import clean_act
from network.clock import now
from network.models import Member

MADE = frozenset({"charter"})  # kinds whose text is made from a draft of their own


@transaction.atomic
def draft_proposal(
    *,
    actor: Member,
    circle_id: int,
    title: str,
    driver: str = "",
    text: str = "",
    review_on: date | str | None = None,
    responsible_id: int | None = None,
    criteria: str = "",
    decision_class: str = "ordinary",
    effect: Mapping[str, object] | None = None,
) -> Proposal:
    """Write a draft; only a title is needed. `effect`: what its adoption changes by itself (`actions/effects.py`).

    Raises NotEntitled `not_in_circle`, Invalid, TermMissing.
    """
    effect_kind(effect or {})
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None or not can_follow(actor, circle):
        raise NotFound("circle_unknown")
    check_standing(actor, circle.collective_id)
    if not can_propose(actor, circle):
        raise NotEntitled("not_in_circle")
    consent_terms_for(charter_of(circle.collective), decision_class)
    proposal = Proposal(circle=circle, proposer=actor, decision_class=decision_class, effect=dict(effect or {}))
    given = {"title": title, "driver": driver, "text": text, "criteria": criteria}
    _fill(proposal, {**given, "review_on": review_on, "responsible": responsible_id})
    if not proposal.title:
        raise Invalid("field_missing", field="title")
    proposal.save()
    return proposal


@transaction.atomic
def edit_proposal(*, actor: Member, proposal_id: int, **fields: object) -> Proposal:
    """Change a draft on which no decision is open yet. Fields as in `draft_proposal`."""
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("circle")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None or not can_follow(actor, proposal.circle):
        raise NotFound("proposal_unknown")
    if proposal.proposer_id != actor.pk:
        raise NotEntitled("not_proposer")
    check_standing(actor, proposal.circle.collective_id)
    if ConsentSession.objects.filter(proposal=proposal).exists():
        raise WrongState("session_open")
    if "responsible_id" in fields:
        fields["responsible"] = fields.pop("responsible_id")
    if "text" in fields and fields["text"] != proposal.text and effect_kind(proposal.effect) in MADE:
        raise WrongState("text_from_draft", field="text")
    _fill(proposal, fields)
    proposal.changed_at = now()
    proposal.save()
    return proposal


def _fill(proposal: Proposal, given: dict[str, object]) -> None:
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
    values = clean_act("edit_draft", texts)
    responsible = values.pop("responsible", None)
    if responsible is not None and responsible not in seated(proposal.circle):
        raise Invalid("responsible_unknown", field="responsible")
    if "responsible" in given:
        proposal.responsible_id = responsible  # type: ignore[assignment]
    for name in ("title", "driver", "text", "criteria"):
        if name in given:
            setattr(proposal, name, values.get(name, ""))
    if "review_on" in given:
        review_on = values.get("review_on")
        proposal.review_on = date.fromisoformat(str(review_on)) if review_on else None
