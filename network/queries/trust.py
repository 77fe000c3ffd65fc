"""Trust as somebody sees it: lines for a page of results, and the page « Pourquoi faire confiance »."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING

from network import clock
from network.models import Collective, Member, Vouch
from network.queries import engines
from network.queries.collectives import collective_of, home_collective
from network.queries.hiding import is_hidden
from network.queries.naming import SOMEBODY, Naming
from network.queries.webs import Scene, scene_of, standpoint
from network.rules.facts import TrustTerms, View

if TYPE_CHECKING:
    from network.rules.paths import Acceptance

ANCHORS_MAX = 50  # a cookie comes from outside
Named = tuple[str, int | None, str]  # uri, key and name of somebody on a path


def engine() -> ModuleType:
    """Load the path finder, and networkx with it, at the first question about trust."""
    return engines.paths()


@dataclass(frozen=True)
class Viewpoint:
    """From where one looks. `basis` says through whom: "own" edges and anchors, the collective's "referents", or,
    when it has too few of those, all its "members" (the page says so)."""

    kind: str  # "mine" | "collective"
    member: Member | None = None
    collective: Collective | None = None
    anchors: tuple[str, ...] = ()  # uris
    basis: str = "own"
    own_edges: int = 0  # distinct persons the viewer vouches for or anchors
    needed: int = 2  # d: below this the viewpoint is the collective's
    view: View = View("")


@dataclass(frozen=True)
class Hop:
    """One person on a path and the attestation that leads to them. The first hop is the viewer: name "" for
    « Vous », the collective's name otherwise; level 0 and no date. An anchor has level 0 and no date too. Whoever is
    hidden has neither uri nor id, see `Naming`."""

    uri: str
    name: str
    member_id: int | None
    level: int = 0
    issued_at: datetime | None = None
    renewed: bool = False


@dataclass(frozen=True)
class TrustLine:
    """How one viewpoint gets to one subject; `paths` are the explanation, `score` only orders."""

    kappa: int = 0  # 0..3
    accepted: bool = False
    label: str = "no_path"  # accepted | weak | one_path | two_paths | no_path | self | direct
    score: float = 0.0
    paths: tuple[tuple[Hop, ...], ...] = ()
    direct: bool = False  # the viewer's own attestation or anchor comes first
    strict: str = ""  # the label where the service gives root access or handles personal data; "": the same

    def asked_of(self, *, sensitive: bool) -> "TrustLine":
        """Return the line as it stands for one service of the subject. `sensitive`: it gives root access or handles
        personal data, so that more paths are asked for."""
        if not sensitive or self.strict in {"", self.label}:
            return self
        return replace(self, label=self.strict, accepted=self.strict == "accepted")


@dataclass(frozen=True)
class Voucher:
    """One attestation received, for the page: who, how, since when. Private ones reach their issuer only; of whoever
    is hidden no word and no address is told."""

    vouch_id: int
    member: Member
    kind: str
    level: int
    statement: str
    issued_at: datetime
    expires_at: datetime
    renewed: bool
    public: bool
    uri: str = ""
    entered_at: datetime | None = None  # first known to this node
    known_since: str = ""
    articles: tuple[str, ...] = ()  # ids of articles of `charter`
    charter: str = ""


@dataclass(frozen=True)
class BelongingView:
    """L1 for the collective of the viewpoint: the register's word, and the criterion as it stands today."""

    collective: Collective
    member_since: datetime | None  # None: not a member
    q: int
    attesters: tuple[str, ...]  # uris of the members whose attestation counts
    waiting: tuple[str, ...]  # uris whose attestation will count later (rate rule)
    referents: int
    reached: int
    passes: bool


@dataclass(frozen=True)
class TrustPage:
    """Everything the page says about one subject from one viewpoint."""

    line: TrustLine
    vouchers: tuple[Voucher, ...]
    belonging: BelongingView | None
    cut: Member | None  # the person everything passes through, when there is one path only
    needed: int = 2  # paths asked for
    usual: int = 2  # paths asked for where the service gives access to nothing


def viewpoint_for(*, member: Member | None, anchors: Iterable[str] = ()) -> Viewpoint:
    """Return from where to look: the visitor's own web once it has d people in it, else the collective's.

    `member` is the person signed in, `anchors` uris of people whom the visitor says to know; unknown ones are
    dropped. The figures are those of the member's own collective, else of this node's.
    """
    collective = collective_of(member) or home_collective()
    known = _known(anchors)
    here = standpoint(member.uri if member else "", known, collective, clock.now())
    return Viewpoint(
        "mine" if here.basis == "own" else "collective", member, collective, known, here.basis, here.own_edges,
        here.needed, here.view,
    )  # fmt: skip


def _known(anchors: Iterable[str]) -> tuple[str, ...]:
    asked = sorted(set(anchors))[:ANCHORS_MAX]
    if not asked:
        return ()
    return tuple(sorted(Member.objects.filter(uri__in=asked, gone_at=None).values_list("uri", flat=True)))


def trust_lines(viewpoint: Viewpoint, subjects: Iterable[Member], *, explain: bool = True) -> dict[int, TrustLine]:
    """Return a line for each of `subjects`, by member id; `TrustLine.asked_of` says how it stands for one of their
    services. Without `explain` the lines have no paths: enough to rank. A constant number of SQL queries, whatever
    the page."""
    people = list(subjects)
    scene = scene_of(viewpoint.view, viewpoint.collective, clock.now())
    accepted = scene.accept([person.uri for person in people], explain=explain)
    found = {person.pk: accepted[person.uri] for person in people}
    if not explain:
        found = {key: replace(acceptance, paths=()) for key, acceptance in found.items()}
    on_paths = {uri for acceptance in found.values() for path in acceptance.paths for uri in path}
    names = _names(on_paths, Naming(viewpoint.member))
    return {person.pk: _line(viewpoint, scene, person, found[person.pk], names) for person in people}


