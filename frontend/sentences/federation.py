"""What to say for the codes that operators of a node may meet."""

from django.utils.translation import gettext_lazy as _

FEDERATION = {
    "not_operator": _("Seule une personne qui exploite ce nœud peut faire cela."),
    "node_address_invalid": _(
        "Cette adresse de nœud n’est pas lisible. Écrivez https://annuaire.exemple ou @nom@annuaire.exemple."
    ),
    "node_not_found": _("Aucun nœud n’a répondu à cette adresse. Vérifiez-la, ou réessayez plus tard."),
    "own_node": _("C’est l’adresse de ce nœud-ci."),
    "node_blocked": _("Ce nœud est bloqué. Levez d’abord le blocage."),
    "already_following": _("Ce nœud est déjà suivi."),
    "reason_missing": _("Écrivez le motif : il sera public."),
    "node_unknown": _("Ce nœud n’est pas connu ici."),
    "follow_unknown": _("Cette demande n’existe pas, ou elle a déjà reçu une réponse."),
}
