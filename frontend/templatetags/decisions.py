"""Words and shapes of decisions in templates."""

from collections.abc import Iterable
from datetime import date

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from frontend.election_stages import election_stage as election_words
from frontend.election_stages import lot_stage as lot_words
from frontend.stages import ENTRY_STATES, decision_stage, meeting_stage
from frontend.templatetags.ui import day
from frontend.words import safe_text
from governance.queries.shapes import TurnView
from governance.queries.words import choice_label

register = template.Library()

OBJECTION_STATES = {
    "open": _("ouverte"),
    "qualified": _("recevable"),
    "refined": _("précisée, recevable"),
    "concern": _("gardée comme réserve"),
    "withdrawn": _("retirée"),
    "resolved": _("levée"),
}
JUDGMENTS = {"agree": _("recevable"), "disagree": _("pas recevable")}
CSS = {"consent": "consent", "concern": "reserve", "objection": "object"}
KINDS = {
    "signature": _("signature d’un autre nœud"),
    "decision": _("décision"),
    "charter": _("charte"),
    "minutes": _("compte rendu"),
    "concern": _("réserve"),
    "correction": _("correction"),
    "election": _("élection sans candidat"),
    "lot": _("tirage au sort"),
    "lapse": _("fin d’un texte à durée limitée"),
    "fallback": _("passage au vote, faute de consentement"),
    "vote": _("vote, faute de consentement"),
    "vote_extended": _("vote secret prolongé"),
    "candidacy": _("candidature"),
    "membership": _("appartenance"),
    "membership_lapse": _("appartenance caduque"),
    "exclusion": _("exclusion"),
    "suspension": _("suspension"),
    "appeal": _("recours"),
}


@register.filter
def markdown(text: str) -> SafeString:
    """Draw a member's Markdown; what is not allowed in it is gone."""
    return safe_text(text or "", local=True)


@register.filter
def choice(code: str) -> object:
    """Say a choice: « J’ai une réserve »; empty for no choice."""
    return choice_label(code) if code else ""


@register.filter
def stage(code: str) -> object:
    """Name a stage of a decision."""
    return decision_stage(code).label


@register.filter
def election_stage(code: str) -> object:
    """Name a stage of an election."""
    return election_words(code).label


@register.filter
def lot_stage(code: str) -> object:
    """Name a stage of a lot."""
    return lot_words(code).label


VACANCIES = {
    "time_out": _("Le temps est passé sans que l’objection soit levée."),
    "too_few_positions": _("Trop peu de personnes ont donné leur position."),
}


LOT_ANSWERS = {
    "accepted": _("accepte"),
    "refused": _("refuse"),
    "silent": _("sans réponse à temps"),
    "asked": _("réponse attendue"),
}
COMMITS = {
    "given": _("enveloppe déposée"),
    "revealed": _("enveloppe ouverte"),
    "wrong": _("fausse clé, enveloppe écartée"),
    "missing": _("enveloppe restée fermée, écartée"),
}


@register.filter
def lot_answer(code: str) -> object:
    """Say what somebody who was drawn answered."""
    return LOT_ANSWERS.get(code, code)


@register.filter
def commit_state(code: str) -> object:
    """Say what became of a commitment."""
    return COMMITS.get(code, code)


@register.filter
def vacancy(reason: str) -> object:
    """Say why nobody was found: a code, or the words of whoever noted it."""
    return VACANCIES.get(reason, reason)


@register.filter
def meeting(code: str) -> object:
    """Name a stage of a meeting."""
    return meeting_stage(code).label


@register.filter
def objection_state(code: str) -> object:
    """Say where an objection stands."""
    return OBJECTION_STATES.get(code, code)


@register.filter
def judgment(code: str) -> object:
    """Say what somebody found of an objection."""
    return JUDGMENTS.get(code, code)


@register.filter
def position_css(code: str) -> str:
    """Return the class that colours a position."""
    return CSS.get(code, "soft")


@register.filter
def position_sign(code: str) -> str:
    """Return the shape of a position."""
    return CSS.get(code, "")


@register.filter
def entry_kind(code: str) -> object:
    """Name a kind of register entry."""
    return KINDS.get(code, code)


@register.filter
def entry_state(code: str) -> object:
    """Say what became of a decision."""
    return ENTRY_STATES.get(code, code)


BROKEN = {
    "missing": _("l’inscription manque, ou n’est pas à sa place"),
    "added": _("l’inscription a été ajoutée après coup"),
    "document": _("son contenu a changé"),
    "head": _("sa tête de chaîne a changé"),
    "not_canonical": _("son contenu n’a plus de forme lisible"),
    "name": _("un nom qu’elle cite a changé"),
    "decision": _("le texte de la décision a changé"),
    "minutes": _("le procès-verbal a changé"),
    "record": _("un acte du journal, que le procès-verbal cite, a changé"),
    "charter": _("la charte a changé"),
    "poll": _("le vote a changé"),
    "roll": _("la liste des personnes appelées à voter a changé"),
    "ballot": _("un bulletin a changé"),
}


@register.filter
def broken(why: str) -> object:
    """Say why an entry does not hold."""
    return BROKEN.get(why, why)


@register.filter
def latest_turns(turns: Iterable[TurnView], number: int) -> list[TurnView]:
    """Keep the turns of one round."""
    return [turn for turn in turns if turn.round == number]


@register.filter
def named(who: object, names: dict[str, str]) -> str:
    """Return the name behind a register entry's commitment; its number once the name is erased."""
    if not isinstance(who, dict):
        return "—"
    return names.get(str(who.get("name")), "") or str(_("sociétaire nᵒ %(n)s") % {"n": who.get("number", "?")})


WAITS = {
    "complete_draft": _("À compléter"),
    "vote": _("Votre vote est attendu"),
    "review_due": _("À revoir : la date de révision est atteinte"),
    "draft": _("À soumettre"),
    "amend": _("Votre texte : le garder ou l’amender"),
    "integrate": _("Une objection à lever"),
    "delegated": _("Un texte vous est confié"),
    "driver_check": _("Votre réponse sur le motif est attendue"),
    "clarify": _("Votre tour est attendu"),
    "react": _("Votre ressenti est attendu"),
    "objection_call": _("Votre position est attendue"),
    "test": _("Votre avis sur une objection est attendu"),
    "reopened": _("Votre avis sur une objection est attendu"),
}
CLASSES = {
    "ordinary": _("décision ordinaire"),
    "charter": _("décision sur la charte"),
    "cooptation": _("décision sur une personne"),
}


@register.filter
def waits(code: str) -> object:
    """Say what of a proposal waits for its reader."""
    return WAITS.get(code, _("Quelque chose vous attend"))


@register.filter
def decision_class(code: str) -> object:
    """Name a class of decisions; a collective's own classes keep their name."""
    return CLASSES.get(code, code)


@register.filter
def iso_day(text: str | None) -> str:
    """Write a day that is stored as 2027-06-01."""
    return day(date.fromisoformat(text)) if text else "—"


@register.filter
def of(words: dict[str, object], key: str) -> object:
    """Look a word up; the key itself if there is none."""
    return words.get(key, key)
