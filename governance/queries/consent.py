"""A decision as everybody may see it. Nothing of a call is read here before its reveal but who has answered."""

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date

from governance.errors import NotFound
from governance.models import Candidacy, ConsentSession, Decision, Proposal
from governance.queries.consent_shapes import somebody
from governance.queries.shapes import (
    AmendmentView,
    AnswerView,
    CallView,
    ConsentView,
    DiffPart,
    ObjectionView,
    Person,
    PositionView,
    ProposalView,
    StageMark,
    StepLine,
    TurnView,
    VersionView,
    WindowView,
)
from governance.queries.states import charter_of, consent_terms_for, names_in, session_state
from governance.queries.words import act_label
from governance.rules.awaiting import expected_and_answered
from governance.rules.charter import ConsentTerms
from governance.rules.preparing import unanswered
from governance.rules.quorum import needed, reached
from governance.rules.register import fraction_text
from governance.rules.session import Answer, Objection, Position, Revealed, Session, Stage, Turn, Version
from governance.rules.windows import next_reminder
from network.models import Member

THREAD = (
    Stage.DRAFT,
    Stage.DRIVER_CHECK,
    Stage.PRESENTED,
    Stage.CLARIFY,
    Stage.REACT,
    Stage.AMEND,
    Stage.OBJECTION_CALL,
    Stage.TEST,
    Stage.INTEGRATE,
    Stage.ADOPTED,
    Stage.CLOSED,
)
Names = Mapping[int, str]


def people_of(state: Session) -> set[int]:
    """Return everybody whose name a view of this decision may show."""
    people = {state.proposer, *state.electorate, *state.present, *state.subgroup}
    people |= {version.author for version in state.versions}
    people |= {v.responsible for v in state.versions if v.responsible}
    return people | ({state.facilitator} if state.facilitator else set())


def person(names: Names, number: int | None) -> Person | None:
    """Return somebody by number."""
    return None if number is None else somebody(number, names.get(number))


def persons(names: Names, numbers: object) -> tuple[Person, ...]:
    """Return people in order of name."""
    found = (somebody(number, names.get(number)) for number in numbers)  # type: ignore[attr-defined]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.id)))


def diff(before: str, after: str) -> tuple[DiffPart, ...]:
    """Return the runs of words kept, added and removed between two texts.

    >>> [(part.op, part.text) for part in diff("un toit", "un grand toit")]
    [('same', 'un '), ('added', 'grand '), ('same', 'toit')]
    """
    old, new = (re.findall(r"\S+\s*", text) for text in (before, after))
    parts: list[DiffPart] = []
    for op, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            parts.append(DiffPart("same", "".join(old[a:b])))
            continue
        parts += [DiffPart("removed", "".join(old[a:b]))] if b > a else []
        parts += [DiffPart("added", "".join(new[c:d]))] if d > c else []
    return tuple(parts)


