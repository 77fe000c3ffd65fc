"""What an attestation is about: the charter, a service rendered, or a competence in one skill of the shared tree."""

from network.rules.facts import CHARTE

__all__ = ["CHARTE", "PRESTATION", "competence_in", "skill_of"]

PRESTATION = "prestation"
COMPETENCE = "competence:"
SKILLS_PATH = "/skills/"  # in the address of a skill, the same at every node


def competence_in(slug: str, *, origin: str) -> str:
    """Return the kind of an attestation of competence in a skill, whose address begins with `origin`.

    >>> competence_in("nextcloud", origin="https://a.example")
    'competence:https://a.example/skills/nextcloud'
    """
    return f"{COMPETENCE}{origin}{SKILLS_PATH}{slug}"


def skill_of(kind: str) -> str:
    """Return the slug of the skill that a kind speaks of, whichever node wrote it; empty for the other kinds.

    >>> skill_of("competence:https://b.example/skills/nextcloud"), skill_of("competence:nextcloud"), skill_of("charte")
    ('nextcloud', 'nextcloud', '')
    """
    return kind.removeprefix(COMPETENCE).rpartition(SKILLS_PATH)[2] if kind.startswith(COMPETENCE) else ""
