"""Refusals around what waits for somebody: feeds, lists of other nodes, mails."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["INBOX"]

INBOX: Mapping[str, Promise] = {
    "waiting_line_unknown": _("Cette ligne n’est plus dans la liste. Rechargez la page."),
    "waiting_snooze_range": _("On met une ligne de côté pour trois mois au plus."),
    "waiting_feed_unknown": _("Aucune adresse secrète ne s’écrit ainsi. Faites-en une nouvelle depuis votre compte."),
    "waiting_feed_unreadable": _("Ce que l’autre nœud a donné n’est pas une liste de ce qui attend."),
    "waiting_feeds_many": _("Vous avez déjà %(most)s adresses ouvertes : fermez-en une d’abord."),
    "waiting_sources_many": _("Ce nœud lit déjà %(most)s adresses pour vous : retirez-en une d’abord."),
    "waiting_address": _(
        "Ce n’est pas l’adresse secrète d’un autre nœud. Elle contient « /flux/attente/ » ; recopiez-la en entier."
    ),
    "waiting_address_here": _("Cette adresse est de ce nœud-ci : ce qui vous attend ici est déjà dans la liste."),
    "waiting_rhythm": _("Choisissez : jamais, une fois par semaine ou une fois par jour."),
    "waiting_mail": _("Ce n’est pas une adresse e-mail : elle s’écrit comme nom@domaine.example."),
    "waiting_link_unknown": _("Ce lien ne mène à rien. Recopiez-le en entier, ou passez par votre compte."),
}
