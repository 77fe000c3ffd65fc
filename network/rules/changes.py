"""What would change an answer about trust: who could open one more path, whose loss would close one, and when."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from network.rules.facts import TrustTerms
from network.rules.pagerank import scores
from network.rules.paths import KAPPA_MAX, Acceptance, acceptance
from network.rules.webs import Edge, Web, steps_from

__all__ = ["Changes", "Loss", "changes"]

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


def changes(
    web: Web, subject: str, found: Acceptance, terms: TrustTerms, *, able: Collection[str], floor: float | None = None
) -> Changes:
    """Return what would change `found`, the answer of `web` about `subject`.

    `able`: those whose attestations count (members). `floor`: θ divided by the number of members, where support is
    weak. Nothing is guessed: each change said here was made to a copy of the web, and the answer asked again. At most
    TRIES + ARROWS times the cost of `acceptance`, and once that of `scores`.
    """
    if subject == web.viewer:
        return Changes()
    arrows = _arrows(web, found, terms)
    return Changes(
        _openers(web, subject, found, terms, able),
        _losses(web, subject, found, terms, arrows[:ARROWS]),
        len(arrows) <= ARROWS,
        _refreshed(web, subject, found, terms, floor) if floor is not None else None,
    )


# --- one more path ---------------------------------------------------------------------------------------


def _openers(web: Web, subject: str, found: Acceptance, terms: TrustTerms, able: Collection[str]) -> tuple[str, ...]:
    if found.kappa >= KAPPA_MAX:
        return ()
    ahead = steps_from(web.starts, web.succ, terms.L - 1)
    known = {web.viewer, subject, *web.pred.get(subject, ())}
    ends = _free_ends(web, subject, found, ahead)
    near = sorted((person for person in ends if person in able and person not in known), key=lambda p: (ahead[p], p))
    opening = (p for p in near[:TRIES] if acceptance(_with(web, p, subject), subject, terms.L).kappa > found.kappa)
    return tuple(opening)[:NAMED]


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


# --- one path less ---------------------------------------------------------------------------------------


def _arrows(web: Web, found: Acceptance, terms: TrustTerms) -> list[Arrow]:
    """The attestations and anchors on the paths, the first to end first."""
    arrows = [arrow for path in found.paths for arrow in zip(path, path[1:], strict=False)]
    return sorted((arrow for arrow in arrows if _edge(web, arrow)), key=lambda arrow: _end_key(web, arrow, terms))


def _losses(web: Web, subject: str, found: Acceptance, terms: TrustTerms, arrows: Iterable[Arrow]) -> tuple[Loss, ...]:
    tried = ((arrow, acceptance(_without(web, *arrow), subject, terms.L).kappa) for arrow in arrows)
    return tuple(Loss(*arrow, _ends(web, arrow, terms), kappa) for arrow, kappa in tried if kappa < found.kappa)


def _edge(web: Web, arrow: Arrow) -> Edge | None:
    """The arrow, None for one of length 0 from a collective to whom it speaks through."""
    return web.succ.get(arrow[0], {}).get(arrow[1])


def _ends(web: Web, arrow: Arrow, terms: TrustTerms) -> datetime | None:
    edge = _edge(web, arrow)
    return edge.fact.ends(terms) if edge and edge.fact else None


def _end_key(web: Web, arrow: Arrow, terms: TrustTerms) -> tuple[bool, float, Arrow]:
    ends = _ends(web, arrow, terms)
    return ends is None, ends.timestamp() if ends else 0.0, arrow


# --- support ---------------------------------------------------------------------------------------------


def _refreshed(web: Web, subject: str, found: Acceptance, terms: TrustTerms, floor: float) -> bool:
    """Whether support suffices once every attestation on the paths weighs what it did on its first day."""
    fresh = web
    for path in found.paths:
        for u, w in zip(path, path[1:], strict=False):
            edge = _edge(fresh, (u, w))
            if edge and edge.fact:
                fresh = _with(fresh, u, w, replace(edge, weight=edge.fact.level / 3))
    support = scores(fresh, alpha=float(terms.alpha), capacity=float(terms.C))
    return support.get(subject, 0.0) >= floor


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
