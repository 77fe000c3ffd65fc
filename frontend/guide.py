"""« Tenir une assemblée, pas à pas »: what a facilitator does, in order, with a word to look up at each step."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["STEPS", "GuideStep"]


@dataclass(frozen=True)
class GuideStep:
    """One step: its place in the page, its name, what to do, a piece of advice, the word of the glossary."""

    anchor: str
    name: Promise
    text: Promise
    advice: Promise
    term: str


STEPS: Sequence[GuideStep] = (
    GuideStep(
        "convoquer",
        pgettext_lazy("guide", "Convoquer"),
        _(
            "Choisissez le cercle, une date et un lieu, puis les points : une proposition complète, ou une "
            "simple discussion. Trois points bien préparés valent mieux que dix."
        ),
        _("Envoyez la convocation assez tôt pour que chaque personne ait lu les textes."),
        "ordre-du-jour",
    ),
    GuideStep(
        "roles",
        pgettext_lazy("guide", "Répartir les rôles"),
        _(
            "Qui anime, qui remplace l’animation, qui écrit, qui garde le temps ? Personne n’anime un point "
            "qu’il porte : prévoyez la passation."
        ),
        _("Dites les rôles à voix haute ; la salle les montre à tout le monde."),
        "animation",
    ),
    GuideStep(
        "ouvrir",
        pgettext_lazy("guide", "Ouvrir"),
        _(
            "Attendez que chaque personne soit entrée dans la salle : le quorum se compte tout seul. Puis ouvrez "
            "l’assemblée et prenez le premier point."
        ),
        _("Un écran de salle aide les personnes sans appareil."),
        "quorum",
    ),
    GuideStep(
        "motif",
        pgettext_lazy("guide", "Vérifier le motif"),
        _(
            "Avant le texte, la raison d’agir : est-elle claire, et est-ce bien à nous ? Si quelqu’un dit non, "
            "renvoyez le texte sans le discuter."
        ),
        _("Deux minutes ici en épargnent vingt plus loin."),
        "motif",
    ),
    GuideStep(
        "clarifier",
        pgettext_lazy("guide", "Présenter et clarifier"),
        _(
            "La personne qui porte le texte le présente. Puis un tour de questions pour comprendre ; arrêtez "
            "doucement les avis déguisés en questions."
        ),
        _("Refaites le tour tant qu’il reste une question."),
        "clarification",
    ),
    GuideStep(
        "ressentis",
        pgettext_lazy("guide", "Entendre les ressentis"),
        _("Chaque personne parle une fois, sans réponse ni débat. Celle qui porte le texte écoute et note."),
        _("Rappelez que ce n’est pas encore le moment des objections."),
        "ressenti",
    ),
    GuideStep(
        "arreter",
        pgettext_lazy("guide", "Arrêter le texte"),
        _(
            "Le texte est gardé ou amendé. Vérifiez qu’il dit la date de révision, la personne responsable et "
            "les critères."
        ),
        _("Relisez à voix haute ce qui a changé."),
        "amendement",
    ),
    GuideStep(
        "appeler",
        pgettext_lazy("guide", "Appeler les objections"),
        _("Chaque personne donne sa position, cachée. Demandez une fois, par son nom, à qui se tait. Puis révélez."),
        _("Le silence n’est jamais un consentement."),
        "silence",
    ),
    GuideStep(
        "examiner",
        pgettext_lazy("guide", "Examiner une objection"),
        _(
            "Une à la fois. Faites-la préciser ; demandez si quelqu’un pense qu’elle n’est pas recevable. "
            "Vous n’en jugez pas à vous seul·e : sans accord, un jury est tiré au sort."
        ),
        _("Remerciez : une objection montre ce qui manque au texte."),
        "recevabilite",
    ),
    GuideStep(
        "integrer",
        pgettext_lazy("guide", "Intégrer"),
        _(
            "Demandez d’abord à qui a objecté ce qui lèverait son objection, puis au groupe. Seule cette "
            "personne dit quand c’est levé."
        ),
        _("Une fin d’essai, une date plus proche ou un suivi suffisent souvent."),
        "bonification",
    ),
    GuideStep(
        "conclure",
        pgettext_lazy("guide", "Conclure le point"),
        _(
            "Sans objection, le texte est adopté et entre au registre. Gardez les réserves. Remerciez, respirez, "
            "passez au suivant."
        ),
        _("Reporter n’est pas échouer : mieux vaut plus tard que de force."),
        "registre",
    ),
    GuideStep(
        "clore",
        pgettext_lazy("guide", "Clore et rendre compte"),
        _("Fermez l’assemblée, établissez le compte rendu et demandez aux personnes venues de l’approuver."),
        _("Finissez par un tour : comment c’était, que changer la prochaine fois ?"),
        "compte-rendu",
    ),
)
