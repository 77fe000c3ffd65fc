"""What to say for the codes that operators of a node may meet, and for what the exchange has to tell them."""

from typing import Any, Protocol

from django.utils.functional import Promise
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
    "notice_unknown": _("Ce message n’existe pas, ou plus."),
    # --- lists of nodes
    "list_address": _("Cette adresse n’est pas lisible. Écrivez annuaire.exemple ou https://annuaire.exemple."),
    "list_standing": _("Cette mesure n’est pas connue. Écrivez blocked, limited ou allowed."),
    "list_own": _("C’est ce nœud-ci, ou un domaine dont il fait partie."),
    "list_twice": _("Ce nœud est déjà plus haut dans la liste, avec autre chose."),
    "list_reason": _("Il manque le motif, qui sera public. Écrivez-le ici, ou pour toute la liste."),
    "list_too_long": _("La liste dépasse 5 000 lignes. Coupez-la en plusieurs."),
    "list_unreadable": _("Ce texte n’est pas lisible comme une liste : un guillemet reste peut-être ouvert."),
    "list_faulty": _("Des lignes sont à corriger : %(count)s. Rien n’est écrit tant qu’il en reste."),
    "list_empty": _("La liste est vide : collez des adresses, ou choisissez un fichier."),
    "list_file": _("Ce fichier n’est pas un texte en UTF-8, ou il dépasse 500 ko."),
    # --- said at the terminal
    "actor_unknown": _("%(actor)s n’est pas un acteur de ce nœud."),
    "move_refused": _("Le déménagement n’a pas eu lieu : %(troubles)s"),
}

NOTICES: dict[str, Promise] = {
    "delivery_expired": _(
        "%(about)s n’a rien reçu de nous pendant trente jours : nos messages sont abandonnés. Si ce nœud revit, "
        "suivez-le de nouveau."
    ),
    "our_headers_refused": _(
        "%(about)s refuse la forme de nos messages, pas leur contenu. Signalez-le aux personnes qui développent Toile."
    ),
    "node_moved": _(
        "%(about)s a déménagé à %(to)s. Nous demandons à le suivre là-bas ; adhésions, votes et attestations restent "
        "où ils sont."
    ),
    "register_forked": _(
        "Le registre de %(about)s a été signé deux fois, différemment, à l’inscription nᵒ %(n)s. Les deux signatures "
        "sont gardées comme preuve, rien n’est réparé en silence : demandez des comptes à qui tient ce registre."
    ),
    "register_rolled_back": _(
        "D’autres nœuds ont confirmé l’inscription nᵒ %(n)s du registre de %(about)s, qui n’est plus dans notre base : "
        "une ancienne copie a sans doute été remise en place. Cherchez une copie plus récente avant d’écrire encore."
    ),
    "nodes_trade": _(
        "%(one)s et %(other)s se sont donné %(count)s attestations en une semaine. Leur poids ne change pas ; regardez "
        "qui y gagne, et limitez ou bloquez si c’est un abus."
    ),
}
OTHER_NOTICE = _("Message technique « %(code)s » à propos de %(about)s.")


class _Notice(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def facts(self) -> Any: ...


class _Said(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def notice_sentence(notice: _Notice) -> str:
    """Return what a notice says to the operator; one whose code has no sentence is named by its code."""
    facts = notice.facts if isinstance(notice.facts, dict) else {}
    said = _Said({**facts, "code": notice.code, "about": notice.about or "…"})
    return str(NOTICES.get(notice.code, OTHER_NOTICE)) % said