def _names(uris: Collection[str], naming: Naming) -> dict[str, Named]:
    """Return address, key and name of these people by uri; a word alone for whoever is not named to the viewer."""
    rows = Member.objects.filter(uri__in=sorted(uris)).annotate(concealed=is_hidden("uri"))
    told = rows.values_list("uri", "pk", "name", "concealed")
    return {
        uri: ("", None, str(SOMEBODY)) if naming.conceals(pk, hidden=concealed) else (uri, pk, name)
        for uri, pk, name, concealed in told
    }


def _line(
    viewpoint: Viewpoint,
    scene: Scene,
    person: Member,
    found: "Acceptance",
    names: dict[str, Named],
) -> TrustLine:
    if viewpoint.member is not None and person.pk == viewpoint.member.pk:
        return TrustLine(label="self", accepted=True, score=scene.scores.get(person.uri, 0.0))
    score = scene.scores.get(person.uri, 0.0)
    usual, strict = (engine().label_of(found, score, scene.floor, d) for d in (scene.terms.d, scene.terms.d_sensitive))
    paths = tuple(_hops(viewpoint, scene, path, names) for path in found.paths)
    return TrustLine(found.kappa, usual == "accepted", usual, score, paths, found.direct, strict)


def _hops(viewpoint: Viewpoint, scene: Scene, path: Sequence[str], names: dict[str, Named]) -> tuple[Hop, ...]:
    return (_first_hop(viewpoint), *(_hop(scene, u, w, names) for u, w in zip(path, path[1:], strict=False)))


def _first_hop(viewpoint: Viewpoint) -> Hop:
    if viewpoint.kind == "collective" and viewpoint.collective is not None:
        return Hop(viewpoint.collective.uri, viewpoint.collective.name, None)
    return Hop(viewpoint.view.viewer, "", viewpoint.member.pk if viewpoint.member else None)


def _hop(scene: Scene, u: str, w: str, names: dict[str, Named]) -> Hop:
    uri, pk, name = names.get(w, (w, None, w))
    edge = scene.edge(u, w)
    fact = edge.fact if edge else None
    return Hop(uri, name, pk, fact.level, fact.issued, fact.renewed) if fact else Hop(uri, name, pk)


def trust_page(viewpoint: Viewpoint, subject: Member, *, sensitive: bool = False) -> TrustPage:
    """Return everything about `subject` from `viewpoint`: line, attestations received, belonging, the cut.
    `sensitive`: what is looked at is a service of theirs that gives root access or handles personal data."""
    scene = scene_of(viewpoint.view, viewpoint.collective, clock.now())
    line = trust_lines(viewpoint, [subject])[subject.pk].asked_of(sensitive=sensitive)
    cut = scene.accept([subject.uri])[subject.uri].cut if line.label != "self" else None
    return TrustPage(
        line,
        _vouchers(viewpoint, subject, scene),
        _belonging(viewpoint, subject, scene),
        _cut(cut, Naming(viewpoint.member)) if cut else None,
        scene.terms.d_sensitive if sensitive else scene.terms.d,
        scene.terms.d,
    )


def _cut(uri: str, naming: Naming) -> Member | None:
    found = Member.objects.filter(uri=uri).annotate(concealed=is_hidden("uri")).first()
    return naming.of(found, hidden=found.concealed) if found else None


def _vouchers(viewpoint: Viewpoint, subject: Member, scene: Scene) -> tuple[Voucher, ...]:
    """The attestations of `subject` that count today; a private one is read for its own issuer only."""
    viewer = viewpoint.member
    seen_by = viewer.uri if viewer else ""
    counting = scene.facts_about(subject.uri, seen_by=seen_by).counting(scene.at, scene.terms, seen_by=seen_by)
    ids = {(fact.id, fact.issuer) for fact in counting if fact.subject == subject.uri}
    rows = Vouch.objects.filter(uri__in=sorted(uri for uri, _ in ids)).select_related("issuer")
    found = rows.annotate(concealed=is_hidden("issuer__uri")).order_by("kind", "-issued_at", "pk")
    naming = Naming(viewer)
    return tuple(
        _voucher(row, naming.of(row.issuer, hidden=row.concealed), scene.terms)
        for row in found
        if (row.uri, row.issuer.uri) in ids
    )


def _voucher(row: Vouch, issuer: Member, terms: TrustTerms) -> Voucher:
    ends = min(row.expires_at, row.issued_at + terms.validity)
    told = Voucher(
        row.pk, issuer, row.kind, row.level, row.statement, row.issued_at, ends,
        row.renewed, row.public, row.uri, row.entered_at, row.known_since, tuple(row.articles),
        row.charter,
    )  # fmt: skip
    return told if issuer.pk else replace(told, statement="", known_since="", articles=(), charter="", uri="")


def _belonging(viewpoint: Viewpoint, subject: Member, scene: Scene) -> BelongingView | None:
    collective = viewpoint.collective
    if collective is None:
        return None
    since = [
        m.since
        for m in scene.facts_about(subject.uri).members
        if m.member == subject.uri and m.collective == collective.uri and m.holds(scene.at)
    ]
    seen = scene.belonging(subject.uri, collective.uri)
    return BelongingView(
        collective, since[0] if since else None, seen.q, seen.attesters, seen.waiting, seen.referents,
        seen.referents_reached, seen.passes,
    )  # fmt: skip
