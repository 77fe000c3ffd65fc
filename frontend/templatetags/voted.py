"""Words and figures of votes as the register tells them: shares as fractions, with their per cent beside."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.messages import sentence
from frontend.templatetags.ui import number

register = template.Library()

OUTCOMES = {
    "carried": gettext_lazy("adopté par un vote"),
    "refused": gettext_lazy("assez de voix, mais sans effet"),
    "rejected": gettext_lazy("non adopté"),
    "void": gettext_lazy("sans effet : trop peu de votes"),
    "withheld": gettext_lazy("non dépouillé : trop peu de bulletins"),
}
ENDS = {
    "carried": gettext_lazy("Le consentement n’a pas été atteint : ce texte a été adopté par un vote."),
    "refused": gettext_lazy(
        "Le consentement n’a pas été atteint. Assez de voix étaient pour, mais ce texte ne pouvait plus prendre effet :"
        " il n’est pas adopté."
    ),
    "rejected": gettext_lazy("Le consentement n’a pas été atteint, et le vote n’a pas adopté ce texte."),
    "void": gettext_lazy(
        "Le consentement n’a pas été atteint, et trop peu de personnes ont voté : ce texte n’est pas adopté."
    ),
    "withheld": gettext_lazy(
        "Le consentement n’a pas été atteint. Si peu de bulletins secrets ont été déposés que les compter dirait qui a"
        " voté quoi : rien n’est dépouillé, et ce texte n’est pas adopté."
    ),
}
CHOICES = {"for": gettext_lazy("pour"), "against": gettext_lazy("contre"), "abstain": gettext_lazy("abstention")}
TIERS = {
    "open": gettext_lazy("nominatif : qui a voté quoi se lit après la clôture"),
    "secret": gettext_lazy("secret : aucun nom n’est à côté d’un choix"),
}


@register.filter
def vote_outcome(code: str, refused: str = "") -> str:
    """Say in a few words what came of a vote; empty while nothing has. `refused`: why it took no effect."""
    return str(OUTCOMES["refused"] if refused else OUTCOMES.get(code, code))


@register.filter
def vote_end(code: str, refused: str = "") -> str:
    """Say in a sentence what came of a vote."""
    return str(ENDS["refused"] if refused else ENDS.get(code, code))


@register.filter
def vote_choice(code: str) -> str:
    """Name a choice; who chose nothing did not vote."""
    return str(CHOICES.get(code, code)) if code else _("n’a pas voté")


@register.filter
def vote_tier(code: str) -> str:
    """Say what is known of a ballot."""
    return str(TIERS.get(code, code))


@register.filter
def instant(text: str | None) -> datetime | None:
    """Read an instant as entries hold it; None for none."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def exact_share(text: str | None) -> str:
    """Write a share exactly, and in per cent: « 2/3 (environ 66,7 %) », « 1/2 (50 %) »; empty for none.

    Shares in entries are "n/d". One that per cent cannot tell is said to be about that.
    """
    if not text:
        return ""
    share = Fraction(text) * 100
    near = (Decimal(share.numerator) / share.denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)
    figure = number(int(near)) if near == int(near) else number(near)
    about = _("%(figure)s %%") if Fraction(near) == share else _("environ %(figure)s %%")
    return f"{text} ({about % {'figure': figure}})"


@register.filter
def refusal(code: str) -> str:
    """Say why something was refused, by its code."""
    return sentence(code)