def _version(state: Session, index: int, names: Names) -> VersionView:
    version = state.versions[index]
    return VersionView(
        version.number,
        version.title,
        version.text,
        version.driver,
        _day(version.review_on),
        person(names, version.responsible),
        version.criteria,
        _day(version.ends_on),
        version.at,
        person(names, version.author),
        diff(state.versions[index - 1].text, version.text) if index else (),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _answer(names: Names, answer: Answer) -> AnswerView:
    word = "agree" if answer.agree else "disagree"
    return AnswerView(somebody(answer.person, names.get(answer.person)), word, answer.reason)


def objection_view(state: Session, each: Objection, names: Names) -> ObjectionView:
    """Return one objection as everybody may see it."""
    return ObjectionView(
        id=each.id,
        author=somebody(each.author, names.get(each.author)),
        version=each.version,
        call=each.call,
        text=each.text,
        consequence=each.consequence,
        ground=each.ground,
        article=each.article,
        state=each.state.value,
        to_confirm=each.to_confirm,
        current=each.id == state.current,
        judgments=tuple(_answer(names, answer) for answer in each.judgments),
        jury=persons(names, each.jury),
        jury_votes=tuple(_answer(names, a) for jury in (*each.juries, each.jury_votes) for a in jury),
        resolved_version=each.amended_to,
        resolved_by=each.resolved_by,
    )


def position_view(position: Position, names: Names) -> PositionView:
    """Return one position; of an open call, for its author's eyes only."""
    who = somebody(position.person, names.get(position.person))
    return PositionView(who, position.choice, position.text, position.means)


def call_view(call: Revealed, names: Names) -> CallView:
    """Return one revealed call."""
    positions = tuple(position_view(each, names) for each in call.positions)
    return CallView(call.version, call.call, call.at, positions, dict(Counter(each.choice for each in positions)))


def amendment_view(state: Session, names: Names) -> AmendmentView | None:
    """Return the change on offer, if any."""
    offer = state.amendment
    if offer is None:
        return None
    changes = diff(state.version.text, offer.version.text)
    author = somebody(offer.version.author, names.get(offer.version.author))
    opposed = tuple(_answer(names, each) for each in offer.opposed)
    return AmendmentView(author, offer.version.text, offer.version.title, changes, bool(offer.confirmed_by), opposed)


def _turn(turn: Turn, names: Names, number: int) -> TurnView:
    who = somebody(turn.person, names.get(turn.person))
    return TurnView(who, turn.stage.value, turn.round, not turn.text, turn.text, number)


def _window(state: Session, terms: ConsentTerms, names: Names) -> WindowView | None:
    if not state.written:
        return None
    written = terms.in_writing()
    return WindowView(
        opens_at=state.opens_at if state.ends_at else None,
        closes_at=state.ends_at,
        reminders_sent=len(state.reminders),
        next_reminder=next_reminder(state),
        silence=written.silence,
        silence_counts=written.silence_counts,
        reminders=written.reminders,
        unanswered=tuple(_turn(state.turns[n - 1], names, n) for n in unanswered(state)),
        offered=person(names, state.offered),
    )


def _thread(state: Session) -> tuple[StageMark, ...]:
    """The beads of the way; examination and integration are shown once an objection was filed."""
    at = state.remembered or state.stage
    at = Stage.TEST if at is Stage.REOPENED else at
    hidden = set() if state.objections else {Stage.TEST, Stage.INTEGRATE}
    shown = [stage for stage in THREAD if stage not in hidden]
    here = shown.index(at) if at in shown else -1
    marks = (("done" if n < here else "current" if n == here else "ahead") for n in range(len(shown)))
    return tuple(StageMark(stage.value, mark) for stage, mark in zip(shown, marks, strict=True))


def consent_view(session: ConsentSession, state: Session, terms: ConsentTerms, names: Names) -> ConsentView:
    """Return the decision as everybody may see it."""
    expected, answered = expected_and_answered(state)
    size = len(state.electorate)
    return ConsentView(
        session_id=session.pk,
        proposal_id=session.proposal_id,
        stage=state.stage.value,
        suspended_from=state.remembered.value if state.remembered else "",
        thread=_thread(state),
        decision_class=state.decision_class,
        proposer=somebody(state.proposer, names.get(state.proposer)),
        facilitator=person(names, state.facilitator),
        version=_version(state, len(state.versions) - 1, names),
        versions=tuple(_version(state, index, names) for index in range(len(state.versions))),
        call=state.call,
        round=state.round,
        since=state.since or session.opened_at,
        ends_at=state.ends_at,
        expected=persons(names, expected),
        answered=persons(names, answered & expected),
        answered_count=len(answered & expected),
        expected_count=len(expected),
        electorate_count=size,
        present_count=len(state.here),
        quorum_needed=needed(terms.presence_quorum, size),
        quorum_reached=reached(len(state.here), size, terms.presence_quorum),
        driver_answers=tuple(
            AnswerView(somebody(d.person, names.get(d.person)), d.answer, d.reason, d.addressee) for d in state.driver
        ),
        objections=tuple(objection_view(state, each, names) for each in state.objections),
        calls=tuple(call_view(call, names) for call in state.revealed),
        amendment=amendment_view(state, names),
        turns=tuple(_turn(turn, names, n) for n, turn in enumerate(state.turns, start=1)),
        replies=tuple(_turn(turn, names, turn.to) for turn in state.replies),
        loops=state.loops,
        until=_day(state.until),
        subgroup=persons(names, state.subgroup),
        addressee=state.addressee,
        reason=state.reason,
        register_seq=_register_seq(session),
        window=_window(state, terms, names),
        lapsed_at=state.lapsed_at,
    )


def _register_seq(session: ConsentSession) -> int | None:
    found = Decision.objects.filter(session=session).order_by("-entry__seq")
    return found.values_list("entry__seq", flat=True).first()


def proposal_view(proposal_id: int, *, viewer: Member | None) -> ProposalView:
    """Return a proposal, with its decision once one is open. For members of the collective; others get NotFound."""
    rows = Proposal.objects.select_related("circle__collective", "proposer", "responsible")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None or not _may_read(proposal, viewer):
        raise NotFound("proposal_unknown")
    session = ConsentSession.everything.select_related("charter", "proposal").filter(proposal=proposal).first()
    charter = session.charter if session else charter_of(proposal.circle.collective)
    terms = consent_terms_for(charter, proposal.decision_class)
    state = session_state(session) if session else None
    shown = state.version if state else _draft(proposal)
    names = names_in(session.assembly, people_of(state)) if state and session else {}
    responsible = _somebody(shown.responsible, names)
    entries = Decision.objects.filter(session=session).order_by("entry__seq") if session else Decision.objects.none()
    return ProposalView(
        id=proposal.pk,
        circle=Person(proposal.circle_id, proposal.circle.name),
        proposer=somebody(proposal.proposer_id, proposal.proposer.name),
        title=shown.title,
        driver=shown.driver,
        text=shown.text,
        decision_class=proposal.decision_class,
        review_on=_day(shown.review_on),
        responsible=responsible,
        criteria=shown.criteria,
        stage=state.stage.value if state else Stage.DRAFT.value,
        version=shown.number,
        editable=session is None and viewer is not None and viewer.pk == proposal.proposer_id,
        assembly_id=_assembly_of(proposal, session),
        consent=consent_view(session, state, terms, names) if session and state else None,
        terms_version=charter.version,
        terms_digest=charter.digest,
        quorum=fraction_text(terms.quorum),
        register_seqs=tuple(entries.values_list("entry__seq", flat=True)),
        history=_history(session) if session else (),
    )


def _somebody(number: int | None, names: Names) -> Person | None:
    if number is None or number in names:
        return person(names, number)
    found = Member.objects.filter(pk=number).first()
    return somebody(found.pk, found.name) if found else None


def _may_read(proposal: Proposal, viewer: Member | None) -> bool:
    if viewer is None or is_about(proposal, viewer):
        return False
    return viewer.memberships.filter(collective_id=proposal.circle.collective_id, state="active").exists()


def is_about(proposal: Proposal, viewer: Member) -> bool:
    """Return whether a proposal is about this person: who said what of them is not theirs to read. Their own page
    tells them what they are told."""
    candidacy = proposal.effect.get("candidacy")
    return candidacy is not None and Candidacy.objects.filter(pk=candidacy, person=viewer).exists()


def _draft(proposal: Proposal) -> Version:
    review_on = proposal.review_on.isoformat() if proposal.review_on else ""
    texts = (proposal.title, proposal.text, proposal.driver, review_on, proposal.responsible_id, proposal.criteria)
    return Version(1, *texts, proposal.changed_at, proposal.proposer_id)


def _assembly_of(proposal: Proposal, session: ConsentSession | None) -> int | None:
    if session is not None and session.assembly_id:
        return session.assembly_id
    return proposal.agenda_items.order_by("-assembly__starts_at").values_list("assembly_id", flat=True).first()


def _history(session: ConsentSession) -> tuple[StepLine, ...]:
    rows = session.steps.exclude(kind__in=["presence", "mailed"]).values_list(
        "seq", "at", "kind", "actor_id", "actor__name"
    )
    return tuple(
        StepLine(n, at, kind, act_label(kind), Person(a, name) if a else None) for n, at, kind, a, name in rows
    )


def my_position(state: Session, viewer: int, names: Names) -> PositionView | None:
    """Return one's own sealed position in the open call."""
    found = state.sealed.get(viewer) if state.stage is Stage.OBJECTION_CALL else None
    return position_view(found, names) if found else None
