"""What to say when somebody enters with another node, and when their node signs what they do."""

from django.utils.translation import gettext_lazy as _

SIGNIN = {
    # --- finding the home node
    "home_malformed": _("Écrivez l’adresse d’un nœud (noeud.exemple) ou un identifiant (@nom@noeud.exemple)."),
    "home_is_here": _("C’est ce nœud-ci : connectez-vous avec votre nom et votre mot de passe."),
    "home_not_spoken_with": _("Ce nœud n’échange pas avec %(node)s. Qui l’exploite peut vous dire pourquoi."),
    "home_unreachable": _("%(node)s ne répond pas. Réessayez plus tard : tant qu’il est arrêté, il ne peut pas dire "
                          "qui vous êtes."),
    "home_unknown_person": _("%(node)s ne connaît personne de ce nom. Vérifiez votre identifiant."),
    "home_without_entry": _("%(node)s répond, mais ne permet pas d’entrer ailleurs avec lui. Il doit être à jour."),
    "home_refuses_us": _("%(node)s ne veut pas faire entrer ses membres ici."),
    "federation_off": _("Ce nœud n’échange avec aucun autre : on n’y entre qu’avec un compte d’ici."),
    # --- coming back
    "entry_state": _("Ce navigateur n’a pas demandé cette réponse, ou elle est arrivée trop tard. Recommencez."),
    "entry_mixed_up": _("La réponse ne vient pas de %(node)s. Rien n’a été fait ; recommencez depuis le début."),
    "entry_declined": _("Vous n’avez pas donné votre accord à %(node)s. Rien n’a été fait."),
    "entry_failed": _("%(node)s n’a pas pu vous faire entrer. Recommencez ; si cela dure, prévenez qui l’exploite."),
    "entry_forged": _("Ce que %(node)s a répondu n’est pas valable. Rien n’a été fait ; prévenez la personne qui "
                      "exploite ce nœud."),
    "entry_stranger": _("%(node)s ne peut parler que pour ses propres membres. Rien n’a été fait."),
    "entry_other_person": _("%(node)s dit que vous êtes quelqu’un d’autre que l’identifiant donné. Déconnectez-vous "
                            "là-bas, ou donnez l’autre identifiant."),
    "entrance_gone": _("%(node)s ou ce nœud ne vous compte plus parmi ses membres."),
    "entry_unknown_node": _("Le nœud qui vous envoie n’est pas connu d’ici. Revenez chez lui et recommencez."),
    "account_closed": _("Ce compte est fermé."),
    "not_at_home": _("Vous êtes ici avec un autre nœud : cela se fait chez lui."),
    # --- signing
    "signature_no_session": _("Votre acte demande la signature de %(node)s. Entrez de nouveau avec votre nœud, puis "
                              "réessayez."),
    "signature_unreachable": _("Votre acte demande la signature de votre nœud, et %(node)s ne répond pas. Rien n’est "
                               "enregistré ; réessayez plus tard."),
    "signature_refused": _("%(node)s n’a pas signé votre acte. Rien n’est enregistré."),
}  # fmt: skip
