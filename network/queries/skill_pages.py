"""What the page of one skill shows, and its document."""

from dataclasses import dataclass

from django.conf import settings

from network import permissions
from network.errors import NotFound
from network.formats.skos import Concept
from network.models import Member, Skill, SkillMerge
from network.queries.hiding import is_hidden
from network.queries.naming import Naming
from network.queries.skills import broader_slugs, final
from network.rules.skills import read_synonyms

__all__ = ["SkillPage", "concept_of", "skill_page"]


@dataclass(frozen=True, slots=True)
class SkillPage:
    """One skill, who added it, the way up to the root (the widest first), what lies under it, what became part of it
    and by whom, and what the viewer may do. `moved_to`: the skill that this address leads to now."""

    skill: Skill
    added_by: Member | None
    above: tuple[Skill, ...]
    below: tuple[Skill, ...]
    same: tuple[str, ...]
    loose: tuple[str, ...]
    merges: tuple[tuple[SkillMerge, Member | None], ...]
    can_add: bool
    can_merge: bool
    moved_to: Skill | None = None


def skill_page(slug: str, *, viewer: Member | None) -> SkillPage:
    """Return the page of a skill; NotFound("skill_unknown") when no skill has that slug."""
    rows = Skill.objects.select_related("broader", "added_by").annotate(concealed=is_hidden("added_by__uri"))
    skill = rows.filter(slug=slug).first()
    if skill is None:
        raise NotFound("skill_unknown")
    same, loose = read_synonyms(skill.synonyms)
    above = Skill.objects.in_bulk(broader_slugs(skill)[1:], field_name="slug")
    merges = SkillMerge.objects.filter(into=skill, undone_at=None).annotate(concealed=is_hidden("by__uri"))
    naming = Naming(viewer)
    return SkillPage(
        skill,
        _named(naming, skill.added_by, hidden=skill.concealed),
        tuple(above[each] for each in reversed(broader_slugs(skill)[1:])),
        tuple(skill.narrower.filter(merged_into=None).order_by("label_fr")),
        same,
        loose,
        tuple(
            (merge, _named(naming, merge.by, hidden=merge.concealed))
            for merge in merges.select_related("skill", "by").order_by("-pk")
        ),
        permissions.can_add_skill(viewer),
        permissions.can_merge_skills(viewer),
        final(skill) if skill.merged_into_id else None,
    )


def _named(naming: Naming, person: Member | None, *, hidden: bool) -> Member | None:
    return person and naming.of(person, hidden=hidden)


def concept_of(page: SkillPage) -> Concept:
    """Return the skill as other programs read it."""
    skill = page.skill
    return Concept(
        uri=_address(skill),
        scheme=f"{settings.ORIGIN}/skills",
        label_fr=skill.label_fr,
        label_en=skill.label_en,
        same=page.same,
        loose=page.loose,
        broader=_address(page.above[-1]) if page.above else "",
        narrower=[_address(each) for each in page.below],
        exact=[skill.exact_match] if skill.exact_match else [],
    )


def _address(skill: Skill) -> str:
    return f"{settings.ORIGIN}/skills/{skill.slug}"
