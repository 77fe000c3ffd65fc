"""What an import of other directories' entries would do: each becomes an unclaimed entry, or is left out with a reason.

What merely adorns is left out when malformed, and told. A person's point is the commune's, never their own.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html import escape, unescape
from typing import Any

from django.conf import settings

from network.models import Member, Offer, RecordState, Skill, SourceRecord
from network.queries.entries_here import Here, here_of
from network.queries.import_steps import CREATE, REFUSE, SAME, SKIP, UPDATE, EntryWish, OfferWish, Step
from network.queries.places import PlaceAnswer, find_place, place_near
from network.queries.skills import find_skill
from network.rules.access import ACCESS, TAGS_MAX, check_tags
from network.rules.cards import origin_of, plain
from network.rules.entries import UNSAID, EntryCard, EntryOffer, Line, Problem, Spot, key_of, offer_key, web_address
from network.rules.markdown import clean_html, plain_text
from network.rules.offers import AMOUNT_CENTS, AREA_KM, AREAS, CURRENCY, OPENINGS, PRICES, PURPOSES, is_priced
from network.rules.profiles import KINDS, check_profile

__all__ = ["Lookups", "digest_of", "member_state", "offer_state", "plan_entries"]

MEMBER_COLUMNS = (
    "name", "kind", "summary", "languages", "opening", "website", "access",
    "place_name", "place_dept", "place_code", "lat", "lon",
)  # fmt: skip
OFFER_COLUMNS = (
    "title", "description", "purpose", "area", "area_km", "remote", "opening", "availability", "price", "amount_cents",
    "currency", "tax_included", "place_name", "place_dept", "place_code", "lat", "lon", "skill_id", "tags", "access",
)  # fmt: skip
OFFER_FIELDS = {  # field of a file → columns
    "title": ("title",), "text": ("description",), "purpose": ("purpose",), "area": ("area", "area_km"),
    "remote": ("remote",), "opening": ("opening",), "availability": ("availability",),
    "price": ("price", "amount_cents"), "amount": ("amount_cents", "currency", "tax_included"), "skill": ("skill_id",),
    "tags": ("tags",), "access": ("access",),
    "place": ("place_name", "place_dept", "place_code", "lat", "lon"), "point": ("lat", "lon"),
}  # fmt: skip
MEMBER_FIELDS = {
    "name": ("name",), "kind": ("kind",), "summary": ("summary",), "languages": ("languages",),
    "opening": ("opening",), "website": ("website",), "access": ("access",),
    "place": ("place_name", "place_dept", "place_code", "lat", "lon"), "point": ("lat", "lon"),
}  # fmt: skip


class Lookups:
    """Skills and places asked for by their names, each looked up once."""

    def __init__(self) -> None:
        self.skill, self.skill_id = cache(self._skill), cache(self._skill_id)
        self._place = cache(find_place)
        self.near = cache(place_near)

    @staticmethod
    def _skill(name: str) -> str:
        found = find_skill(name) if name else None
        return found.slug if found else ""

    @staticmethod
    def _skill_id(slug: str) -> int | None:
        return Skill.objects.filter(slug=slug).values_list("pk", flat=True).first()

    def place(self, spot: Spot) -> PlaceAnswer:
        """Return the place that a name means, told more closely by its département or postcode."""
        name = spot.name or spot.postcode
        if spot.name and spot.dept:
            name = f"{spot.name} ({spot.dept})"
        elif spot.name and spot.postcode:
            name = f"{spot.postcode} {spot.name}"
        return self._place(name)


def digest_of(source: str, card: EntryCard) -> str:
    """Return what an entry is known by: its own address, else its key at its source."""
    known_by = card.uri if web_address(card.uri) else f"{source}\n{key_of(card)}"
    return sha256(known_by.encode()).hexdigest()


def member_state(member: Member) -> dict[str, Any]:
    """Return what an entry says, as plain values, to tell later whether somebody changed it."""
    said = {name: getattr(member, name) for name in MEMBER_COLUMNS}
    return said | {"skills": sorted(skill.slug for skill in member.skills.all())}


def offer_state(offer: Offer) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in OFFER_COLUMNS}


def plan_entries(lines: Iterable[Line], source: str) -> list[Step]:
    """Return a step for each entry, lines about the same one taken together, and for each line at fault."""
    looked, steps = Lookups(), []
    groups: dict[str, Line] = {}
    for line in lines:
        if line.problems or line.card is None or not line.card.name:
            problems = line.problems or (Problem("nom", "name_missing"),)
            steps.append(Step(line.number, line.label, REFUSE, problems=problems, where=line.where))
            continue
        digest = digest_of(source, line.card)
        first = groups.get(digest)
        if first is None or first.card is None:
            groups[digest] = line
        elif line.card.offers:
            card = replace(first.card, offers=first.card.offers + line.card.offers)
            groups[digest] = replace(first, card=card, said=first.said | line.said)
        else:
            steps.append(Step(line.number, line.label, SKIP, "line_twice", where=line.where))
    here = here_of({digest: line.card for digest, line in groups.items() if line.card is not None})
    steps += [_step(digest, line, source, here, looked) for digest, line in groups.items()]
    return sorted(steps, key=lambda step: step.number)


def _step(digest: str, line: Line, source: str, here: Here, looked: Lookups) -> Step:
    card = line.card
    if card is None:
        return Step(line.number, line.label, SKIP, where=line.where)
    step = Step(line.number, card.name, SKIP, where=line.where)
    record = here.records.get(digest)
    if code := _left_out(card, record, source, here):
        return replace(step, code=code)
    notes: list[Problem] = []
    wish = _wish(card, line.said, digest, source, here, looked, notes)
    for field, code in check_profile({"name": wish.columns["name"]}):
        return replace(step, does=REFUSE, problems=(Problem(field, code, card.name[:60]),))
    does = CREATE if record is None or record.member is None else UPDATE if wish.changed else SAME
    return replace(step, does=does, wish=wish, notes=tuple(notes), changed=_changed(wish) if does == UPDATE else ())


def _left_out(card: EntryCard, record: SourceRecord | None, source: str, here: Here) -> str:
    """Say why an entry is left out: removed or claimed by its owner, brought by another source, which alone may change
    it, or somebody who is here already."""
    if record is not None and record.state in {RecordState.REMOVED, RecordState.CLAIMED}:
        return f"entry_{record.state}"
    if record is not None and record.member is not None and record.source != source:
        return "entry_elsewhere"
    return "entry_is_member" if here.has(card) else ""


def _changed(wish: EntryWish) -> tuple[str, ...]:
    return tuple(sorted({"offers"} if any(offer.changed for offer in wish.offers) else set())) or ("entry",)


def _wish(
    card: EntryCard, said: frozenset[str], digest: str, source: str, here: Here, looked: Lookups,
    notes: list[Problem],
) -> EntryWish:  # fmt: skip
    record = here.records.get(digest)
    member = record.member if record else None
    before = member_state(member) if member else {}
    columns = _member_columns(card, looked, notes)
    skills = tuple(sorted({slug for name in card.skills if (slug := _known_skill(name, looked, notes))}))
    kept = _kept(columns, before, said, MEMBER_FIELDS, "", "summary")
    if before and "skills" not in said:
        skills = tuple(before["skills"])
    rows = {key: here.offers.get(pk) for key, pk in record.offer_ids.items()} if record else {}
    offers = _offers(card, said, rows, kept, skills, looked, notes)
    changed = any(kept[name] != before.get(name) for name in kept) or list(skills) != before.get("skills")
    return EntryWish(
        digest, web_address(card.url) or web_address(card.uri), _origin(card, source), kept, skills, offers,
        record_id=record.pk if record else None, changed=changed or any(offer.changed for offer in offers),
    )  # fmt: skip


def _origin(card: EntryCard, source: str) -> str:
    """Where it comes from, to be shown: the origin of its source, else this node's, whose operator brought it."""
    return origin_of(web_address(source) or web_address(card.source) or web_address(card.uri)) or settings.ORIGIN


