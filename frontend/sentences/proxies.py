"""Refusals around proxies: giving one, holding one, voting for somebody."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["PROXIES"]

PROXIES: Mapping[str, Promise] = {
    "proxy_unknown": _("Ce pouvoir n’existe pas, a pris fin, ou n’est ni de vous ni pour vous."),
    "proxies_not_allowed": _("La charte n’admet de pouvoir dans aucun vote : chaque personne vote elle-même."),
    "proxy_to_oneself": _("On ne se donne pas pouvoir à soi-même : choisissez une autre personne du cercle."),
    "proxy_back": _("Cette personne vous a donné son pouvoir : vous ne pouvez pas lui donner le vôtre en retour."),
    "proxy_given": _("Vous avez déjà donné votre pouvoir dans ce cercle. Retirez-le avant d’en donner un autre."),
    "proxy_passed_on": _(
        "Vous tenez le pouvoir d’une autre personne, et un pouvoir ne se transmet pas : rendez-le avant de donner le "
        "vôtre."
    ),
    "proxy_holder_gave": _("Cette personne a donné son propre pouvoir : elle ne peut pas tenir le vôtre."),
    "proxy_holder_full": _(
        "Cette personne tient déjà autant de pouvoirs que la charte le permet (%(most)s). Choisissez-en une autre."
    ),
    "proxy_on_probation": _("Cette personne est en période probatoire : elle ne peut pas encore tenir de pouvoir."),
    "proxy_outsider": _("Cette personne ne siège pas dans ce cercle : un pouvoir va à une personne du même cercle."),
    "proxy_elsewhere": _(
        "Vous êtes entré·e avec un autre nœud, qui ne signe pas encore de pouvoir : ici, votez vous-même."
    ),
    "proxy_vote_open": _(
        "Le vote « %(title)s » est ouvert : un pouvoir donné maintenant n’y vaudrait pas. Votez d’abord vous-même, ou "
        "attendez sa clôture, le %(until)s."
    ),
    "proxy_too_long": _("La charte borne la durée d’un pouvoir : celui-ci peut aller jusqu’au %(until)s."),
    "proxy_nobody": _("Personne d’autre dans ce cercle ne peut tenir votre pouvoir en ce moment."),
    "proxy_late": _("Ce pouvoir a été donné après l’ouverture de ce vote : il ne vaut que pour les suivants."),
    "proxy_not_here": _("Ce vote n’admet pas de pouvoir : chaque personne y vote elle-même."),
    "proxy_withdrawn": _("Ce pouvoir a été retiré ou rendu : vous ne votez plus pour cette personne."),
}
