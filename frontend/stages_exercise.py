"""What an exercise says otherwise: nothing of it is written to the register, and nothing of it takes effect."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from frontend.stages import StageText

__all__ = ["practised"]

_NO_EFFECT = _("Rien : une décision d’exercice ne s’applique pas.")
_OTHERWISE: Mapping[str, Mapping[str, Promise]] = {
    "decision.adopted": {
        "what": _("Il ne reste aucune objection : la proposition est adoptée. Rien n’en est écrit au registre."),
        "why": _("Dans une vraie assemblée, elle serait écrite au registre, où chacun la retrouverait."),
        "now": _("Vous pouvez encore déposer une réserve : dans une vraie assemblée, elle resterait avec la décision."),
        "otherwise": _NO_EFFECT,
    },
    "decision.closed": {
        "what": _("C’était pour s’entraîner : rien n’est décidé, rien n’est écrit au registre."),
        "why": _("Une vraie décision tient jusqu’à sa date de révision, ou jusqu’à un fait nouveau."),
        "now": _("C’était pour s’entraîner : rien n’est décidé. Vous pouvez recommencer quand vous voulez."),
        "otherwise": _NO_EFFECT,
    },
    "decision.fallback": {
        "why": _("La charte dit quand un vote peut prendre le relais."),
        "now": _("C’est fini ici : un exercice ne va pas jusqu’au vote."),
        "otherwise": _NO_EFFECT,
    },
    "meeting.minutes_draft": {
        "why": _("Un vrai compte rendu fait foi : chacun vérifie qu’il dit bien ce qui s’est passé."),
    },
    "meeting.minutes_adopted": {
        "what": _("L’exercice est fini. C’était pour s’entraîner : rien n’a été écrit au registre."),
        "why": _("Vous avez vu toutes les étapes d’une décision, du motif au compte rendu."),
        "now": _("C’était pour s’entraîner : rien n’a été écrit au registre. Vous pouvez lire le compte rendu."),
        "otherwise": _("L’exercice s’efface de lui-même."),
    },
}


def practised(words: StageText, stage: str) -> StageText:
    """Return the words of a stage as an exercise says them; `stage` as in the page of help: `decision.adopted`."""
    return replace(words, **_OTHERWISE.get(stage, {}))
