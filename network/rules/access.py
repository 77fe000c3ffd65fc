"""How people can reach somebody or an offer: premises without a step, a visit, a telephone, signs, plain words."""

import re
from collections.abc import Iterable

__all__ = ["ACCESS", "TAGS_MAX", "TAG_LENGTH", "accesses_of", "check_tags", "read_tags"]

ACCESS = ("step_free", "home_visit", "remote", "easy_read", "phone", "sign_language")
TAGS_MAX, TAG_LENGTH = 10, 40


def accesses_of(*lists: Iterable[str], remote: bool = False) -> tuple[str, ...]:
    """Return the known codes of some lists together, in one order; `remote` adds that one.

    >>> accesses_of(["phone", "unheard"], ["step_free"], remote=True)
    ('step_free', 'remote', 'phone')
    """
    said = {code for each in lists for code in each} | ({"remote"} if remote else set())
    return tuple(code for code in ACCESS if code in said)


def read_tags(text: str) -> tuple[str, ...]:
    """Return the free words of a field, separated by commas, without repeats; signs before them go.

    >>> read_tags("#PeerTube, radio libre ;  peertube,# #")
    ('PeerTube', 'radio libre')
    """
    parts = (" ".join(part.split()).lstrip("# ") for part in re.split(r"[,;\n]", text))
    distinct: dict[str, str] = {}
    for part in filter(None, parts):
        distinct.setdefault(part.lower(), part)
    return tuple(distinct.values())


def check_tags(tags: Iterable[str]) -> str:
    """Return the code of what is wrong with free words, or the empty text.

    >>> check_tags(["radio"]), check_tags(["x" * 41])
    ('', 'tag_too_long')
    """
    listed = list(tags)
    if len(listed) > TAGS_MAX:
        return "tags_too_many"
    return "tag_too_long" if any(len(tag) > TAG_LENGTH for tag in listed) else ""
