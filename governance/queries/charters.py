"""Versions of the charter, what lies between two of them, and drafts of the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.errors import NotFound, TermMissing
from governance.models import Charter, CharterDraft, CharterDraftVersion, ConsentSession, Entry, Proposal
from governance.permissions import in_circle
from governance.queries.circles import first_circle
from governance.queries.consent import diff
from governance.queries.shapes import ArticleView, DiffPart, Person
from governance.queries.states import charter_of
from governance.rules.charter import check, document, parts
from governance.rules.charter_changes import Changes, changes, places, reused
from governance.rules.completing import missing
from governance.rules.figure_kinds import Figure
from governance.rules.figures import figure_at
from governance.rules.session import FINAL, Stage
from network.models import Collective, Member
from network.queries.collectives import home_collective


@dataclass(frozen=True)
class FigureLine:
    """One figure: its place, its value (None: not set) and what the catalogue knows of it (None: nothing)."""

    place: str
    value: object
    figure: Figure | None


@dataclass(frozen=True)
class VersionRow:
    """One version in the list. `entry`: its number in the register; `decision`: that of the decision it cites."""

    version: int
    digest: str
    adopted_at: datetime
    articles: int
    entry: int | None
    decision: int | None
    in_force: bool


@dataclass(frozen=True)
class VersionView:
    """One version, whole: `document` is what the digest covers (RFC 8785, SHA-256)."""

    row: VersionRow
    collective: Person
    title: str
    preamble: str
    articles: tuple[ArticleView, ...]
    figures: tuple[FigureLine, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True)
class ArticleDiff:
    """One article of a comparison; `title` and `text` as runs of words kept, added and removed."""

    kind: str
    id: str
    number: int | None
    moved: bool
    title: tuple[DiffPart, ...]
    text: tuple[DiffPart, ...]


@dataclass(frozen=True)
class FigureDiff:
    place: str
    old: object
    new: object
    figure: Figure | None


@dataclass(frozen=True)
class CharterDiff:
    """Everything between two charters; unchanged articles are left out, None where nothing changed."""

    title: tuple[DiffPart, ...] | None
    preamble: tuple[DiffPart, ...] | None
    articles: tuple[ArticleDiff, ...]
    figures: tuple[FigureDiff, ...]
    any: bool


@dataclass(frozen=True)
class DraftView:
    """A draft as its author sees it."""

    id: int
    revision: int
    base_version: int
    in_force: int
    document: Mapping[str, Any]
    base: Mapping[str, Any]
    diff: CharterDiff
    faults: tuple[tuple[str, str], ...]
    clashes: tuple[str, ...]
    proposal_id: int | None
    stage: str  # of the decision; empty before there is one
    published: bool  # the draft stands as it was last put to decision
    over: bool
    changed_at: datetime


@dataclass(frozen=True)
class ChangeView:
    """The change of the charter that a proposal is: what its text stands for, against the version it starts from."""

    draft_id: int
    base_version: int
    in_force: int
    digest: str
    diff: CharterDiff
    mine: bool
    matches: bool  # the text on the table is one that the draft made
    applied: bool


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> CharterDiff:
    """Return what `new` changes against `old`, for reading."""
    return _shown(changes(old, new))


def _shown(found: Changes) -> CharterDiff:
    return CharterDiff(
        diff(*found.title) if found.title else None,
        diff(*found.preamble) if found.preamble else None,
        tuple(
            ArticleDiff(a.kind, a.id, a.number, a.moved, diff(a.old_title, a.title), diff(a.old_text, a.text))
            for a in found.articles
            if a.kind != "same"
        ),
        tuple(FigureDiff(each.place, each.old, each.new, figure_at(each.place)) for each in found.figures),
        found.any(),
    )


def _collective(collective: Collective | None) -> Collective:
    found = collective or home_collective()
    if found is None:
        raise NotFound("no_collective")
    return found


def versions(collective: Collective | None = None) -> tuple[VersionRow, ...]:
    """Return the versions of the charter, newest first. Public."""
    owner = _collective(collective)
    found = list(Charter.objects.filter(collective=owner).order_by("-version"))
    entries = _entries(owner)
    return tuple(_row(each, entries, each is found[0]) for each in found)


def _entries(owner: Collective) -> dict[int, tuple[int, int | None]]:
    rows = Entry.objects.filter(collective=owner, kind="charter").values_list("body__version", "seq", "body__cites")
    return {version: (seq, cites) for version, seq, cites in rows}


def _row(charter: Charter, entries: Mapping[int, tuple[int, int | None]], in_force: bool) -> VersionRow:
    entry, decision = entries.get(charter.version, (None, None))
    articles = len(charter.document["articles"])
    return VersionRow(charter.version, charter.digest, charter.adopted_at, articles, entry, decision, in_force)


def version_view(number: int | None = None, *, collective: Collective | None = None) -> VersionView:
    """Return one version, the one in force by default; raises NotFound `version_unknown`. Public."""
    owner = _collective(collective)
    rows = Charter.objects.filter(collective=owner).order_by("-version")
    latest = rows.first()
    charter = latest if number is None else rows.filter(version=number).first()
    if charter is None or latest is None:
        raise NotFound("version_unknown")
    return VersionView(
        row=_row(charter, _entries(owner), charter.pk == latest.pk),
        collective=Person(owner.pk, owner.name),
        title=charter.document["title"],
        preamble=charter.document["preamble"],
        articles=tuple(ArticleView(a["id"], a["title"], a["text"]) for a in charter.document["articles"]),
        figures=figure_lines(charter.document),
        document=charter.document,
    )


def figure_lines(charter: Mapping[str, Any]) -> tuple[FigureLine, ...]:
    """Return every figure that a charter sets, by place."""
    return tuple(FigureLine(place, value, figure_at(place)) for place, value in sorted(places(charter).items()))


def left_open(charter: Mapping[str, Any]) -> tuple[FigureLine, ...]:
    """Return every figure that a charter leaves open, with the value that the template proposes, by place."""
    return tuple(FigureLine(place, value, figure_at(place)) for place, value in missing(charter).items())


def version_diff(old: int, new: int, *, collective: Collective | None = None) -> CharterDiff:
    """Return what lies between two versions; raises NotFound `version_unknown`. Public."""
    first, second = (version_view(number, collective=collective) for number in (old, new))
    return compared(first.document, second.document)


def may_change(viewer: Member | None, collective: Collective | None = None) -> bool:
    """Return whether this person may prepare a change: members of the first circle do."""
    owner = collective or home_collective()
    first = first_circle(owner) if owner else None
    return first is not None and in_circle(viewer, first)


def drafts_of(viewer: Member) -> tuple[DraftView, ...]:
    """Return somebody's drafts, the latest first."""
    rows = CharterDraft.objects.filter(author=viewer).select_related("base", "collective").order_by("-changed_at")
    return tuple(_draft(each) for each in rows)