def _kept(
    columns: dict[str, Any], before: dict[str, Any], said: frozenset[str], fields: dict[str, tuple[str, ...]],
    prefix: str, text: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns, those of which the file does not speak as they were; so is a text that says the same."""
    if not before:
        return columns
    spoken = {column for name, names in fields.items() if prefix + name in said for column in names}
    kept = {name: columns[name] if name in spoken else before[name] for name in columns}
    if _words(kept[text]) == _words(before[text]):
        kept[text] = before[text]
    return kept


def _words(html: str) -> str:
    return unescape(plain_text(html))


def _html(text: str) -> str:
    """Return a text without markup as paragraphs."""
    parts = [part.strip() for part in text.split("\n\n")]
    return clean_html("".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part))


def _member_columns(card: EntryCard, looked: Lookups, notes: list[Problem]) -> dict[str, Any]:
    said: dict[str, Any] = {"languages": list(card.languages), "website": card.website}
    for field, code in check_profile(said):
        notes.append(
            Problem(field, code, ", ".join(card.languages)[:60] if field == "languages" else card.website[:60])
        )
        said[field] = [] if field == "languages" else ""
    kind = card.kind if card.kind in KINDS else "association"
    opening = card.opening if card.opening in OPENINGS else "open"
    columns = {"name": plain(card.name, 120), "kind": kind, "summary": _html(card.summary), "opening": opening}
    said["access"] = _access(card.access, notes)
    return columns | said | _place_columns(card.spot, looked, notes, person=kind == "person")


def _access(said: tuple[str, ...], notes: list[Problem]) -> list[str]:
    notes += [Problem("access", "word_unknown", code[:60]) for code in said if code not in ACCESS]
    return [code for code in ACCESS if code in said]


def _tags(said: tuple[str, ...], notes: list[Problem]) -> list[str]:
    if code := check_tags(said):
        notes.append(Problem("tags", code, ", ".join(said)[:60]))
    return [tag for tag in said if not check_tags([tag])][:TAGS_MAX]


def _place_columns(spot: Spot, looked: Lookups, notes: list[Problem], *, person: bool) -> dict[str, Any]:
    """Return the place of the gazetteer if it is known; else the name as said, with the point if it is no person's."""
    if spot.name or spot.postcode:
        answer = looked.place(spot)
        if answer.place is not None:
            return Member.columns_of(answer.place)
        notes.append(Problem("place", f"place_{answer.reason}", (spot.name or spot.postcode)[:60]))
    if not spot.name and spot.lat is not None and spot.lon is not None:
        near = looked.near(spot.lat, spot.lon)
        point = {} if person else {"lat": spot.lat, "lon": spot.lon}
        return Member.columns_of(near) | point if near is not None or not person else Member.columns_of(None)
    lat, lon = (None, None) if person else (spot.lat, spot.lon)
    return {
        "place_name": plain(spot.name, 120), "place_dept": plain(spot.dept, 8), "place_code": plain(spot.code, 12),
        "lat": lat, "lon": lon,
    }  # fmt: skip


def _known_skill(name: str, looked: Lookups, notes: list[Problem]) -> str:
    slug = looked.skill(name)
    if name and not slug:
        notes.append(Problem("skills", "skill_not_known", name[:60]))
    return slug


# --- offers of an entry --------------------------------------------------------------------------------------


def _offers(
    card: EntryCard, said: frozenset[str], rows: dict[str, Offer | None], member: dict[str, Any],
    skills: tuple[str, ...], looked: Lookups, notes: list[Problem],
) -> tuple[OfferWish, ...]:  # fmt: skip
    """Return the offers as they should be; an entry that names none can be found by one with its own name."""
    listed = card.offers
    own = EntryOffer(card.name, text=card.summary, skill=skills[0] if skills else "", remote=not card.spot.name)
    if not listed and (not rows or offer_key(own) in rows):
        listed = (own,)
    wishes: dict[str, OfferWish] = {}
    for offer in listed:
        key = offer_key(offer)
        row = rows.get(key)
        before = offer_state(row) if row else {}
        columns = _offer_columns(offer, member, looked, notes)
        kept = _kept(columns, before, said, OFFER_FIELDS, "offer.", "description")
        changed = any(kept[name] != before.get(name) for name in kept)
        wishes[key] = OfferWish(key, kept, row.pk if row else None, changed)
    return tuple(wishes.values())


def _offer_columns(offer: EntryOffer, member: dict[str, Any], looked: Lookups, notes: list[Problem]) -> dict[str, Any]:
    slug = _known_skill(offer.skill, looked, notes)
    own = offer.spot.name or offer.spot.postcode or offer.spot.lat is not None
    place = {name: member[name] for name in ("place_name", "place_dept", "place_code", "lat", "lon")}
    if own:
        place = _place_columns(offer.spot, looked, notes, person=member["kind"] == "person")
    return {
        "title": plain(offer.title, 120), "description": _html(offer.text),
        "purpose": offer.purpose if offer.purpose in PURPOSES else "offer",
        "area": offer.area if offer.area in AREAS else "circle",
        "area_km": min(max(offer.area_km, AREA_KM[0]), AREA_KM[1]), "remote": offer.remote,
        "opening": offer.opening if offer.opening in OPENINGS else member["opening"],
        "tags": _tags(offer.tags, notes), "access": _access(offer.access, notes),
        "availability": plain(offer.availability, 200), **_price_columns(offer), **place,
        "skill_id": looked.skill_id(slug) if slug else None,
    }  # fmt: skip


def _price_columns(offer: EntryOffer) -> dict[str, Any]:
    """A price that makes no sense is not told rather than told wrongly."""
    price = offer.price if offer.price in PRICES else UNSAID
    cents = offer.amount_cents if is_priced(price) else None
    if is_priced(price) and not (cents is not None and AMOUNT_CENTS[0] <= cents <= AMOUNT_CENTS[1]):
        price, cents = UNSAID, None
    currency = offer.currency if CURRENCY.fullmatch(offer.currency) else "EUR"
    return {"price": price, "amount_cents": cents, "currency": currency, "tax_included": offer.tax_included}
