"""The columns of a table of entries: their French names, what others call them, how each cell is written and read."""

import re
from collections.abc import Callable
from typing import Any

from network.rules.access import read_tags
from network.rules.cards import plain
from network.rules.entries import UNSAID, degrees, distinct, read_day, read_moment, web_address
from network.rules.places import fold

__all__ = ["COLUMNS", "NAMES", "SAYS", "UnreadableCell"]

AMOUNT = re.compile(r"[0-9]{1,8}([.,][0-9]{1,2})?")

KINDS = {
    "personne": "person", "association": "association", "entreprise": "company", "collectif": "collective",
    "organisme public": "public_body",
}  # fmt: skip
OPENINGS = {"ouvert": "open", "liste d’attente": "waiting", "fermé": "closed"}
PURPOSES = {"offre": "offer", "demande": "request"}
ACCESSES = {
    "sans marche": "step_free", "visite à domicile": "home_visit", "à distance": "remote",
    "documents faciles à lire": "easy_read", "par téléphone": "phone", "en langue des signes": "sign_language",
}  # fmt: skip
AREAS = {"autour": "circle", "pays": "country", "sur place": "on_site"}
PRICES = {
    "heure": "hourly", "forfait": "fixed", "prix libre": "prix_libre", "don": "gift", "troc": "barter",
    "non indiqué": UNSAID,
}  # fmt: skip
ALSO = {  # other words for a value, folded
    "a l'heure": "hourly", "horaire": "hourly", "gratuit": "gift", "libre": "prix_libre", "echange": "barter",
    "disponible": "open", "complet": "closed", "sur liste d'attente": "waiting", "societe": "company",
    "facile a lire": "easy_read", "telephone": "phone", "langue des signes": "sign_language",
    "a domicile": "home_visit",
    "cooperative": "company", "mairie": "public_body", "collectivite": "public_body",
}  # fmt: skip
YES, NO = frozenset({"oui", "o", "1", "x", "vrai", "yes", "true"}), frozenset({"non", "n", "0", "faux", "no", "false"})


# --- columns ----------------------------------------------------------------------------------------------

Reader = Callable[[str], Any]


class UnreadableCell(ValueError):
    """A cell that cannot be read; says why as a code."""


def _among(words: dict[str, str]) -> Reader:
    known = {fold(word).replace("’", "'"): value for word, value in words.items()}
    known |= {value: value for value in words.values()}
    known |= {word: value for word, value in ALSO.items() if value in known}

    def reader(cell: str) -> str:
        word = fold(cell).replace("’", "'").strip()
        if word not in known:
            raise UnreadableCell("word_unknown")
        return known[word]

    return reader


def _word(words: dict[str, str]) -> Callable[[Any], str]:
    said = {value: word for word, value in words.items()}
    return lambda value: said.get(value, value)


def _many(cell: str) -> tuple[str, ...]:
    return distinct(part for part in (each.strip() for each in re.split(r"[;,|\n]", cell)) if part)


def _each(reader: Reader) -> Reader:
    return lambda cell: distinct(reader(part) for part in _many(cell))


def _tags(cell: str) -> tuple[str, ...]:
    return read_tags(plain(cell))


def _degrees(cell: str) -> float:
    number = degrees(cell)
    if number is None:
        raise UnreadableCell("coordinate_unreadable")
    return number


def _whole(cell: str) -> int:
    text = "".join(cell.lower().removesuffix("km").split())
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise UnreadableCell("number_unreadable")
    return int(text)


def _cents(cell: str) -> int:
    text = "".join(cell.replace("€", "").split())
    if not AMOUNT.fullmatch(text):
        raise UnreadableCell("amount_unreadable")
    whole, _, rest = text.replace(",", ".").partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0") or "0")


def _yes(cell: str) -> bool:
    word = fold(cell)
    if word not in YES | NO:
        raise UnreadableCell("yes_or_no")
    return word in YES


def _day(cell: str) -> Any:  # noqa: ANN401 - a date
    found = read_day(cell)
    if found is None:
        raise UnreadableCell("day_unreadable")
    return found


def _moment(cell: str) -> Any:  # noqa: ANN401 - an instant
    found = read_moment(cell)
    if found is None:
        raise UnreadableCell("day_unreadable")
    return found


def _web(cell: str) -> str:
    if not web_address(cell):
        raise UnreadableCell("address_unreadable")
    return web_address(cell)


def _text(value: Any) -> str:  # noqa: ANN401 - any value
    return "" if value is None else str(value)


