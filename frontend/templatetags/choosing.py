"""The way from a circle to the page where the next person for a role is looked for, where there is such a page."""

from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

register = template.Library()

EVENTS = {
    "opened": _("cercle ouvert"),
    "joined": _("entrée"),
    "left": _("départ"),
    "mandate_given": _("mandat donné"),
    "mandate_ended": _("mandat fini avant son terme"),
    "proxy_given": _("pouvoir donné"),
    "proxy_withdrawn": _("pouvoir retiré"),
    "proxy_returned": _("pouvoir rendu"),
    "closed": _("cercle fermé"),
}


@register.filter
def circle_event(kind: str) -> object:
    """Name a line of a circle's journal."""
    return EVENTS.get(kind, kind)


@register.simple_tag
def next_person_address(circle: int, role: str) -> str:
    """Return the address that opens an election for a role of a circle; empty if this node holds none."""
    try:
        page = reverse("election_new")
    except NoReverseMatch:
        return ""
    return f"{page}?{urlencode({'circle': circle, 'role': role})}"
