"""Words of people as the HTML that travels, and back; and why an Offer is refused, as a sentence."""

import re
from html import escape, unescape

import nh3

from network.rules.markdown import DROPPED_WHOLE

__all__ = ["reason", "to_html", "to_words"]

BREAK = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)

# Why an Offer is refused by the node itself. Federated text has one language.
REASONS = {
    "unreadable": "Cette demande n’est pas lisible ici.",
    "recipient": "Cette demande n’est pas adressée à qui publie l’annonce.",
    "intent_unknown": "Cette demande ne désigne pas une annonce d’ici.",
    "offer_unknown": "Cette demande ne désigne pas une annonce d’ici.",
    "unit_mismatch": "L’unité demandée n’est pas celle de l’annonce.",
    "quantity_missing": "La demande ne dit pas combien.",
    "quantity_bounds": "Cette quantité n’est pas admise.",
    "quantity_not_one": "Cette annonce ne se multiplie pas.",
    "quantity_inexact": "Cette quantité ne donne pas un montant en centimes entiers.",
    "quote_too_much": "Ce montant est trop grand.",
    "quote_amount_other": "Ce qui est donné en retour ne correspond pas au prix de l’annonce.",
    "amount_bounds": "Ce montant n’est pas admis.",
    "reciprocal_missing": "La demande ne dit pas ce qui est donné en retour.",
    "reciprocal_unasked": "Cette annonce ne demande rien en retour.",
    "offer_not_live": "Cette annonce est retirée ou expirée.",
    "offer_closed": "Cette annonce ne prend plus de demandes.",
    "quotes_too_often": "Trop de demandes de cette adresse depuis vingt-quatre heures.",
}
OTHERWISE = "Cette demande ne correspond pas à l’annonce."


def to_html(words: str) -> str:
    r"""Return a person's words as HTML, lines kept.

    >>> to_html("Bonjour <Alix>\nÀ bientôt")
    '<p>Bonjour &lt;Alix&gt;<br>À bientôt</p>'
    """
    return f"<p>{'<br>'.join(escape(line, quote=False) for line in words.splitlines())}</p>"


def to_words(html: str) -> str:
    r"""Return the words of some HTML, or of plain text, lines kept, ready to be escaped again.

    >>> to_words("<p>Bonjour &lt;Alix&gt;<br>À <b>bientôt</b></p>")
    'Bonjour <Alix>\nÀ bientôt'
    """
    bare = nh3.clean(html, tags={"p", "br"}, attributes={}, clean_content_tags=set(DROPPED_WHOLE))
    lines = (" ".join(unescape(line.replace("<p>", "")).split()) for line in BREAK.split(bare))
    return "\n".join(lines).strip()


def reason(code: str) -> str:
    """Return why an Offer is refused, as a French sentence."""
    return REASONS.get(code, OTHERWISE)
