"""Preparing a change of the charter, and putting it to decision: draft, proposal, later texts of the same proposal."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.actions.assemblies import act
from governance.actions.charter import check_new, ever_used
from governance.actions.consent import record
from governance.actions.proposals import draft_proposal
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import Charter, CharterDraft, CharterDraftVersion, ConsentSession, Proposal
from governance.permissions import check_standing, in_circle
from governance.queries.circles import first_circle
from governance.queries.states import charter_of, session_state
from governance.rules.charter import digest, parts
from governance.rules.charter_changes import changes, fresh_id, said
from governance.rules.completing import completed
from governance.rules.fields import Field, clean
from governance.rules.figure_kinds import NAME, Figure, read
from governance.rules.figures import CLASS_FIGURES, FIGURES
from governance.rules.rebasing import rebase
from governance.rules.session import FINAL, Session, Stage
from network.clock import now
from network.models import Collective, Member

__all__ = [
    "begin_draft",
    "complete_draft",
    "discard_draft",
    "edit_figures",
    "edit_text",
    "publish_draft",
    "rebase_draft",
]

MOST_ARTICLES = 200
HEADING = (Field("title", required=False), Field("preamble", "long", required=False))
ARTICLE = (Field("id", required=False), Field("title", required=False), Field("text", "long", required=False))
TABLE_ACTS = {  # how a changed text comes on the table, at each stage that allows one
    Stage.DRAFT: "edit_draft",
    Stage.AMEND: "amend",
    Stage.INTEGRATE: "offer_amendment",
    Stage.DELEGATED: "bring_back",
}


@transaction.atomic
def begin_draft(*, actor: Member, collective: Collective, source_id: int | None = None) -> CharterDraft:
    """Begin a change of the charter in force, or take up an earlier draft of one's own (`source_id`) in a new one.

    For members of the collective's first circle. A draft of theirs that says nothing yet is given back instead.
    Raises NotEntitled `not_in_first_circle`, NotFound `draft_unknown`, TermMissing `charter_missing`.
    """
    _may_change(actor, collective)
    base = charter_of(collective)
    source = _own(source_id, actor) if source_id else None
    untouched = CharterDraft.objects.filter(collective=collective, author=actor, base=base, proposal=None, revision=1)
    found = None if source else untouched.first()
    if found is not None:
        return found
    draft = CharterDraft(collective=collective, author=actor, base=base, document=base.document)
    if source is not None:
        draft.document, draft.base, draft.revision = source.document, source.base, 2
        _carry(draft, base)
    draft.save()
    return draft


@transaction.atomic
def complete_draft(*, actor: Member, collective: Collective) -> CharterDraft:
    """Begin the change that sets what the charter in force leaves open, as the template proposes: a draft like others.

    Asked again, the same draft. Raises as `begin_draft`, and WrongState `charter_complete` where nothing is open.
    """
    _may_change(actor, collective)
    base = charter_of(collective)
    document = completed(base.document)
    if document == base.document:
        raise WrongState("charter_complete")
    drafts = CharterDraft.objects.filter(collective=collective, author=actor, base=base, revision__gt=1)
    same = next((each for each in drafts if each.document == document), None)
    return same or _save(begin_draft(actor=actor, collective=collective), document)


def _may_change(actor: Member, collective: Collective) -> None:
    check_standing(actor, collective.pk)
    first = first_circle(collective)
    if first is None or not in_circle(actor, first):
        raise NotEntitled("not_in_first_circle")


def _own(draft_id: int, actor: Member) -> CharterDraft:
    rows = CharterDraft.objects.select_for_update(of=("self",)).select_related("collective", "base")
    draft = rows.filter(pk=draft_id).first()
    if draft is None or draft.author_id != actor.pk:
        raise NotFound("draft_unknown")
    _may_change(actor, draft.collective)
    return draft


def _at(draft: CharterDraft, revision: int) -> None:
    if draft.revision != revision:
        raise WrongState("stale_version", part="revision", now=draft.revision)


def _save(draft: CharterDraft, document: dict[str, Any]) -> CharterDraft:
    if document != draft.document:
        draft.document, draft.revision, draft.changed_at = document, draft.revision + 1, now()
    draft.save()
    return draft


@transaction.atomic
def edit_text(
    *,
    actor: Member,
    draft_id: int,
    revision: int,
    title: str,
    preamble: str,
    articles: Sequence[Mapping[str, str]],
) -> CharterDraft:
    """Write title, preamble and articles, in their order. An article: `id` ("" for a new one), `title`, `text`.

    Faulty texts are kept too; only publishing refuses them. Raises WrongState `stale_version` if the draft is no
    longer at `revision`, Invalid `article_unknown`, `too_many_articles`, or what `rules.fields.clean` raises.
    """
    draft = _own(draft_id, actor)
    _at(draft, revision)
    if len(articles) > MOST_ARTICLES:
        raise Invalid("too_many_articles", limit=MOST_ARTICLES)
    heading = clean(HEADING, {"title": title, "preamble": preamble})
    document = {**draft.document, **{name: heading.get(name, "") for name in ("title", "preamble")}}
    document["articles"] = _articles(draft, articles)
    return _save(draft, document)


def _articles(draft: CharterDraft, articles: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    known = {each["id"] for each in (*draft.document["articles"], *draft.base.document["articles"])}
    taken, found = known | ever_used(draft.collective), []
    for each in articles:
        values = clean(ARTICLE, each)
        title, name = str(values.get("title", "")), str(values.get("id", ""))
        if name and name not in known:
            raise Invalid("article_unknown", field="articles")
        if not name and not title and not values.get("text"):
            continue
        name = name or fresh_id(title, taken)
        taken |= {name}
        found.append({"id": name, "title": title, "text": str(values.get("text", ""))})
    return found


@transaction.atomic
def edit_figures(
    *,
    actor: Member,
    draft_id: int,
    revision: int,
    figures: Mapping[str, object],
    classes: Mapping[str, Mapping[str, object] | None],
) -> CharterDraft:
    """Set figures by name, as typed or in their type; an empty one is left open. Those not named stay as they are.

    `classes`: the figures of each decision class likewise; a new name makes a class, None removes one. What cannot be
    read is kept as it was typed. Raises as `edit_text`, and Invalid `figure_unknown` or `class_malformed`.
    """
    draft = _own(draft_id, actor)
    _at(draft, revision)
    document = {**draft.document, "figures": _set(draft.document["figures"], figures, FIGURES)}
    document["classes"] = {name: dict(values) for name, values in draft.document["classes"].items()}
    for name, values in classes.items():
        if not NAME.fullmatch(name):
            raise Invalid("class_malformed", field="new_class")
        if values is None:
            document["classes"].pop(name, None)
        else:
            document["classes"][name] = _set(document["classes"].get(name, {}), values, CLASS_FIGURES)
    return _save(draft, document)


def _set(before: Mapping[str, object], given: Mapping[str, object], known: Mapping[str, Figure]) -> dict[str, object]:
    found = dict(before)
    for name, typed in given.items():
        if name not in known and name not in before:
            raise Invalid("figure_unknown", field=name)
        if isinstance(typed, str):
            typed = clean((Field("value", required=False),), {"value": typed}).get("value", "")
        value = read(known[name], typed) if name in known else typed or None
        found.pop(name, None)
        if value is not None:
            found[name] = value
    return found


@transaction.atomic
def rebase_draft(*, actor: Member, draft_id: int) -> CharterDraft:
    """Carry the draft onto the version in force by now; `clashes` names what both had changed, for its author to see.

    A draft that starts from the version in force stays as it is.
    """
    draft = _own(draft_id, actor)
    in_force = charter_of(draft.collective)
    if draft.base_id != in_force.pk:
        _carry(draft, in_force)
        draft.revision, draft.changed_at = draft.revision + 1, now()
        draft.save()
    return draft


def _carry(draft: CharterDraft, onto: Charter) -> None:
    if draft.base_id == onto.pk:
        return
    ever = ever_used(draft.collective)
    draft.document, draft.clashes = rebase(draft.base.document, onto.document, draft.document, ever)
    draft.base = onto


@transaction.atomic
def discard_draft(*, actor: Member, draft_id: int) -> None:
    """Throw a draft away that was never put to decision; raises WrongState `draft_proposed`."""
    draft = _own(draft_id, actor)
    if draft.proposal_id is not None:
        raise WrongState("draft_proposed")
    draft.delete()


@transaction.atomic
def publish_draft(
    *, actor: Member, draft_id: int, revision: int, title: str = "", key: UUID | str | None = None
) -> Proposal:
    """Put the draft to decision: as a proposal, or, once there is one, as its next text.

    The text is made from the draft, and only such a text can come into force. While a decision is open the text comes
    on the table as the act that its stage allows (under `key`). What is on the table already is left alone.
    Raises Invalid `charter_faulty`, WrongState `charter_unchanged`, `charter_base_moved`, `stale_version`,
    `draft_not_now`, and what `act` raises.
    """
    draft = _own(draft_id, actor)
    _at(draft, revision)
    version = _version(draft, actor)
    if draft.proposal_id is None:
        _propose(draft, version, title)
    else:
        _put_on_table(draft, version, actor, key)
    draft.clashes = []
    draft.save(update_fields=["clashes", "proposal"])
    return Proposal.objects.get(pk=draft.proposal_id)


def _version(draft: CharterDraft, actor: Member) -> CharterDraftVersion:
    """Return the draft as a text to decide on; the last one again if nothing changed since."""
    base = charter_of(draft.collective)
    if draft.base_id != base.pk:
        raise WrongState("charter_base_moved", version=base.version, base=draft.base.version)
    text, terms = parts(draft.document)
    check_new(draft.collective, text, terms)
    change = changes(base.document, draft.document)
    if not change.any():
        raise WrongState("charter_unchanged")
    mark = digest(text, terms)
    last = draft.versions.order_by("-number").first()
    if last is not None and (last.digest, last.base_id) == (mark, base.pk):
        return last
    return CharterDraftVersion.objects.create(
        draft=draft,
        number=last.number + 1 if last else 1,
        base=base,
        document=draft.document,
        digest=mark,
        text=said(change, version=base.version, digest=mark),
        author=actor,
        at=now(),
    )


def _propose(draft: CharterDraft, version: CharterDraftVersion, title: str) -> None:
    first = first_circle(draft.collective)
    if first is None:
        raise NotEntitled("not_in_first_circle")
    # A charter from before decisions on the charter had a class of their own changes as anything else does.
    decided_as = "charter" if "charter" in draft.base.document["classes"] else "ordinary"
    draft.proposal = draft_proposal(
        actor=draft.author,
        circle_id=first.pk,
        title=title,
        text=version.text,
        decision_class=decided_as,
        effect={"kind": "charter", "draft": draft.pk},
    )


def _put_on_table(draft: CharterDraft, version: CharterDraftVersion, actor: Member, key: UUID | str | None) -> None:
    session = ConsentSession.objects.select_related("proposal", "charter").filter(proposal=draft.proposal_id).first()
    if session is None:
        _rewrite(draft, version)
        return
    state = session_state(session)
    if _on_table(state, version.text):
        return
    kind = TABLE_ACTS.get(state.stage)
    if kind is None or key is None:
        raise WrongState("draft_over" if state.stage in FINAL else "draft_not_now", stage=state.stage.value)
    payload: dict[str, object] = {"text": version.text}
    if kind != "edit_draft":
        payload["version"] = state.version.number
    if session.assembly_id:
        act(assembly_id=session.assembly_id, actor=actor, kind=kind, payload=payload, key=key)
    else:
        record(session_id=session.pk, actor=actor, kind=kind, payload=payload, key=key)


def _rewrite(draft: CharterDraft, version: CharterDraftVersion) -> None:
    """Under the proposal's lock, which whoever opens the decision takes too."""
    proposal = Proposal.objects.select_for_update().get(pk=draft.proposal_id)
    if ConsentSession.objects.filter(proposal=proposal).exists():
        raise WrongState("stale_version", part="session", now="")
    proposal.text, proposal.changed_at = version.text, now()
    proposal.save(update_fields=["text", "changed_at"])


def _on_table(state: Session, text: str) -> bool:
    return state.version.text == text or (state.amendment is not None and state.amendment.version.text == text)
