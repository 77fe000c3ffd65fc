"""What would change how a viewpoint sees somebody, with the people concerned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from network import clock
from network.models import Member
from network.queries import engines
from network.queries.hiding import is_hidden
from network.queries.naming import Naming
from network.queries.trust import TrustLine, Viewpoint, trust_lines
from network.queries.webs import Bounded, Scene, scene_of

if TYPE_CHECKING:
    from network.rules.changes import Changes

__all__ = ["LossView", "WhatIf", "what_if", "what_ifs"]


@dataclass(frozen=True)
class LossView:
    """Without the attestation of `issuer` (None: the viewer, or an anchor) for `subject`, `kappa` paths would remain.
    `ends_at` None: an anchor of the viewer's own, which has no end."""

    issuer: Member | None
    subject: Member
    ends_at: datetime | None
    kappa: int


@dataclass(frozen=True)
class WhatIf:
    """`openers` could open one more path by attesting; `losses` would close one, the first to end first; `tried` says
    whether every attestation on the paths was tried; `refreshed` whether renewing them would be support enough (None:
    support does not lack); `kappa` is what the answers start from."""

    kappa: int = 0
    openers: tuple[Member, ...] = ()
    losses: tuple[LossView, ...] = ()
    tried: bool = True
    refreshed: bool | None = None


_kept: Bounded["Changes"] = Bounded(1024)


def what_if(viewpoint: Viewpoint, subject: Member, line: TrustLine | None = None) -> WhatIf:
    """Return what would change how `viewpoint` sees `subject`; kept while the web stays the same, for a day at most."""
    line = line or trust_lines(viewpoint, [subject])[subject.pk]
    return what_ifs(viewpoint, [(subject, line)])[subject.pk]


def what_ifs(viewpoint: Viewpoint, lines: Iterable[tuple[Member, TrustLine]]) -> dict[int, WhatIf]:
    """Return the same for several people, by member id. A constant number of SQL queries."""
    at, version = clock.now(), engines.version_now()
    scene = scene_of(viewpoint.view, viewpoint.collective, at)
    under = (version.mark, engines.is_fast(version), viewpoint.view, scene.terms, at.date())
    found = {subject.pk: (line, _found(under, scene, subject.uri, line)) for subject, line in lines}
    people = _people([changes for _, changes in found.values()], Naming(viewpoint.member))
    return {pk: _view(viewpoint, line, changes, people) for pk, (line, changes) in found.items()}


def _found(under: tuple[object, ...], scene: Scene, uri: str, line: TrustLine) -> "Changes":
    if line.label == "self":
        return engines.changes().Changes()  # type: ignore[no-any-return]
    return _kept.get((*under, uri, line.label), lambda: _changes(scene, uri, line))


def _people(found: list["Changes"], naming: Naming) -> dict[str, Member]:
    uris = {uri for each in found for uri in each.openers}
    uris |= {uri for each in found for loss in each.losses for uri in (loss.issuer, loss.subject)}
    rows = Member.objects.filter(uri__in=uris, gone_at=None).annotate(concealed=is_hidden("uri"))
    return {person.uri: naming.of(person, hidden=person.concealed) for person in rows}


def _changes(scene: Scene, uri: str, line: TrustLine) -> "Changes":
    found, floor = scene.accept([uri])[uri], scene.floor if line.label == "weak" else None
    changed: Changes = engines.changes().changes_on(scene.ground(), uri, found, scene.terms, floor=floor)
    return changed


def _view(viewpoint: Viewpoint, line: TrustLine, found: "Changes", people: Mapping[str, Member]) -> WhatIf:
    viewer = viewpoint.view.viewer
    losses = (
        LossView(None if loss.issuer == viewer else people[loss.issuer], people[loss.subject], loss.ends, loss.kappa)
        for loss in found.losses
        if loss.subject in people and (loss.issuer == viewer or loss.issuer in people)
    )
    openers = (people[uri] for uri in found.openers if uri in people and people[uri].pk)  # whom one can ask
    return WhatIf(line.kappa, tuple(openers), tuple(losses), found.tried, found.refreshed)
