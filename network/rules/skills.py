"""The words of a skill: labels, what says exactly the same, and what only leads to it."""

from collections.abc import Iterable, Mapping

from network.rules.cards import plain

__all__ = ["check_skill", "read_synonyms", "written_synonyms"]

SAME = "= "  # begins a line of synonyms that says exactly the same as the label
LABEL = (2, 120)  # characters
SYNONYMS_MAX, SYNONYM_LENGTH = 40, 80


def read_synonyms(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what says the same, and what only leads there, of a column of synonyms.

    >>> read_synonyms("= mail\\nIMAP")
    (('mail',), ('IMAP',))
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    same = tuple(line.removeprefix(SAME) for line in lines if line.startswith(SAME))
    return same, tuple(line for line in lines if not line.startswith(SAME))


def written_synonyms(same: Iterable[str], loose: Iterable[str]) -> str:
    """Return the column that holds both kinds.

    >>> written_synonyms(["mail"], ["IMAP"])
    '= mail\\nIMAP'
    """
    return "\n".join([*(SAME + word for word in same), *loose])


def check_skill(fields: Mapping[str, str], synonyms: Iterable[str]) -> list[tuple[str, str]]:
    """Return what is wrong with a skill, as (field, code) pairs.

    >>> check_skill({"label_fr": "A", "label_en": "Apple trees"}, [])
    [('label_fr', 'name_length')]
    """
    found = [
        (name, "name_length") for name, text in fields.items() if not LABEL[0] <= len(plain(text)) <= LABEL[1]
    ]  # fmt: skip
    listed = list(synonyms)
    if len(listed) > SYNONYMS_MAX or any(len(word) > SYNONYM_LENGTH for word in listed):
        found.append(("synonyms", "synonyms_too_many"))
    return found
