"""Words of events: kinds, states, prices, access, rhythms; days and hours as people at the place say them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from frontend import words

__all__ = [
    "ACCESS",
    "KINDS",
    "PRICES",
    "RHYTHMS",
    "access",
    "day",
    "hours",
    "kind",
    "moment",
    "month",
    "price",
    "state",
    "where",
]

Words = Mapping[str, Promise]

KINDS: Words = {
    "install_fair": gettext_lazy("fête d’installation"),
    "workshop": gettext_lazy("atelier"),
    "debate": gettext_lazy("débat"),
    "training": gettext_lazy("formation"),
    "assembly": gettext_lazy("assemblée ouverte"),
    "other": gettext_lazy("autre rendez-vous"),
}
STATES: Words = {
    "confirmed": gettext_lazy("confirmé"),
    "tentative": gettext_lazy("à confirmer"),
    "cancelled": gettext_lazy("annulé"),
}
PRICES: Words = {
    "gift": gettext_lazy("gratuit"),
    "prix_libre": gettext_lazy("prix libre"),
    "fixed": gettext_lazy("prix fixe"),
}
ACCESS: Words = {
    "step_free": gettext_lazy("lieu accessible sans marche"),
    "home_visit": gettext_lazy("déplacement possible à domicile"),
    "remote": gettext_lazy("participation à distance"),
    "easy_read": gettext_lazy("documents faciles à lire"),
    "phone": gettext_lazy("renseignements par téléphone"),
    "sign_language": gettext_lazy("langue des signes"),
}
RHYTHMS: Words = {
    "once": gettext_lazy("une seule fois"),
    "weekly": gettext_lazy("chaque semaine"),
    "fortnightly": gettext_lazy("toutes les deux semaines"),
    "monthly": gettext_lazy("chaque mois, le même jour (le premier samedi…)"),
    "monthly_last": gettext_lazy("chaque mois, le dernier (le dernier samedi…)"),
    "listed": gettext_lazy("aux dates que j’écris"),
}


def kind(value: str) -> str:
    return str(KINDS.get(value, value))


def state(value: str) -> str:
    return str(STATES.get(value, value))


def access(values: Iterable[str]) -> str:
    """Say in one line how one can take part; the order is ours."""
    return ", ".join(str(ACCESS[value]) for value in ACCESS if value in set(values))


def price(event: Any) -> str:
    """Say how it is paid; empty when nobody says."""
    if event.price == "fixed":
        return words.amount(event.amount_cents, event.currency)
    return str(PRICES.get(event.price, ""))


def day(moment: datetime, zone: str) -> str:
    """Write a day with its weekday: « samedi 6 mars 2027 », « jeudi 1ᵉʳ avril 2027 »."""
    local = moment.astimezone(ZoneInfo(zone))
    text = date_format(local.date(), "l j F Y")
    return text.replace(" 1 ", " 1ᵉʳ ", 1) if local.day == 1 and _french() else text


def month(row: Any) -> str:
    """Write the month in which one date begins, at its place: « mars 2027 »."""
    return date_format(row.starts_at.astimezone(ZoneInfo(row.event.zone)).date(), "F Y")


def _french() -> bool:
    return not (get_language() or "fr").startswith("en")


def _hour(local: datetime) -> str:
    if not _french():
        return f"{local:%H:%M}"
    return f"{local.hour}\u00a0h" + (f"\u00a0{local.minute:02}" if local.minute else "")


def hours(row: Any) -> str:
    """Write from when to when, at the place: « de 14 h à 18 h »; across days with the day of the end."""
    zone = ZoneInfo(row.event.zone)
    begin, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    said = {"begin": _hour(begin), "end": _hour(end), "day": day(row.ends_at, row.event.zone)}
    night = (end.date() - begin.date()).days == 1 and end.hour < 12
    text = (
        _("de %(begin)s à %(end)s")
        if begin.date() == end.date() or night
        else _("%(begin)s, jusqu’au %(day)s, %(end)s")
    )
    text = text % said
    here = row.starts_at.astimezone(timezone.get_default_timezone())
    return _("%(hours)s (heure du lieu)") % {"hours": text} if here.utcoffset() != begin.utcoffset() else text


def moment(row: Any) -> str:
    """Write day and hours of one date: « samedi 6 mars 2027, de 14 h à 18 h »."""
    return _("%(day)s, %(hours)s") % {"day": day(row.starts_at, row.event.zone), "hours": hours(row)}


def where(row: Any) -> str:
    """Write the place of one date: « Salle des fêtes, Liévin (62) »; « en ligne » when it is nowhere else."""
    place = f"{row.place_name} ({row.place_dept})" if row.place_dept else row.place_name
    said = ", ".join(part for part in (row.venue, place) if part)
    return said or (_("en ligne") if row.event.online else "")
