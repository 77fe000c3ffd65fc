"""What a profile and a login name must be."""

import re
from collections.abc import Iterator, Mapping

from network.rules.access import ACCESS
from network.rules.cards import URI_MAX, MemberCard, is_point, plain

__all__ = ["check_handle", "check_member_card", "check_profile", "slug_of"]

KINDS = frozenset({"person", "association", "company", "collective", "public_body"})
OPENINGS = frozenset({"open", "waiting", "closed"})
NAME = (2, 120)  # characters
SUMMARY_MAX = 5_000  # characters
LANGUAGES_MAX, SKILLS_MAX = 20, 30
HANDLE = re.compile(r"[a-z][a-z0-9_]{1,29}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47: a language, perhaps script, region, variant
WEBSITE = re.compile(r"https?://[^\s/]+\.[^\s]+")
WEBSITE_MAX = 200


def check_handle(handle: str) -> str:
    """Return the code of what is wrong with a login name, or the empty text. It becomes part of addresses.

    >>> check_handle("alix_2"), check_handle("Élise")
    ('', 'username_invalid')
    """
    return "" if HANDLE.fullmatch(handle) else "username_invalid"


def check_profile(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what is wrong with the given fields of a profile, as (field, code) pairs; absent fields are not judged.

    >>> check_profile({"name": "A", "languages": ["fr", "fr-FX-1", "français"]})
    [('name', 'name_length'), ('languages', 'language_invalid')]
    """
    return [problem for field, value in fields.items() for problem in _check(field, value)]


def _check(field: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and "\x00" in value:
        yield field, "text_invalid"
    if field == "name" and not NAME[0] <= len(plain(str(value))) <= NAME[1]:
        yield field, "name_length"
    elif field == "kind" and value not in KINDS:
        yield field, "kind_unknown"
    elif field == "summary" and len(str(value)) > SUMMARY_MAX:
        yield field, "summary_too_long"
    elif field == "opening" and value not in OPENINGS:
        yield field, "opening_unknown"
    elif field == "website" and value and not _is_website(str(value)):
        yield field, "website_invalid"
    elif field == "access" and isinstance(value, (list, tuple)) and not set(value) <= set(ACCESS):
        yield field, "access_unknown"
    elif field in {"languages", "skills"} and isinstance(value, (list, tuple)):
        yield from _check_list(field, list(value))


def _check_list(field: str, values: list[object]) -> Iterator[tuple[str, str]]:
    if len(values) > (LANGUAGES_MAX if field == "languages" else SKILLS_MAX):
        yield field, f"{field}_too_many"
    elif field == "languages" and not all(isinstance(tag, str) and _is_language(tag) for tag in values):
        yield field, "language_invalid"


def _is_language(tag: str) -> bool:
    """Well formed, and no longer than the longest that anybody uses.

    >>> [_is_language(tag) for tag in ("fr", "fsl", "zh-Hant-TW", "FR", "français", "")]
    [True, True, True, False, False, False]
    """
    return len(tag) <= 35 and LANGUAGE.fullmatch(tag) is not None


def _is_website(url: str) -> bool:
    return len(url) <= WEBSITE_MAX and WEBSITE.fullmatch(url) is not None


def check_member_card(card: MemberCard) -> list[tuple[str, str]]:
    """Return what makes the card of another node's member unusable, as (field, code) pairs."""
    problems = check_profile({"kind": card.kind, "opening": card.opening})
    if len(card.uri) > URI_MAX:
        problems.append(("uri", "uri_too_long"))
    if not is_point(card.lat, card.lon):
        problems.append(("place", "point_invalid"))
    return problems


def slug_of(name: str, taken: frozenset[str], *, fallback: str) -> str:
    """Return an address part made from `name` that is not `taken`.

    >>> slug_of("les-amis", frozenset({"les-amis"}), fallback="collectif")
    'les-amis-2'
    """
    stem = name[:50] or fallback
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    return slug
