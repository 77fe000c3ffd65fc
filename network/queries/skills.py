"""The tree of skills: to choose from, to climb, to descend."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Count
from django.utils.translation import get_language

from network.clock import now
from network.models import Offer, Purpose, Skill
from network.queries.freshness import offer_shown
from network.queries.readers import readable
from network.rules.skills import read_synonyms
from network.rules.words import words_of

Named = dict[tuple[str, str], Skill]


class Service(Protocol):
    """What is asked of an offer, or of a row of one, to know what it gives access to."""

    @property
    def purpose(self) -> str: ...
    @property
    def skill_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class SkillNode:
    """A skill with those under it, in the alphabetical order of their labels."""

    slug: str
    label: str
    depth: int
    narrower: tuple["SkillNode", ...]


def skill_label(skill: Skill) -> str:
    """Return the label in the language of the reader."""
    return skill.label_en if (get_language() or "fr").startswith("en") else skill.label_fr


def all_skills() -> list[Skill]:
    """Return every skill with its broader one, by slug, those merged into others left out: one query."""
    return list(Skill.objects.filter(merged_into=None).select_related("broader").order_by("slug"))


def skill_tree() -> tuple[SkillNode, ...]:
    """Return the whole tree, roots first: one query."""
    under: dict[int | None, list[Skill]] = {}
    for skill in Skill.objects.filter(merged_into=None):
        under.setdefault(skill.broader_id, []).append(skill)
    return _nodes(under, None, 0)


def _nodes(under: dict[int | None, list[Skill]], parent: int | None, depth: int) -> tuple[SkillNode, ...]:
    nodes = (
        SkillNode(skill.slug, skill_label(skill), depth, _nodes(under, skill.pk, depth + 1))
        for skill in under.get(parent, ())
    )
    return tuple(sorted(nodes, key=lambda node: words_of(node.label)))


def flat_skills() -> list[SkillNode]:
    """Return the tree as a list, each skill before those under it, for a choice in a form."""
    return [node for root in skill_tree() for node in _walk(root)]


def _walk(node: SkillNode) -> list[SkillNode]:
    return [node, *(below for child in node.narrower for below in _walk(child))]


def frequent_skills(limit: int = 6) -> list[Skill]:
    """Return the skills that most live offers for everybody name, the most frequent first; roots of the tree while
    none does. The others are left out: a count tells that there are some."""
    shown = Offer.objects.filter(readable(None), offer_shown(now()), skill__isnull=False).values("skill")
    used = shown.annotate(live=Count("id")).order_by("-live", "skill__slug").values_list("skill", flat=True)
    by_id = Skill.objects.in_bulk(keys := list(used[:limit]))
    found = [by_id[key] for key in keys]
    return found or list(Skill.objects.filter(broader=None, merged_into=None).order_by("id")[:limit])


def find_skill(slug_or_text: str) -> Skill | None:
    """Return the skill with that slug, or the one whose label or synonym has exactly those words; else None.

    The slug of one that was merged into another leads to that.
    """
    found = Skill.objects.select_related("broader")
    skill = final(found.filter(slug=slug_or_text.strip().lower()).first())
    words = frozenset(words_of(slug_or_text))
    if skill or not words:
        return skill
    skills = all_skills()
    by_label = (s for s in skills if words in {frozenset(words_of(s.label_fr)), frozenset(words_of(s.label_en))})
    by_same, by_synonym = (_named(skills, words, kind) for kind in (0, 1))
    return next(by_label, None) or next(by_same, None) or next(by_synonym, None)


def _named(skills: list[Skill], words: frozenset[str], kind: int) -> Iterator[Skill]:
    """Yield the skills of which one synonym of a kind, see `rules/skills.py`, has exactly these words."""
    return (s for s in skills if any(frozenset(words_of(line)) == words for line in read_synonyms(s.synonyms)[kind]))


def skills_of_uris(named: Iterable[tuple[str, str]]) -> Named:
    """Return the skills meant by (address of another node's, slug there): the one said to be exactly that elsewhere,
    else the one of the same slug, which the network shares. Left out: concepts of their own. At most two queries."""
    asked = {pair for pair in named if any(pair)}
    if not asked:
        return {}
    uris, slugs = ({pair[n] for pair in asked} - {""} for n in (0, 1))
    same = {
        skill.exact_match: skill
        for skill in Skill.objects.filter(exact_match__in=uris, merged_into=None).order_by("-pk")
    }
    alike = {skill.slug: skill for skill in Skill.objects.filter(slug__in=slugs).select_related("merged_into")}
    found = {(uri, slug): same.get(uri) or final(alike.get(slug)) for uri, slug in asked}
    return {pair: skill for pair, skill in found.items() if skill is not None}


def final(skill: Skill | None) -> Skill | None:
    """Return the skill that one was merged into, however often; itself if it never was."""
    while skill is not None and skill.merged_into is not None:
        skill = skill.merged_into
    return skill


def narrower_slugs(slug: str) -> frozenset[str]:
    """Return the slug and those of everything under it; empty when no skill has it."""
    pairs = list(Skill.objects.filter(merged_into=None).values_list("slug", "broader__slug"))
    found = {own for own, _ in pairs if own == slug}
    while more := {own for own, broader in pairs if broader in found} - found:
        found |= more
    return frozenset(found)


def sensitive_skills() -> frozenset[int]:
    """Return the ids of the skills that give root access or handle personal data: those marked so, and everything
    under them, whoever added it. One query."""
    rows = list(Skill.objects.values_list("pk", "broader", "sensitive"))
    found = {own for own, _, marked in rows if marked}
    while more := {own for own, broader, _ in rows if broader in found} - found:
        found |= more
    return frozenset(found)


def is_sensitive(service: Service, among: Collection[int]) -> bool:
    """Whether whoever provides this service gets access to what is the client's. `among`: the ids of the skills that
    give it. Who seeks such a service gets access to nothing."""
    return service.purpose == Purpose.OFFER and service.skill_id in among


def broader_slugs(skill: Skill) -> tuple[str, ...]:
    """Return the slugs of a skill and of its ancestors, the narrowest first."""
    slugs: list[str] = []
    at: Skill | None = skill
    while at is not None and at.slug not in slugs:  # a loop in the data must not hang a node
        slugs.append(at.slug)
        at = at.broader
    return tuple(slugs)
