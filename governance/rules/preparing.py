"""From the draft to the amended text: driver check, presentation, clarifying, reactions, amendment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from governance.errors import IllegalStep, Invalid
from governance.rules.calling import open_call
from governance.rules.charter import ConsentTerms
from governance.rules.guards import enter, match, next_version, over, waiting
from governance.rules.quorum import reached
from governance.rules.session import DriverAnswer, Objection, Session, Stage, Step, Turn, Version, evolve
from governance.rules.windows import timed

FOLLOW_UP = ("review_on", "responsible", "criteria")


def prepare(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Open the decision: text, class, electorate frozen."""
    p = step.payload
    electorate = frozenset(p["electorate"])  # type: ignore[call-overload]
    if not electorate:
        raise Invalid("electorate_empty")
    names = ("title", "text", "driver", "review_on", "responsible", "criteria")
    first = Version(number=1, at=step.at, author=p["proposer"], **{n: p[n] for n in names})  # type: ignore[arg-type]
    changes = {"versions": (first,), "proposer": p["proposer"], "decision_class": p["decision_class"]}
    carried: Sequence[Mapping[str, object]] = p.get("objections", ())  # type: ignore[assignment]
    changes["objections"] = tuple(_carried(n, each, step.at) for n, each in enumerate(carried, start=1))
    return evolve(state, **enter({**changes, "electorate": electorate}, Stage.DRAFT, step.at))


def _carried(number: int, said: Mapping[str, object], at: datetime) -> Objection:
    """An objection that stood before this decision was opened: it is examined here before anything is adopted."""
    author = int(str(said["author"]))
    text, consequence, ground, article, fact = (
        str(said.get(name, "")) for name in ("text", "consequence", "ground", "article", "fact")
    )
    return Objection(number, author, 1, 0, text, consequence, ground, article, at, fact=fact)


