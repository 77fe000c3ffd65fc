"""Signatures of members of other nodes, in words: of a decision, in the register, in minutes."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext_lazy as _

from frontend.context import me
from governance.queries.remote import SignatureLine, signatures_of

register = template.Library()

KINDS = {
    "accept_draw": _("désignation par le sort acceptée"),
    "accept_mandate": _("mandat accepté"),
    "agree_role": _("accord sur le rôle"),
    "announce": _("annonce de la candidature"),
    "answer_conditions": _("réponse aux conditions"),
    "appeal": _("recours"),
    "approve_minutes": _("approbation du compte rendu"),
    "cast_ballot": _("bulletin"),
    "change_voice": _("voix reportée"),
    "commit": _("enveloppe déposée"),
    "confirm_objection": _("confirmation d’une objection"),
    "confirm_resolved": _("objection dite levée"),
    "confirm_sponsor": _("parrainage"),
    "contest_minutes": _("demande de correction du compte rendu"),
    "decline_mandate": _("mandat refusé"),
    "decline_sponsor": _("parrainage refusé"),
    "drop_exclusion": _("exclusion abandonnée"),
    "evaluate": _("évaluation"),
    "express": _("demande à rejoindre"),
    "file_concern": _("réserve"),
    "flag": _("signalement"),
    "hear": _("audition"),
    "judge": _("avis sur une objection"),
    "jury_vote": _("voix au jury"),
    "keep_voice": _("voix gardée"),
    "object": _("objection"),
    "panel_vote": _("voix sur un recours"),
    "position": _("position"),
    "propose": _("personne proposée"),
    "propose_exclusion": _("exclusion proposée"),
    "read_beacon": _("hasard public lu"),
    "refine": _("objection précisée"),
    "refuse_draw": _("désignation par le sort refusée"),
    "renew": _("renouvellement"),
    "reopen": _("réouverture"),
    "reveal_secret": _("enveloppe ouverte"),
    "step_down": _("fin d’un parrainage"),
    "synthesise": _("synthèse"),
    "take_up_flag": _("signalement repris"),
    "vote": _("bulletin de vote"),
    "withdraw": _("candidature retirée"),
    "withdraw_objection": _("retrait d’une objection"),
}
STATES = {
    "waiting": _("en attente de la signature de son nœud"),
    "signed": _("signé par son nœud"),
    "missing": _("jamais signé par son nœud"),
}


@register.filter
def act_kind(code: str) -> object:
    """Name an act that is signed."""
    return KINDS.get(code, code)


@register.filter
def signature_state(code: str) -> object:
    """Say how far a signature is."""
    return STATES.get(code, code)


@register.filter
def has_own_proof(lines: Iterable[SignatureLine]) -> bool:
    """Whether the reader's own act, with its proof, is among these."""
    return any(each.own_proof for each in lines)


def _reader(context: Context) -> Any:  # noqa: ANN401
    """The member who reads, None for a visitor."""
    return me(context["request"]) if "request" in context else None


@register.simple_tag(takes_context=True)
def decision_signatures(context: Context, proposal_id: int) -> tuple[SignatureLine, ...]:
    """Return the signatures of the decision on a proposal; none before it is open."""
    return signatures_of(proposal_id=proposal_id, viewer=_reader(context))


@register.simple_tag(takes_context=True)
def election_signatures(context: Context, election_id: int) -> tuple[SignatureLine, ...]:
    """Return the signatures of an election without candidate: who acted, never whom they named."""
    return signatures_of(election_id=election_id, viewer=_reader(context))


@register.simple_tag(takes_context=True)
def lot_signatures(context: Context, lot_id: int) -> tuple[SignatureLine, ...]:
    """Return the signatures of a lot."""
    return signatures_of(lot_id=lot_id, viewer=_reader(context))


@register.simple_tag(takes_context=True)
def poll_signatures(context: Context, poll_id: int) -> tuple[SignatureLine, ...]:
    """Return the signatures of a vote; of a secret one the reader's own alone."""
    return signatures_of(poll_id=poll_id, viewer=_reader(context))


@register.simple_tag(takes_context=True)
def minutes_signatures(context: Context, assembly_id: int) -> tuple[SignatureLine, ...]:
    """Return the signatures of those of other nodes who approved the minutes of a meeting."""
    return signatures_of(assembly_id=assembly_id, viewer=_reader(context))
