"""The directory to take away: files in the formats of others, one page without network, and a poster.

Only what everybody may read; the same for everybody, so that caches may keep it a while. Search engines are asked to
leave the files alone: people are found here, by what they do, not everywhere by their name.
"""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from frontend.doors import show, spare_visitor
from frontend.sentences.formats import LACKS
from network import rates
from network.clock import now
from network.errors import NotFound, TooOften
from network.formats import chatons, murmurations, schema_org, vcard
from network.formats.librehost import HOLDS
from network.queries.exports import (
    EXPORTS,
    chatons_file,
    directory_cards,
    exported,
    librehost_file,
    librehost_of,
    member_card,
)
from network.queries.members import this_node
from network.rules.entries import lacks
from network.rules.places import fold

FRESH_SECONDS = 600
WHOLE, WHOLE_SECONDS = 30, 600  # whole directories for one address
IN_ONE_FILE = 5_000  # entries of the page without network
LABELS = {
    "csv": "CSV", "geojson": "GeoJSON", "murmurations": "Murmurations", "gogocarto": "GoGoCarto",
    "gogocompact": "GoGoCarto (gogocompact)", "vcard": "vCard 4.0", "jsonld": "schema.org JSON-LD",
}  # fmt: skip
OWN_FORMATS = {
    "vcf": ("vcard", vcard.MEDIA_TYPE),
    "jsonld": ("jsonld", schema_org.MEDIA_TYPE),
    "json": ("murmurations", "application/json"),
}
EXAMPLE = ("titre;sens;description;competence;lieu;rayon_km;a_distance;prix;montant;jusqu_au",
           "Installation de Nextcloud;offre;Sur place ou à distance;nextcloud;62800;30;oui;heure;55,00;")  # fmt: skip


def _file(text: str, media_type: str, name: str = "") -> HttpResponse:
    """Return a file that anybody may read from anywhere; with a name, it is saved and not shown."""
    charset = "" if "charset" in media_type else "; charset=utf-8"
    answer = HttpResponse(text, content_type=media_type + charset)
    answer["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["X-Robots-Tag"] = "noindex"
    if name:
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _count(request: HttpRequest) -> None:
    """Bound how often one address makes this node write everything down."""
    wait = rates.allow("export", rates.address_bucket(rates.address_of(request.META)), WHOLE, WHOLE_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)


def _name(ending: str, at: datetime, what: str = "annuaire") -> str:
    node = this_node()
    return f"{what}-{_slug(node.name if node else '') or 'toile'}-{at:%Y-%m-%d}.{ending}"


def _slug(name: str) -> str:
    """A name as part of a file's: without accents or ligatures, which headers do not carry.

    >>> _slug("Nœud du Bassin")
    'noeud-du-bassin'
    """
    return slugify(fold(name))[:60]


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """List what can be taken away, and what each format cannot hold."""
    formats = [
        {
            "label": LABELS[each.name],
            "url": reverse("export_file", args=[each.name]),
            "lacks": ", ".join(str(LACKS[name]) for name in each.lacks),
        }
        for each in EXPORTS.values()
    ]
    context = {"formats": formats, "chatons_lacks": _lacks(chatons.HOLDS), "librehost_lacks": _lacks(HOLDS)}
    return show(request, "exports/export.html", context | {"at": now(), "rights": _rights()})


def _lacks(holds: frozenset[str]) -> str:
    return ", ".join(str(LACKS[name]) for name in lacks(holds))


@require_safe
def export_file(request: HttpRequest, name: str) -> HttpResponse:
    """Download everything in one format."""
    if name not in EXPORTS:
        raise NotFound("export_unknown")
    _count(request)
    at, form = now(), EXPORTS[name]
    text = exported(name, directory_cards(), at=at)
    return _file(text, form.media_type, _name(form.ending, at, name if form.ending == "json" else "annuaire"))


@require_safe
def import_model(request: HttpRequest) -> HttpResponse:
    """Download a table to fill in; the export names every column that we read."""
    return _file("\ufeff" + "\r\n".join(EXAMPLE) + "\r\n", "text/csv", "modele.csv")


@require_safe
def elements(request: HttpRequest) -> HttpResponse:
    """Answer as a GoGoCarto site does: `?ontology=gogocompact` for the short list."""
    _count(request)
    name = "gogocompact" if request.GET.get("ontology") == "gogocompact" else "gogocarto"
    return _file(exported(name, directory_cards(), at=now()), EXPORTS[name].media_type)


@require_safe
def librehost(request: HttpRequest) -> HttpResponse:
    _count(request)
    return _file(librehost_file(at=now()), "application/json")


@require_safe
def member_librehost(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer librehost.json of an organisation of this node, to which that of the node leads."""
    text = librehost_of(pk, at=now())
    if text is None:
        raise NotFound("member_unknown")
    return _file(text, "application/json")


@require_safe
def chatons_properties(request: HttpRequest, name: str) -> HttpResponse:
    """Answer one file of the chain: `node` names the organisations, each names its services."""
    if name == "node":
        _count(request)
    text = chatons_file(name, at=now())
    if text is None:
        raise NotFound("export_unknown")
    return _file(text, "text/plain")


@require_safe
def member_file(request: HttpRequest, pk: int, ending: str) -> HttpResponse:
    """Download one entry: a card for the address book, JSON-LD, or a Murmurations profile."""
    spare_visitor(request, "member")
    card = member_card(pk)
    if card is None or ending not in OWN_FORMATS:
        raise NotFound("member_unknown")
    kind, media_type = OWN_FORMATS[ending]
    if kind == "murmurations":
        return _file(json.dumps(murmurations.organization_profile(card), ensure_ascii=False), media_type)
    name = f"{_slug(card.name) or 'fiche'}.{ending}"
    return _file(exported(kind, [card], at=now()), media_type, name if kind == "vcard" else "")


@require_safe
def offer_file(request: HttpRequest, pk: int, offer: int) -> HttpResponse:
    """Answer the Murmurations profile of one offer."""
    card = member_card(pk)
    page = reverse("offer", args=[offer])
    found = next((each for each in card.offers if each.url.endswith(page)), None) if card else None
    if card is None or found is None:
        raise NotFound("offer_unknown")
    return _file(json.dumps(murmurations.offer_profile(card, found), ensure_ascii=False), "application/json")


@require_safe
def annuaire(request: HttpRequest) -> HttpResponse:
    """Download the whole directory as one page that needs no network: to keep, to print, to hand on."""
    _count(request)
    at, node = now(), this_node()
    cards = directory_cards()
    context: dict[str, Any] = {
        "entries": cards[:IN_ONE_FILE], "left": max(0, len(cards) - IN_ONE_FILE), "at": at,
        "node_name": node.name if node else "Toile", "origin": f"{settings.ORIGIN}/", "rights": _rights(),
    }  # fmt: skip
    return _file(render_to_string("exports/annuaire.html", context), "text/html", _name("html", at))


def _rights() -> str:
    return _(
        "Les textes sont à leurs auteurs, qui peuvent les changer ou les retirer. Lieux : La Poste, INSEE, IGN, DILA "
        "(Licence Ouverte 2.0), GeoNames (CC BY 4.0)."
    )
