"""Fill the tree of skills from network/data/skills.json."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from network.models import Skill

FILE = Path(__file__).resolve().parent.parent / "data" / "skills.json"


@transaction.atomic
def load_skills(*, file: Path = FILE) -> int:
    """Make the shipped skills say what the file says; return how many were added or changed.

    Skills are known by slug; others (added on this node) stay as they are. Offers already indexed keep their
    terms until they are indexed again (`actions/index.py: reindex_all`).
    """
    rows = json.loads(file.read_text(encoding="utf-8"))
    known = {skill.slug: skill for skill in Skill.objects.all()}
    changed = sum(_write(known, row) for row in rows)
    return changed + sum(_place(known, row) for row in rows)


def _write(known: dict[str, Skill], row: dict[str, Any]) -> bool:
    skill = known.setdefault(row["slug"], Skill(slug=row["slug"]))
    said = {name: row[name] for name in ("label_fr", "label_en")} | {"synonyms": "\n".join(row["synonyms"])}
    if skill.pk and all(getattr(skill, name) == value for name, value in said.items()):
        return False
    for name, value in said.items():
        setattr(skill, name, value)
    skill.save()
    return True


def _place(known: dict[str, Skill], row: dict[str, Any]) -> bool:
    """Hang a skill under its broader one, once all of them exist."""
    skill = known[row["slug"]]
    broader = known[row["broader"]].pk if row["broader"] else None
    if skill.broader_id == broader:
        return False
    skill.broader_id = broader
    skill.save(update_fields=["broader"])
    return True