def edit_draft(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Change the draft: one more version."""
    return evolve(state, versions=(*state.versions, next_version(state, step.payload, state.proposer, step.at)))


def can_submit(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Text, driver and class are there, and so is the quorum of presence."""
    empty = [name for name in ("text", "driver") if not getattr(state.version, name).strip()]
    if empty or not state.decision_class:
        raise IllegalStep("draft_incomplete", field=empty[0] if empty else "decision_class")
    if not reached(len(state.here), len(state.electorate), terms.presence_quorum):
        raise IllegalStep("quorum_missing", present=len(state.here), electorate=len(state.electorate))


def submit(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Ask whether the reason to act is clear, and ours."""
    match(state, step.payload, "version")
    return evolve(state, **timed(state, {"driver": ()}, Stage.DRIVER_CHECK, step.at, terms))


def answer_driver(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Answer for oneself; the last answer counts. « Unclear » says why, « not ours » says whose."""
    match(state, step.payload, "version")
    answer, texts = str(step.payload["answer"]), {n: str(step.payload.get(n, "")) for n in ("reason", "addressee")}
    needed = {"unclear": "reason", "not_ours": "addressee"}.get(answer)
    if needed and not texts[needed]:
        raise Invalid("field_missing", field=needed)
    others = tuple(each for each in state.driver if each.person != step.actor)
    return evolve(state, driver=(*others, DriverAnswer(step.actor or 0, answer, **texts)))


def can_accept_driver(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Everybody present has answered, and nobody says unclear or not ours."""
    waiting(state, at, frozenset(each.person for each in state.driver), state.here)
    doubts = [each for each in state.driver if each.answer != "clear"]
    if doubts:
        raise IllegalStep("driver_doubted", count=len(doubts))


def accept_driver(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The reason is clear and ours: present the text."""
    match(state, step.payload, "version")
    return evolve(state, **timed(state, {}, Stage.PRESENTED, step.at, terms))


def can_send_back(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Somebody says that the reason is unclear."""
    _somebody_says(state, "unclear")


def can_refer(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Somebody says that it is not ours."""
    _somebody_says(state, "not_ours")


def _somebody_says(state: Session, answer: str) -> None:
    if not any(each.answer == answer for each in state.driver):
        raise IllegalStep("nobody_says_so", answer=answer)


def send_back(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Back to the draft."""
    return evolve(state, **enter({"reason": step.payload["reason"]}, Stage.DRAFT, step.at))


def refer(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Hand the matter to whom it belongs; the end here."""
    changes = {"reason": step.payload["reason"], "addressee": step.payload["addressee"]}
    return evolve(state, **enter(changes, Stage.REFERRED, step.at))


def can_start(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Whoever facilitates, when the text is delivered; the clock, once the time to read it is over."""
    if actor is None and not over(state, at):
        raise IllegalStep("timer_running", ends_at=state.ends_at, until="")


def start(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The text has been presented: open the first round of clarifying."""
    match(state, step.payload, "version")
    return _round(state, Stage.CLARIFY, step.at, terms)


def _round(state: Session, stage: Stage, at: datetime, terms: ConsentTerms) -> Session:
    return evolve(state, **timed(state, {"round": state.round + 1}, stage, at, terms))


def can_speak(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """G1: exactly one turn per round."""
    if actor in spoken(state):
        raise IllegalStep("already_spoke")


def spoken(state: Session) -> frozenset[int]:
    """Return who has had a turn in this round."""
    return frozenset(turn.person for turn in state.turns if turn.round == state.round)


def turn(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Take the turn, or pass it (no text)."""
    match(state, step.payload, "round")
    taken = Turn(step.actor or 0, state.stage, state.round, str(step.payload.get("text", "")), step.at)
    return evolve(state, turns=(*state.turns, taken))


def answer_question(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The proposer answers, as often as needed: the question named, else the oldest without an answer."""
    asked = int(step.payload.get("question", 0)) or next(iter(unanswered(state)), 0)  # type: ignore[call-overload]
    if step.payload.get("question") and asked not in questions(state):
        raise Invalid("question_unknown", field="question")
    reply = Turn(step.actor or 0, state.stage, state.round, str(step.payload["text"]), step.at, asked)
    return evolve(state, replies=(*state.replies, reply))


def questions(state: Session) -> tuple[int, ...]:
    """Return what others than the proposer asked while clarifying, by its place among all turns, from 1."""
    return tuple(
        number
        for number, turn in enumerate(state.turns, start=1)
        if turn.stage is Stage.CLARIFY and turn.text and turn.person != state.proposer
    )


def unanswered(state: Session) -> tuple[int, ...]:
    """Return the questions that no reply names, oldest first."""
    answered = {reply.to for reply in state.replies}
    return tuple(number for number in questions(state) if number not in answered)


def can_close_round(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Everybody present has had a turn, or the timer has run out; in writing, each question has its answer."""
    waiting(state, at, spoken(state), state.here)
    if state.written and state.stage is Stage.CLARIFY and unanswered(state):
        raise IllegalStep("question_unanswered", count=len(unanswered(state)))


def close_clarify(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """One complete circle of passes leads to reactions; anything said opens one more round."""
    match(state, step.payload, "round")
    said = any(turn.text for turn in state.turns if turn.round == state.round)
    return _round(state, Stage.CLARIFY if said else Stage.REACT, step.at, terms)


def close_react(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """One round of reactions is enough."""
    match(state, step.payload, "round")
    return evolve(state, **enter({}, Stage.AMEND, step.at))


def complete(version: Version) -> None:
    """G8a: the text called has a review date, a responsible person and criteria; raises Invalid."""
    gaps = [name for name in ("text", "driver", *FOLLOW_UP) if not getattr(version, name)]
    if gaps:
        raise Invalid("follow_up_missing", field=gaps[0])


def can_keep(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """The text as it stands has everything that a call needs."""
    gaps = [name for name in FOLLOW_UP if not getattr(state.version, name)]
    if gaps:
        raise IllegalStep("follow_up_missing", field=gaps[0])


def keep(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Call objections to the text as it stands."""
    match(state, step.payload, "version")
    return open_call(state, step.at, terms, call=1)


def amend(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Change the text, then call objections to it."""
    match(state, step.payload, "version")
    version = next_version(state, step.payload, state.proposer, step.at)
    complete(version)
    return open_call(evolve(state, versions=(*state.versions, version)), step.at, terms, call=1)