def draft_view(draft_id: int, *, viewer: Member) -> DraftView:
    """Return a draft of one's own; raises NotFound `draft_unknown`."""
    rows = CharterDraft.objects.filter(author=viewer).select_related("base", "collective")
    draft = rows.filter(pk=draft_id).first()
    if draft is None:
        raise NotFound("draft_unknown")
    return _draft(draft)


def _draft(draft: CharterDraft) -> DraftView:
    session = ConsentSession.objects.filter(proposal=draft.proposal_id).first() if draft.proposal_id else None
    last = draft.versions.order_by("-number").first()
    stage = session.stage if session else ""
    return DraftView(
        id=draft.pk,
        revision=draft.revision,
        base_version=draft.base.version,
        in_force=charter_of(draft.collective).version,
        document=draft.document,
        base=draft.base.document,
        diff=compared(draft.base.document, draft.document),
        faults=tuple(faults_of(draft)),
        clashes=tuple(draft.clashes),
        proposal_id=draft.proposal_id,
        stage=stage,
        published=last is not None and last.document == draft.document and last.base_id == draft.base_id,
        over=bool(stage) and Stage(stage) in {*FINAL, Stage.ADOPTED, Stage.CLOSED},
        changed_at=draft.changed_at,
    )


def faults_of(draft: CharterDraft) -> list[tuple[str, str]]:
    """Return what is wrong with a draft, as (place, code)."""
    text, terms = parts(draft.document)
    documents = Charter.objects.filter(collective=draft.collective_id).values_list("document", flat=True)
    ever = {article["id"] for each in documents for article in each["articles"]}
    dead = reused(draft.base.document, document(text, terms), ever)
    return [*check(text, terms), *((f"articles.{each}", "article_reused") for each in dead)]


def change_view(proposal_id: int, *, text: str | None = None, viewer: Member | None = None) -> ChangeView | None:
    """Return the change of the charter that a proposal is, None if it is none. `text`: the one on the table.

    Whoever may read the proposal may read this.
    """
    proposal = Proposal.objects.select_related("circle__collective").filter(pk=proposal_id).first()
    if proposal is None or proposal.effect.get("kind") != "charter":
        return None
    rows = CharterDraftVersion.objects.filter(draft__proposal=proposal).select_related("base", "draft")
    last = rows.order_by("-number").first()
    found = rows.filter(text=proposal.text if text is None else text).order_by("-number").first()
    if last is None:
        return None
    shown = found or last
    return ChangeView(
        draft_id=shown.draft_id,
        base_version=shown.base.version,
        in_force=_in_force(proposal.circle.collective),
        digest=shown.digest,
        diff=compared(shown.base.document, shown.document),
        mine=viewer is not None and viewer.pk == shown.draft.author_id,
        matches=found is not None,
        applied=Charter.objects.filter(
            collective=proposal.circle.collective, digest=shown.digest, version__gt=shown.base.version
        ).exists(),
    )


def _in_force(collective: Collective) -> int:
    try:
        return charter_of(collective).version
    except TermMissing:
        return 0
