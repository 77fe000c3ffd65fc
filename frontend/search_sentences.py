"""What a search says above its list: what was understood, how many, what was relaxed, that there is nothing."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import words
from frontend.templatetags.ui import number
from network.queries.search import SearchAnswer
from network.queries.skills import find_skill, skill_label
from network.rules.search import SearchQuery

__all__ = ["nothing", "total", "understood", "widening"]


def understood(answer: SearchAnswer) -> str:
    """Say what was read out of the line, or of a place written with a slip: « Nous avons compris : « Nextcloud »,
    près de Liévin (62). » Empty when everything was taken as typed."""
    said = [_("« %(text)s »") % {"text": answer.line.text}] if answer.line.text and _was_read(answer) else []
    if answer.place_typed and answer.place.place:
        said.append(_("près %(of_place)s") % words.of_place(answer.place.place.label))
    asides = [_("« %(text)s » n’écarte personne") % {"text": aside} for aside in answer.line.asides if " " in aside]
    parts = [", ".join(said), *asides]
    if not answer.place_typed and not asides:
        return ""
    return _("Nous avons compris : %(what)s.") % {"what": "\u202f; ".join(part for part in parts if part)}


def _was_read(answer: SearchAnswer) -> bool:
    return answer.line.place is not None or bool(answer.line.asides)


def total(answer: SearchAnswer) -> str:
    found = {"count": number(answer.total)}
    if answer.query.purpose == ("request",):
        return ngettext("%(count)s demande", "%(count)s demandes", answer.total) % found
    return ngettext("%(count)s offre", "%(count)s offres", answer.total) % found


def widening(answer: SearchAnswer) -> str:
    """Say what was relaxed: « Rien à moins de 30 km de Liévin. Voici 4 réponses à moins de 50 km. »"""
    wider = answer.widening
    if wider is None:
        return ""
    said = {"from": number(wider.from_km), "to": number(wider.to_km), "count": number(answer.total)}
    said |= words.of_place(answer.place.place.name if answer.place.place else "")
    if wider.relaxed == "radius":
        return _radius_sentence(answer, wider, said)
    where = _("à moins de %(to)s km") % said if wider.to_km else _("dans toute la France")
    broader = find_skill(wider.skill) if wider.skill else None
    said |= {"where": where, "skill": skill_label(broader) if broader else ""}
    if wider.relaxed == "skill":
        text = ngettext(
            "Rien d’exactement cela. Voici %(count)s réponse pour « %(skill)s » %(where)s.",
            "Rien d’exactement cela. Voici %(count)s réponses pour « %(skill)s » %(where)s.",
            answer.total,
        )
    else:
        text = ngettext(
            "Rien avec tous ces mots. Voici %(count)s réponse avec l’un d’eux.",
            "Rien avec tous ces mots. Voici %(count)s réponses avec l’un d’eux.",
            answer.total,
        )
    return text % said


def _radius_sentence(answer: SearchAnswer, wider: Any, said: dict[str, Any]) -> str:
    if wider.to_km:
        text = ngettext(
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponse à moins de %(to)s km.",
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponses à moins de %(to)s km.",
            answer.total,
        )
    else:
        text = ngettext(
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponse dans toute la France.",
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponses dans toute la France.",
            answer.total,
        )
    return text % said


def nothing(query: SearchQuery, answer: SearchAnswer) -> str:
    if answer.place.place and query.radius_km:
        said = words.of_place(answer.place.place.name) | {"km": number(query.radius_km)}
        return _("Personne ne propose encore cela à moins de %(km)s km %(of_place)s.") % said
    return _("Personne ne propose encore cela.")
