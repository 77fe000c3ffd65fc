"""What everybody may have of the directory, as entries for files: public offers of those who are present, fresh ones.

Offers for members or followers are never in them, whoever asks. Entries of other nodes come along with their origin.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from network.clock import last_day, now
from network.formats import chatons, csv_table, geojson, gogocarto, librehost, murmurations, schema_org, vcard
from network.models import Kind, Member, Offer
from network.queries.freshness import present
from network.queries.matches import live
from network.queries.members import this_node
from network.queries.readers import readable
from network.rules.entries import EntryCard, EntryOffer, Spot, lacks, web_address
from network.rules.markdown import plain_lines, to_html
from network.rules.places import fold

__all__ = [
    "EXPORTS", "RIGHTS", "Export", "card_of", "cards_of", "chatons_file", "directory_cards", "exported",
    "librehost_file", "librehost_of", "member_card", "members_of_directory", "notes", "words_of",
]  # fmt: skip

MEMBERS_MOST = 20_000  # in one file
RIGHTS = (
    "Texts: their authors, who may change or withdraw them at any time. "
    "Places: La Poste, INSEE, IGN, DILA (Licence Ouverte 2.0), GeoNames (CC BY 4.0)."
)
BOM = "\ufeff"  # without it some spreadsheets take UTF-8 for something else

Notes = Mapping[str, str]
Writer = Callable[[list[EntryCard], datetime, dict[str, str]], str]


@dataclass(frozen=True)
class Export:
    """One format: how the file is named and typed, who writes it, what it cannot hold."""

    name: str
    ending: str
    media_type: str
    write: Writer
    holds: frozenset[str]

    @property
    def lacks(self) -> tuple[str, ...]:
        return lacks(self.holds)


def _compact(cards: list[EntryCard], at: datetime, said: dict[str, str]) -> str:
    return gogocarto.compact(cards, notes=said)


EXPORTS = {
    each.name: each
    for each in (
        Export("csv", "csv", "text/csv; charset=utf-8", lambda c, at, n: BOM + csv_table.written(c), csv_table.HOLDS),
        Export("geojson", "geojson", geojson.MEDIA_TYPE, lambda c, at, n: geojson.written(c, at=at, notes=n),
               geojson.HOLDS),
        Export("murmurations", "json", "application/json", lambda c, at, n: murmurations.written(c),
               murmurations.HOLDS),
        Export("gogocarto", "json", "application/json", lambda c, at, n: gogocarto.written(c, at=at, notes=n),
               gogocarto.HOLDS),
        Export("gogocompact", "json", "application/json", _compact, frozenset({"uri", "name", "point"})),
        Export("vcard", "vcf", "text/vcard; charset=utf-8", lambda c, at, n: vcard.written(c), vcard.HOLDS),
        Export("jsonld", "jsonld", schema_org.MEDIA_TYPE, lambda c, at, n: schema_org.written(c, at=at, notes=n),
               schema_org.HOLDS),
    )
}  # fmt: skip


def exported(name: str, cards: Iterable[EntryCard], *, at: datetime) -> str:
    """Return the file of a format, dated `at`, with its rights and producer where the format has room for them."""
    return EXPORTS[name].write(list(cards), at, notes())


def notes() -> dict[str, str]:
    """Who made a file, and whose the contents are."""
    node = this_node()
    return {"rights": RIGHTS, "producer": f"{node.name if node else 'Toile'} ({settings.ORIGIN})"}


# --- rows into entries --------------------------------------------------------------------------------------


def directory_cards(*, local: bool = False) -> list[EntryCard]:
    """Return everybody who has something public in the directory, or has a page here, by name; `local`: ours only."""
    return sorted(cards_of(members_of_directory(local=local)), key=lambda card: (fold(card.name), card.uri))


def members_of_directory(*, local: bool = False) -> "QuerySet[Member]":
    """The members who may stand in a file: all of ours that are not hidden, others while they are fresh."""
    found = Member.objects.filter(present(now(), faded=True))
    if local:
        return found.filter(local=True).order_by("pk")
    shown = Offer.objects.filter(live(now()), readable(None)).values("owner_id")
    return found.filter(Q(local=True) | Q(pk__in=shown)).order_by("pk")


def cards_of(members: "QuerySet[Member]") -> list[EntryCard]:
    """Return the entries of some members, with their public live offers; four queries whatever their number."""
    shown = Offer.objects.filter(live(now()), readable(None)).select_related("skill").order_by("-renewed_at", "pk")
    rows = members.select_related("record").prefetch_related("skills", Prefetch("offers", shown, to_attr="shown"))
    return [card_of(member, member.shown) for member in rows[:MEMBERS_MOST]]  # type: ignore[attr-defined]


def card_of(member: Member, offers: Iterable[Offer]) -> EntryCard:
    """Return one entry. Its address is the one that other nodes know; pages are those of this node."""
    page = f"{settings.ORIGIN}/membres/{member.pk}"
    record = getattr(member, "record", None) if member.unclaimed else None
    return EntryCard(
        name=member.name,
        uri=member.uri,
        kind=member.kind,
        summary=words_of(member.summary, local=member.local),
        website=web_address(member.website),
        languages=tuple(member.languages),
        skills=tuple(sorted(skill.slug for skill in member.skills.all())),
        opening=member.opening,
        access=tuple(member.access),
        spot=_spot(member),
        url=page,
        contact=page,
        source=record.source if record else member.origin,
        renewed_at=None if member.unclaimed else member.renewed_at.replace(microsecond=0),
        offers=tuple(_offer_card(offer) for offer in offers),
    )


def _offer_card(offer: Offer) -> EntryOffer:
    return EntryOffer(
        title=offer.title,
        uri=offer.uri,
        text=words_of(offer.description, local=offer.local),
        purpose=offer.purpose,
        skill=offer.skill.slug if offer.skill else "",
        tags=tuple(offer.tags),
        spot=_spot(offer),
        area=offer.area,
        area_km=offer.area_km,
        remote=offer.remote,
        access=tuple(offer.access),
        opening=offer.opening,
        availability=offer.availability,
        price=offer.price,
        amount_cents=offer.amount_cents,
        currency=offer.currency,
        tax_included=offer.tax_included,
        ends_on=last_day(offer.ends_at),
        url=f"{settings.ORIGIN}/offres/{offer.pk}",
    )


def _spot(row: Member | Offer) -> Spot:
    return Spot(row.place_name, row.place_dept, row.place_code, "", row.lat, row.lon)


def words_of(text: str, *, local: bool) -> str:
    """Return the words of Markdown of ours or of HTML of others, without markup, in lines."""
    return unescape(plain_lines(to_html(text) if local else text)) if text else ""


def librehost_file(*, at: datetime) -> str:
    """Return librehost.json of the node: itself, and where the files of its organisations are, by name; namesakes are
    told apart by their handle."""
    node = this_node()
    card = EntryCard(
        name=node.name if node else "Toile", kind="collective", website=settings.ORIGIN, languages=("fr",),
        contact=settings.ORIGIN,
    )  # fmt: skip
    members = list(_organisations())
    often = Counter(member.name for member in members)
    directory = {
        member.name if often[member.name] == 1 else f"{member.name} ({member.handle})": _librehost_address(member.pk)
        for member in members
    }
    return librehost.written(card, directory=directory, at=at)


def librehost_of(pk: int, *, at: datetime) -> str | None:
    """Return librehost.json of one organisation of this node; None if there is none, or it is hidden."""
    card = member_card(pk) if _organisations().filter(pk=pk).exists() else None
    return librehost.written(card, directory={}, at=at) if card else None


def _librehost_address(pk: int) -> str:
    return f"{settings.ORIGIN}/membres/{pk}/librehost.json"


def member_card(pk: int) -> EntryCard | None:
    """Return the entry of one present member; None if there is none, or it is hidden."""
    found = cards_of(Member.objects.filter(present(now(), faded=True), pk=pk))
    return found[0] if found else None


# --- the chain of CHATONS files -----------------------------------------------------------------------------

CHATONS = "/.well-known/chatonsinfos"


def chatons_file(name: str, *, at: datetime) -> str | None:
    """Return a file of the chain: `node`, an organisation's `<handle>`, or a service's `<handle>-<offer>`.

    Organisations of this node only, for each speaks for itself; people are none. None for any other name.
    """
    if name == "node":
        node = this_node()
        files = {member.handle: _chatons_address(member.handle) for member in _organisations()}
        return chatons.federation(node.name if node else "Toile", settings.ORIGIN, at=at, organizations=files)
    handle, dash, number = name.partition("-")
    member = _organisations().filter(handle=handle).first()
    card = member_card(member.pk) if member else None
    if card is None:
        return None
    services = {_number(offer): offer for offer in card.offers if offer.purpose == "offer"}
    if dash:
        return chatons.service(services[number], at=at) if number in services else None
    files = {f"offre-{key}": _chatons_address(f"{handle}-{key}") for key in services}
    return chatons.organization(card, at=at, services=files)


def _organisations() -> "QuerySet[Member]":
    return Member.objects.filter(present(now(), faded=True), local=True).exclude(kind=Kind.PERSON).order_by("handle")


def _chatons_address(name: str) -> str:
    return f"{settings.ORIGIN}{CHATONS}/{name}.properties"


def _number(offer: EntryOffer) -> str:
    return offer.url.rsplit("/", 1)[-1]
