"""The tree of skills: filled from network/data/skills.json, tended by members. No merge ever loses an offer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from network import clock, permissions
from network.actions.index import index_offers_with
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Member, Offer, Skill, SkillMerge
from network.queries.skills import final, find_skill, narrower_slugs, sensitive_skills
from network.rules.cards import plain
from network.rules.profiles import slug_of
from network.rules.skills import check_skill, read_synonyms, written_synonyms
from network.rules.words import words_of
from network.signals import announce, offer_edited, profile_edited

__all__ = ["add_skill", "load_skills", "merge_skills", "split_skill"]

TAKEN = ["synonyms", "exact_match", "sensitive"]  # what a merge changes of the skill that stays
FILE = Path(__file__).resolve().parent.parent / "data" / "skills.json"


@transaction.atomic
def load_skills(*, file: Path = FILE) -> int:
    """Make the shipped skills say what the file says; return how many were added or changed.

    Skills are known by slug; others (added on this node) stay as they are, and so do those that others became part
    of. Offers already indexed keep their terms until they are indexed again (`actions/index.py: reindex_all`).
    """
    rows = json.loads(file.read_text(encoding="utf-8"))
    known = {skill.slug: skill for skill in Skill.objects.all()}
    grown = set(SkillMerge.objects.filter(undone_at=None).values_list("into__slug", flat=True))
    changed = sum(_write(known, row) for row in rows if row["slug"] not in grown)
    return changed + sum(_place(known, row) for row in rows)


def _write(known: dict[str, Skill], row: dict[str, Any]) -> bool:
    skill = known.setdefault(row["slug"], Skill(slug=row["slug"]))
    said = {name: row[name] for name in ("label_fr", "label_en")} | {
        "synonyms": written_synonyms(row["same"], row["synonyms"]),
        "exact_match": row.get("exact_match", ""),
        "sensitive": row.get("sensitive", False),
    }
    if skill.added_by_id or skill.pk and all(getattr(skill, name) == value for name, value in said.items()):
        return False
    for name, value in said.items():
        setattr(skill, name, value)
    skill.save()
    return True


def _place(known: dict[str, Skill], row: dict[str, Any]) -> bool:
    """Hang a skill under its broader one, once all of them exist."""
    skill = known[row["slug"]]
    above = final(known[row["broader"]]) if row["broader"] else None  # what it hangs under may have been merged
    broader = above.pk if above else None
    if skill.broader_id == broader:
        return False
    skill.broader_id = broader
    skill.save(update_fields=["broader"])
    return True


# --- tended by members ------------------------------------------------------------------------------------


@transaction.atomic
def add_skill(
    *,
    actor: Member,
    label_fr: str,
    label_en: str = "",
    broader: str = "",
    same: Sequence[str] = (),
    synonyms: Sequence[str] = (),
) -> Skill:
    """Add a skill to the tree of this node, under `broader` (a slug or a name) or as a root.

    Locks the roots, so that of two who add the same one succeeds. Invalid("skill_exists", slug=…) if a skill has
    that name already, "skill_unknown" for what it should hang under.
    """
    if not permissions.can_add_skill(actor):
        raise NotEntitled("not_a_member")
    _lock_tree()
    labels = {"label_fr": plain(label_fr), "label_en": plain(label_en) or plain(label_fr)}
    above = find_skill(broader) if broader else None
    problems = check_skill(labels, [*same, *synonyms])
    if broader and above is None:
        problems.append(("broader", "skill_unknown"))
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    _refuse_known(labels["label_fr"])
    taken = frozenset(Skill.objects.values_list("slug", flat=True))
    return Skill.objects.create(
        slug=slug_of(slugify(labels["label_fr"]), taken, fallback="competence"), broader=above, added_by=actor,
        added_at=clock.now(), synonyms=written_synonyms(map(plain, same), map(plain, synonyms)), **labels,
    )  # fmt: skip


def _lock_tree() -> None:
    """Make whoever else changes the tree wait."""
    list(Skill.objects.select_for_update().filter(broader=None).order_by("pk"))


def _refuse_known(label: str) -> None:
    known = find_skill(label)
    if known is not None and frozenset(words_of(label)) in _names(known):
        raise Invalid("skill_exists", field="label_fr", slug=known.slug, label=known.label_fr)


def _names(skill: Skill) -> set[frozenset[str]]:
    lines = (skill.slug, skill.label_fr, skill.label_en, *read_synonyms(skill.synonyms)[0])
    return {frozenset(words_of(line)) for line in lines}


@transaction.atomic
def merge_skills(*, actor: Member, slug: str, into: str) -> SkillMerge:
    """Make one skill part of another: its offers, members and narrower skills go there, its words become synonyms,
    its address leads there. What gives access to data goes on asking for more paths, and then so does the other. All
    of it or nothing; `split_skill` undoes it.

    Locks the tree and the skill, so that an offer written meanwhile goes along. NotFound("skill_unknown");
    WrongState("skill_merged") if one of them is part of another already, "skill_same", or "skill_under_itself".
    """
    if not permissions.can_merge_skills(actor):
        raise NotEntitled("not_operator")
    _lock_tree()
    gone, kept = _skill(slug), _skill(into)
    if gone.pk == kept.pk:
        raise WrongState("skill_same")
    if kept.slug in narrower_slugs(gone.slug):
        raise WrongState("skill_under_itself")
    merge = _remember(gone, kept, actor)
    _move_offers(merge.offers, kept)
    _move_members(merge.members, add=kept, drop=gone)
    Skill.objects.filter(pk__in=merge.narrower).update(broader=kept)
    _take_words(gone, kept)
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    index_offers_with(narrower_slugs(kept.slug))
    return merge


def _skill(slug: str) -> Skill:
    """Lock a skill that is part of no other."""
    skill = Skill.objects.select_for_update().filter(slug=slug).first()
    if skill is None:
        raise NotFound("skill_unknown")
    if skill.merged_into_id:
        raise WrongState("skill_merged")
    return skill


def _remember(gone: Skill, kept: Skill, actor: Member) -> SkillMerge:
    return SkillMerge.objects.create(
        skill=gone, into=kept, by=actor, at=clock.now(), offers=_ids(Offer.objects.filter(skill=gone)),
        members=_ids(gone.member_set.all()), both=_ids(gone.member_set.filter(skills=kept)),
        narrower=_ids(gone.narrower.all()), before={name: getattr(kept, name) for name in TAKEN},
    )  # fmt: skip


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _move_offers(ids: list[int], skill: Skill) -> None:
    """Hang offers under a skill; other nodes learn it of those of ours."""
    rows = Offer.objects.filter(pk__in=ids)
    rows.update(skill=skill, revision=F("revision") + 1)
    for key in rows.filter(local=True, state="live").values_list("pk", flat=True):
        announce(offer_edited, offer_id=key)


def _move_members(ids: list[int], *, add: Skill, drop: Skill | None = None) -> None:
    for member in Member.objects.filter(pk__in=ids):
        member.skills.add(add)
        if drop:
            member.skills.remove(drop)
        if member.local:
            announce(profile_edited, member_id=member.pk)
    Member.objects.filter(pk__in=ids, local=True).update(revision=F("revision") + 1)


def _take_words(gone: Skill, kept: Skill) -> None:
    """Let one skill be found by all that the other was found by, and ask for as many paths."""
    same, loose = read_synonyms(kept.synonyms)
    more_same, more_loose = read_synonyms(gone.synonyms)
    names = dict.fromkeys([*same, gone.label_fr, gone.label_en, *more_same])
    kept.synonyms = written_synonyms(names, dict.fromkeys([*loose, *more_loose]))
    kept.exact_match = kept.exact_match or gone.exact_match
    kept.sensitive = kept.sensitive or gone.pk in sensitive_skills()
    kept.save(update_fields=TAKEN)


@transaction.atomic
def split_skill(*, actor: Member, merge_id: int) -> Skill:
    """Undo a merge: what moved then, and is still there, goes back. Offers written since stay where they are.

    NotFound("skill_unknown"); WrongState("skill_split") if it was undone, "skill_merged" if the other is part of a
    third by now, "skill_merged_since" if a later merge into it must be undone first.
    """
    if not permissions.can_merge_skills(actor):
        raise NotEntitled("not_operator")
    _lock_tree()
    merge = SkillMerge.objects.select_for_update(of=("self",)).filter(pk=merge_id).first()
    if merge is None:
        raise NotFound("skill_unknown")
    if merge.undone_at is not None:
        raise WrongState("skill_split")
    kept = _skill(Skill.objects.get(pk=merge.into_id).slug)
    if SkillMerge.objects.filter(into=kept, undone_at=None, pk__gt=merge.pk).exists():
        raise WrongState("skill_merged_since")
    back = Skill.objects.get(pk=merge.skill_id)
    back.merged_into = None
    back.save(update_fields=["merged_into"])
    _move_offers(_ids(Offer.objects.filter(pk__in=merge.offers, skill=kept)), back)
    _give_back_members(merge, kept, back)
    Skill.objects.filter(pk__in=merge.narrower, broader=kept).update(broader=back)
    for name, value in merge.before.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(merge.before))
    merge.undone_at = clock.now()
    merge.save(update_fields=["undone_at"])
    index_offers_with(narrower_slugs(kept.slug) | narrower_slugs(back.slug))
    return back


def _give_back_members(merge: SkillMerge, kept: Skill, back: Skill) -> None:
    still = _ids(Member.objects.filter(pk__in=merge.members, skills=kept))
    _move_members([key for key in still if key not in merge.both], add=back, drop=kept)
    _move_members([key for key in still if key in merge.both], add=back)
