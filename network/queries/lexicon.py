"""The words of the skills: which of them say the same, and which name a skill."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from network.models import Skill
from network.rules.skills import read_synonyms
from network.rules.terms import skill_term
from network.rules.words import words_of

__all__ = ["Lexicon", "lexicon"]

_words = lru_cache(maxsize=8192)(words_of)  # the same labels at every search


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`known`: every word of the skills. `same`: for a word, others under which its offers may be found. `phrases`:
    the words of a label or a synonym, more than one, and the skill that it alone names.

    Words that say exactly the same lead to one another; what only leads to a skill (« pad », « tableur ») does not,
    but its offers are found by it, for it is in their index. A synonym of several skills leads nowhere.
    """

    known: frozenset[str]
    same: dict[str, tuple[str, ...]]
    phrases: dict[frozenset[str], str]

    def groups(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return, for each word, the terms that do for it: itself, its like, and a skill that the words name."""
        listed = frozenset(words)
        named = {words: skill_term(slug) for words, slug in self.phrases.items() if words <= listed}
        skills = {word: [term for words, term in named.items() if word in words] for word in listed}
        return {word: (word, *self.same.get(word, ()), *skills[word]) for word in words}


def lexicon() -> Lexicon:
    """Return the words of today's tree: one query."""
    shown = Skill.objects.filter(merged_into=None).order_by("slug")
    rows = list(shown.values_list("slug", "label_fr", "label_en", "synonyms"))
    named = [(slug, [fr, en, *read_synonyms(synonyms)[0]]) for slug, fr, en, synonyms in rows]
    uses = Counter(word for _, lines in named for word in _alone(lines))
    same: dict[str, dict[str, None]] = {}
    for _, lines in named:
        words = [word for word in _alone(lines) if uses[word] == 1]
        for word in words:
            same.setdefault(word, {}).update(dict.fromkeys(other for other in words if other != word))
    known = frozenset(word for row in rows for word in _words(" ".join(row[1:])))
    phrases = _phrases([(slug, _words(line)) for slug, lines in named for line in lines])
    return Lexicon(known, {word: tuple(others) for word, others in same.items()}, phrases)


def _phrases(lines: list[tuple[str, tuple[str, ...]]]) -> dict[frozenset[str], str]:
    named: dict[frozenset[str], set[str]] = {}
    for slug, words in lines:
        if len(words) > 1:
            named.setdefault(frozenset(words), set()).add(slug)
    return {words: slugs.pop() for words, slugs in named.items() if len(slugs) == 1}


def _alone(lines: list[str]) -> tuple[str, ...]:
    """Return the terms of the lines that are one word."""
    found = (_words(line) for line in lines)
    return tuple(dict.fromkeys(words[0] for words in found if len(words) == 1))