def _list(values: tuple[str, ...]) -> str:
    return "; ".join(values)


def _words(words: dict[str, str]) -> Callable[[Any], str]:
    word = _word(words)
    return lambda values: "; ".join(map(word, values))


def _money(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"


def _yes_no(value: bool) -> str:
    return "oui" if value else "non"


def _iso(value: Any) -> str:  # noqa: ANN401 - a date or instant
    return value.isoformat() if value else ""


# column → (field, how it is written, how it is read, other names of the column)
COLUMNS: dict[str, tuple[str, Callable[[Any], str], Reader, str]] = {
    "fiche": ("uri", _text, plain, "uri id identifiant entry"),
    "nom": ("name", _text, plain, "name structure organisation organization raison_sociale"),
    "nature": ("kind", _word(KINDS), _among(KINDS), "kind type forme"),
    "presentation": ("summary", _text, plain, "summary resume"),
    "site": ("website", _text, _web, "website site_web site_internet web"),
    "langues": ("languages", _list, _many, "languages langue"),
    "competences": ("skills", _list, _many, "skills"),
    "ouverture": ("opening", _word(OPENINGS), _among(OPENINGS), "opening"),
    "acces": ("access", _words(ACCESSES), _each(_among(ACCESSES)), "access accessibilite"),
    "commune": ("place.name", _text, plain, "ville city town place"),
    "departement": ("place.dept", _text, plain, "dept"),
    "code_insee": ("place.code", _text, plain, "insee"),
    "code_postal": ("place.postcode", _text, plain, "postcode postal_code cp"),
    "latitude": ("place.lat", _text, _degrees, "lat"),
    "longitude": ("place.lon", _text, _degrees, "lon lng long"),
    "page": ("url", _text, _web, "url"),
    "contact": ("contact", _text, _web, "contact_url"),
    "source": ("source", _text, plain, ""),
    "confirmee_le": ("renewed_at", _iso, _moment, "renewed_at maj mise_a_jour"),
    "annonce": ("offer.uri", _text, plain, "offer_uri"),
    "sens": ("offer.purpose", _word(PURPOSES), _among(PURPOSES), "purpose offre_ou_demande"),
    "titre": ("offer.title", _text, plain, "title offre service"),
    "description": ("offer.text", _text, plain, "details"),
    "competence": ("offer.skill", _text, plain, "skill"),
    "mots_libres": ("offer.tags", _list, _tags, "tags mots_cles etiquettes"),
    "lieu": ("offer.place.name", _text, plain, "offer_place"),
    "lieu_departement": ("offer.place.dept", _text, plain, ""),
    "lieu_code_insee": ("offer.place.code", _text, plain, ""),
    "lieu_code_postal": ("offer.place.postcode", _text, plain, ""),
    "lieu_latitude": ("offer.place.lat", _text, _degrees, ""),
    "lieu_longitude": ("offer.place.lon", _text, _degrees, ""),
    "zone": ("offer.area", _word(AREAS), _among(AREAS), "area"),
    "rayon_km": ("offer.area_km", _text, _whole, "rayon area_km km"),
    "a_distance": ("offer.remote", _yes_no, _yes, "remote distance"),
    "acces_annonce": ("offer.access", _words(ACCESSES), _each(_among(ACCESSES)), "offer_access"),
    "disponibilite": ("offer.opening", _word(OPENINGS), _among(OPENINGS), "offer_opening"),
    "precisions": ("offer.availability", _text, plain, "availability delai"),
    "prix": ("offer.price", _word(PRICES), _among(PRICES), "price"),
    "montant": ("offer.amount_cents", _money, _cents, "amount tarif"),
    "monnaie": ("offer.currency", _text, str.upper, "currency devise"),
    "taxes_comprises": ("offer.tax_included", _yes_no, _yes, "tax_included ttc"),
    "jusqu_au": ("offer.ends_on", _iso, _day, "ends_on fin"),
    "page_annonce": ("offer.url", _text, _web, "offer_url"),
}
NAMES = {other: column for column, (_f, _w, _r, others) in COLUMNS.items() for other in (column, *others.split())}
SAYS = {  # part of a field → the field of which a column speaks
    "place.name": "place", "place.dept": "place", "place.code": "place", "place.postcode": "place",
    "place.lat": "point", "place.lon": "point", "area_km": "area", "amount_cents": "amount", "currency": "amount",
    "tax_included": "amount",
}  # fmt: skip
