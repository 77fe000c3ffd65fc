"""Small words of the pages: distances, dates, numbers and reasons, in the typography of the reader's language."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from frontend import words
from network.clock import last_day

register = template.Library()

HASH_ENDS = 8, 4  # characters shown of a hash, first and last
register.filter("opening", words.opening)
register.filter("kind", words.kind)
register.filter("level", words.level)
register.filter("purpose", words.purpose)
register.filter("area", words.area)
register.filter("price", words.price)
register.filter("reach", words.reach)
register.filter("language_name", words.language_name)
register.filter("host", words.host)
register.filter("place", words.place)
register.filter("web_address", words.web_address)

NARROW = "\u202f"  # narrow no-break space


def _french() -> bool:
    return not (get_language() or "fr").startswith("en")


@register.simple_tag
def person(member: Any) -> SafeString:
    """A link to the page of a member; the word alone for somebody who is not named here."""
    if not member.pk:
        return conditional_escape(member.name)
    return format_html('<a href="{}">{}</a>', reverse("member", args=[member.pk]), member.name)


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """Group thousands: « 14 188 » with narrow no-break spaces, "14,188" in English."""
    if value is None:
        return ""
    text = f"{value:,}"
    return text.replace(",", NARROW).replace(".", ",") if _french() else text


@register.filter
def distance(km: float | None) -> str:
    """Write kilometres: « 0,4 km », « 12 km »; one decimal below ten, empty when unknown."""
    if km is None:
        return ""
    rounded = round(km, 1) if km < 10 else round(km)
    figure = number(int(rounded) if rounded == int(rounded) else rounded)
    return _("%(figure)s km") % {"figure": figure}


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day in full: « 3 octobre 2026 », « 1ᵉʳ octobre 2026 »."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    text = date_format(value, "j F Y")
    return text.replace("1 ", "1ᵉʳ ", 1) if value.day == 1 and _french() else text


register.filter("last_day", last_day)


@register.filter
def hour(value: datetime | None) -> str:
    """Write an hour: « 18 h 04 », "18:04" in English."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{local.hour}\u00a0h\u00a0{local.minute:02}" if _french() else f"{local:%H:%M}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write a day and an hour: « 3 octobre 2026, 18 h 04 »."""
    return f"{day(value)}, {hour(value)}" if value else ""


@register.simple_tag
def when(value: date | datetime | None) -> SafeString:
    """Write a day as a `<time>` that programs read too."""
    if value is None:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day(value))


@register.simple_tag(takes_context=True)
def current(context: template.Context, section: str) -> str:
    """Mark the entry of the navigation where the reader is; see `frontend.context`."""
    return mark_safe(' aria-current="page"') if context.get("section") == section else ""  # noqa: S308


@register.filter
def description(offer: object) -> SafeString:
    """Return an offer's description as safe HTML, wherever it comes from."""
    return words.safe_text(offer.description, local=offer.local)  # type: ignore[attr-defined]


@register.filter
def summary(member: object) -> SafeString:
    """Return a member's summary as safe HTML, wherever it comes from."""
    return words.safe_text(member.summary, local=member.local)  # type: ignore[attr-defined]


@register.filter
def short_hash(value: str) -> str:
    """The two ends of a hash, enough to tell it apart by eye; what is short already stays whole.

    >>> short_hash("sha256:06898be2c1728e8132a944f4a107be55"), short_hash("—")
    ('sha256:06898be2…be55', '—')
    """
    kind, colon, digits = value.rpartition(":")
    first, last = HASH_ENDS
    return f"{kind}{colon}{digits[:first]}…{digits[-last:]}" if len(digits) > first + last else value


@register.filter
def membership(state: str) -> str:
    """Where a membership stands, in a word."""
    return str(words.MEMBERSHIPS.get(state, state))


@register.filter
def level_choice(value: int) -> str:
    """What an attestation says, in its author's own voice."""
    return str(words.LEVEL_CHOICES.get(int(value), ""))
