"""What the minutes tell of the vote to which a point was sent: its opening, its rules, its count if it was closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from governance.rules.polls import PollTerms, Tier
from governance.rules.register import fraction_text

__all__ = ["Count", "Vote", "tell_vote"]

Name = Callable[[int | None], str]
When = Callable[[datetime | None], str]
TIERS = {Tier.OPEN: "nominatif", Tier.SECRET: "secret"}
OUTCOMES = {
    "carried": "texte adopté par un vote, faute de consentement",
    "refused": "texte non adopté, ce qu’il devait changer ne pouvant plus l’être malgré assez de voix pour",
    "rejected": "texte non adopté",
    "void": "vote sans effet, trop peu de personnes ayant voté",
    "withheld": "vote non dépouillé, trop peu de bulletins pour rester secret",
}
CHOICES = {"for": "pour", "against": "contre", "abstain": "abstention"}


@dataclass(frozen=True)
class Count:
    """What came of a vote. `chosen`: who said what, of a named one; `count` is empty where nothing was counted.

    `refused`: it carried, and what the text was to change could be changed no more.
    """

    at: datetime
    outcome: str
    electorate: int
    voted: int | None
    count: Mapping[str, int]
    share: str
    quorum_reached: bool | None
    entry: tuple[int, str] | None  # number and head in the register
    chosen: Mapping[str, Sequence[int]] = field(default_factory=dict)
    refused: bool = False


@dataclass(frozen=True)
class Vote:
    """A vote as it was opened; `result` is None where it was not closed when the meeting ended."""

    terms: PollTerms
    opened_at: datetime
    closes_at: datetime  # as announced at the opening
    roll: tuple[int | None, ...]  # None: forgotten since
    proxies: tuple[tuple[int | None, int | None], ...]  # giver, holder
    result: Count | None = None

    def people(self) -> set[int | None]:
        """Return everybody whom its lines may name."""
        return {*self.roll, *(person for pair in self.proxies for person in pair)}


def tell_vote(vote: Vote, name: Name, when: When) -> list[str]:
    """Return the lines of the minutes about one vote."""
    lines = [
        f"- Vote pour ou contre ce texte : {TIERS[vote.terms.tier]}, ouvert le {when(vote.opened_at)},"
        f" fin prévue le {when(vote.closes_at)}",
        f"- Règles du vote : {_rules(vote.terms)}",
        f"- Appelé·es à voter ({len(vote.roll)}) : {', '.join(name(person) for person in vote.roll)}",
    ]
    given = [f"{name(giver)} à {name(holder)}" for giver, holder in vote.proxies]
    lines += [f"- Pouvoirs pour ce vote : {' ; '.join(given)}"] if given else []
    return [*lines, *(_counted(vote.result, name, when) if vote.result else [_open()])]


def _rules(terms: PollTerms) -> str:
    """Say the rules in words; shares stay exact."""
    bound = "au moins" if terms.threshold_reached else "plus de"
    told = [
        f"quorum, {fraction_text(terms.quorum)} des personnes appelées",
        f"adopté avec {bound} {fraction_text(terms.threshold)} de pour parmi les pour et les contre",
        "à égalité, non adopté",
        "pouvoirs admis" if terms.proxies else "sans pouvoirs",
    ]
    return " ; ".join(told)


def _open() -> str:
    return (
        "- Résultat : le vote n’était pas clos à la fin de la réunion ; ce qui en sort s’inscrit au registre,"
        " et n’est pas dit ici"
    )


def _counted(result: Count, name: Name, when: When) -> list[str]:
    outcome = "refused" if result.refused else result.outcome
    head = f"- Vote clos le {when(result.at)} : {OUTCOMES.get(outcome, outcome)}"
    if not result.count:
        return [head, *_entry(result)]
    told = [f"{CHOICES[choice]} : {result.count.get(choice, 0)}" for choice in CHOICES]
    said = f"- Votes : {result.voted} sur {result.electorate}. {' ; '.join(told)}"
    said += f". Part des pour : {result.share}" if result.share else ""
    said += f". Quorum {'atteint' if result.quorum_reached else 'non atteint'}"
    named = [
        f"  - {CHOICES[choice]} : {', '.join(name(person) for person in result.chosen[choice])}"
        for choice in CHOICES
        if result.chosen.get(choice)
    ]
    return [head, said, *named, *_entry(result)]


def _entry(result: Count) -> list[str]:
    if result.entry is None:
        return []
    return [f"- Résultat inscrit au registre sous le n° {result.entry[0]}, empreinte `{result.entry[1]}`"]
