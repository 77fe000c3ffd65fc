"""What would change an answer about trust: who could open one more path, whose loss would close one, and when."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from network.rules.facts import TrustTerms
from network.rules.pagerank import scores
from network.rules.paths import KAPPA_MAX, Acceptance, acceptance
from network.rules.webs import Edge, Web, steps_from

__all__ = ["Arrow", "Changes", "Ground", "Loss", "OnWeb", "changes", "changes_on"]

NAMED, TRIES = 3, 8  # people named who could open a path; candidates tried before giving up
ARROWS = 16  # arrows of the paths whose loss is tried
Arrow = tuple[str, str]


@dataclass(frozen=True)
class Loss:
    """Without the attestation of `issuer` for `subject`, `kappa` paths would remain. `ends`: None for an anchor."""

    issuer: str
    subject: str
    ends: datetime | None
    kappa: int


@dataclass(frozen=True)
class Changes:
    """`openers`: people whose attestation would open one more path, nearest to the viewer first. `losses`: in the
    order in which they end; `tried`: every attestation on the paths was. `refreshed`: whether renewing them would make
    weak support sufficient; None where support is not what lacks."""

    openers: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    tried: bool = True
    refreshed: bool | None = None


class Ground(Protocol):
    """The web of one viewpoint as changes are tried on it, whichever engine holds it; each on a copy of its own."""

    @property
    def viewer(self) -> str:
        """The uri of whoever looks."""

    def near(self, subject: str, found: Acceptance) -> Iterable[str]:
        """Members who do not attest `subject` and to whom one more path can be led, the nearest first."""

    def kappa(self, subject: str, *, plus: Arrow | None = None, minus: Arrow | None = None) -> int:
        """κ of `subject` with one arrow more, or one less."""

    def edge(self, arrow: Arrow) -> Edge | None:
        """What an arrow of the paths says; None for one of length 0 from a collective to whom it speaks through."""

    def support(self, subject: str, weights: Mapping[Arrow, float]) -> float:
        """π of `subject` where these arrows weigh so much."""


def changes(
    web: Web, subject: str, found: Acceptance, terms: TrustTerms, *, able: Collection[str], floor: float | None = None
) -> Changes:
    """Return what would change `found`, the answer of `web` about `subject`; `able`: whose attestations count."""
    return changes_on(OnWeb(web, terms, able), subject, found, terms, floor=floor)


def changes_on(
    ground: Ground, subject: str, found: Acceptance, terms: TrustTerms, *, floor: float | None = None
) -> Changes:
    """Return what would change `found`, the answer of `ground` about `subject`.

    `floor`: θ divided by the number of members, where support is weak. Nothing is guessed: each change said here was
    made to a copy of the web, and the answer asked again. At most TRIES + ARROWS times the cost of `acceptance`, and
    once that of `scores`.
    """
    if subject == ground.viewer:
        return Changes()
    arrows = _arrows(ground, found, terms)
    return Changes(
        _openers(ground, subject, found),
        _losses(ground, subject, found, terms, arrows[:ARROWS]),
        len(arrows) <= ARROWS,
        _refreshed(ground, subject, arrows, floor) if floor is not None else None,
    )


def _openers(ground: Ground, subject: str, found: Acceptance) -> tuple[str, ...]:
    if found.kappa >= KAPPA_MAX:
        return ()
    near = islice(ground.near(subject, found), TRIES)
    return tuple(p for p in near if ground.kappa(subject, plus=(p, subject)) > found.kappa)[:NAMED]


def _arrows(ground: Ground, found: Acceptance, terms: TrustTerms) -> list[Arrow]:
    """The attestations and anchors on the paths, the first to end first."""
    arrows = [arrow for path in found.paths for arrow in zip(path, path[1:], strict=False)]
    return sorted((arrow for arrow in arrows if ground.edge(arrow)), key=lambda arrow: _end_key(ground, arrow, terms))


def _losses(
    ground: Ground, subject: str, found: Acceptance, terms: TrustTerms, arrows: Iterable[Arrow]
) -> tuple[Loss, ...]:
    tried = ((arrow, ground.kappa(subject, minus=arrow)) for arrow in arrows)
    return tuple(Loss(*arrow, _ends(ground, arrow, terms), kappa) for arrow, kappa in tried if kappa < found.kappa)


def _ends(ground: Ground, arrow: Arrow, terms: TrustTerms) -> datetime | None:
    edge = ground.edge(arrow)
    return edge.fact.ends(terms) if edge and edge.fact else None


def _end_key(ground: Ground, arrow: Arrow, terms: TrustTerms) -> tuple[bool, float, Arrow]:
    ends = _ends(ground, arrow, terms)
    return ends is None, ends.timestamp() if ends else 0.0, arrow


def _refreshed(ground: Ground, subject: str, arrows: Iterable[Arrow], floor: float) -> bool:
    """Whether support suffices once every attestation on the paths weighs what it did on its first day."""
    facts = {arrow: edge.fact for arrow in arrows if (edge := ground.edge(arrow)) and edge.fact}
    return ground.support(subject, {arrow: fact.level / 3 for arrow, fact in facts.items()}) >= floor


# --- on the readable web ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnWeb:
    """The ground of objects; `able`: those whose attestations count (members)."""

    web: Web
    terms: TrustTerms
    able: Collection[str]

    @property
    def viewer(self) -> str:
        return self.web.viewer

    def near(self, subject: str, found: Acceptance) -> list[str]:
        web = self.web
        ahead = steps_from(web.starts, web.succ, self.terms.L - 1)
        known = {web.viewer, subject, *web.pred.get(subject, ())}
        ends = (p for p in _free_ends(web, subject, found, ahead) if p in self.able and p not in known)
        return sorted(ends, key=lambda p: (ahead[p], p))

    def kappa(self, subject: str, *, plus: Arrow | None = None, minus: Arrow | None = None) -> int:
        web = _with(self.web, *plus) if plus else self.web
        web = _without(web, *minus) if minus else web
        return acceptance(web, subject, self.terms.L).kappa

    def edge(self, arrow: Arrow) -> Edge | None:
        return self.web.succ.get(arrow[0], {}).get(arrow[1])

    def support(self, subject: str, weights: Mapping[Arrow, float]) -> float:
        web = self.web
        for (u, w), weight in weights.items():
            web = _with(web, u, w, replace(web.succ[u][w], weight=weight))
        return scores(web, alpha=float(self.terms.alpha), capacity=float(self.terms.C)).get(subject, 0.0)


def _free_ends(web: Web, subject: str, found: Acceptance, ahead: Mapping[str, int]) -> set[str]:
    """Those from whom one more arrow to `subject` would be one more path: where a path can still be led to.

    One search of what the paths found leave free, each person being an entrance and an exit (the residual graph of
    Ford and Fulkerson, nodes split in two). The limit of steps may still forbid some of them.
    """
    before = {w: u for path in found.paths for u, w in zip(path, path[1:], strict=False) if w != subject}
    used = {(u, w) for w, u in before.items()}
    seen, waiting = {(web.viewer, True)}, deque([(web.viewer, True)])  # True: at the exit
    while waiting:
        person, at_exit = waiting.popleft()
        for state in _onward(web, person, at_exit, before, used):
            if state not in seen and (state[0] in ahead or state[0] == web.viewer) and state[0] != subject:
                seen.add(state)
                waiting.append(state)
    return {person for person, at_exit in seen if at_exit}


def _onward(
    web: Web, person: str, at_exit: bool, before: Mapping[str, str], used: Collection[Arrow]
) -> Iterable[tuple[str, bool]]:
    if not at_exit:
        return [(before[person], True)] if person in before else [(person, True)]
    collective = web.is_collective and person == web.viewer
    after = web.starts if collective else tuple(web.succ.get(person, ()))
    onward = [(w, False) for w in after if (person, w) not in used]
    return [*onward, (person, False)] if person in before else onward


# --- copies of a web -------------------------------------------------------------------------------------


def _with(web: Web, u: str, w: str, edge: Edge | None = None) -> Web:
    """The same web with an arrow u → w, in its place in the order of uris."""
    out = dict(sorted({**web.succ.get(u, {}), w: edge or Edge(1.0)}.items()))
    back = tuple(sorted({*web.pred.get(w, ()), u}))
    return replace(web, succ={**web.succ, u: out}, pred={**web.pred, w: back})


def _without(web: Web, u: str, w: str) -> Web:
    """The same web without the arrow u → w."""
    out = {person: edge for person, edge in web.succ[u].items() if person != w}
    back = tuple(person for person in web.pred[w] if person != u)
    return replace(web, succ={**web.succ, u: out}, pred={**web.pred, w: back})
