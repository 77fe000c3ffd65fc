"""A vote on a text, open and then in each of its outcomes, in four sentences (see `stages.py`)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from frontend.stages import StageText

__all__ = ["POLL", "poll_stage"]

POLL: Mapping[str, StageText] = {
    "open": StageText(
        _("Vote ouvert"),
        _("Le consentement n’a pas été trouvé sur ce texte : on vote pour ou contre."),
        _("La charte le permet quand les tours d’intégration n’ont pas suffi. Le registre dira que c’était un vote."),
        _("Lisez le texte, puis choisissez pour, contre ou abstention."),
        _("Votre voix n’est pas comptée ; le vote se clôt à son heure, avec les voix données."),
    ),
    "carried": StageText(
        _("Adopté par vote"),
        _("Le texte est adopté par vote, après que le consentement n’a pas été trouvé."),
        _("Assez de personnes ont voté, et assez de voix sont pour."),
        _("Lisez le décompte, et refaites-le si vous voulez."),
        _("Le texte s’applique jusqu’à sa révision."),
    ),
    "refused": StageText(
        _("Assez de voix, sans effet"),
        _("Assez de voix sont pour, mais le texte ne pouvait plus prendre effet : il n’est pas adopté."),
        _("Pendant le vote, ce que le texte devait changer avait changé autrement, ou pris fin."),
        _("Lisez le décompte ; vous pouvez écrire une autre proposition."),
        _("Rien ne change : ce qui s’appliquait s’applique toujours."),
    ),
    "rejected": StageText(
        _("Non adopté"),
        _("Le texte n’est pas adopté : il n’a pas eu assez de voix pour."),
        _("La charte fixe la part des voix qu’il faut ; à égalité, rien n’est adopté."),
        _("Lisez le décompte ; vous pouvez écrire une autre proposition."),
        _("Rien ne change : ce qui s’appliquait s’applique toujours."),
    ),
    "void": StageText(
        _("Sans effet"),
        _("Trop peu de personnes ont voté : le texte n’est pas adopté."),
        _("Un vote de quelques personnes n’engagerait pas toutes les autres."),
        _("Vous pouvez reprendre la question dans une autre proposition."),
        _("Rien ne change : ce qui s’appliquait s’applique toujours."),
    ),
    "withheld": StageText(
        _("Vote non dépouillé"),
        _("Trop peu de bulletins secrets ont été donnés : ils ne sont pas comptés."),
        _("Avec si peu de bulletins, le décompte dirait qui a voté quoi."),
        _("Vous pouvez reprendre la question dans une autre proposition."),
        _("Rien ne change : ce qui s’appliquait s’applique toujours."),
    ),
}


def poll_stage(outcome: str, refused: str = "") -> StageText:
    """Return the words of a vote by its outcome, "" while it is open; an unknown outcome raises KeyError.

    `refused`: why the text took no effect, though it was carried.
    """
    return POLL["refused" if refused else outcome or "open"]
