"""What is said of somebody in a decision about them stays among members, and is erased after its time.

Minutes and register tell it without words. The journals hold commitments under `sealed`, a name that no act has; the
words lie beside them, and a step read later is opened with those that are still there.
"""

from collections.abc import Callable, Mapping

from governance.rules.session import Answer, Objection, Position, Revealed, Session, Step, Turn, evolve

__all__ = ["covered", "discreet", "marks_in", "opened"]

OURS = frozenset({"time_out", "too_few_positions"})  # reasons that are nobody's words
KEPT = "[propos gardés entre membres]"
ERASED = "[propos effacés]"
SEALED = "sealed"
SAID = frozenset({"text", "consequence", "fact", "reason", "addressee"})
TEXTS = frozenset({"edit_draft", "amend", "offer_amendment", "bring_back"})  # what is decided on, open to all readers
_ONLY: Mapping[str, frozenset[str]] = {
    "choose_exit": frozenset({"reason", "addressee"}),
    "prepare": frozenset(),
}
Payload = dict[str, object]


def covered(step: Step, keep: Callable[[str, int | None], str]) -> Step:
    """Return the step as a journal holds it: `keep(words, author)` puts words aside and returns their commitment."""
    if step.kind in TEXTS:
        return step
    payload = _covered(step.payload, _ONLY.get(step.kind, SAID), step.actor, keep)
    if step.kind == "prepare" and isinstance(step.payload.get("objections"), list):
        carried: list[Payload] = step.payload["objections"]  # type: ignore[assignment]
        payload["objections"] = [_covered(each, SAID, int(str(each["author"])), keep) for each in carried]
    return evolve(step, payload=payload)


def _covered(
    said: Mapping[str, object], names: frozenset[str], author: int | None, keep: Callable[[str, int | None], str]
) -> Payload:
    marks = {name: keep(str(said[name]), author) for name in sorted(names & said.keys()) if said[name]}
    rest = {name: value for name, value in said.items() if name not in marks}
    return {**rest, SEALED: marks} if marks else rest


def marks_in(payload: object) -> set[str]:
    """Return the commitments of the words that lie beside a step.

    >>> sorted(marks_in({"objections": [{"author": 1, "sealed": {"fact": "ab"}}], "sealed": {"text": "cd"}}))
    ['ab', 'cd']
    """
    if isinstance(payload, list | tuple):
        return {mark for each in payload for mark in marks_in(each)}
    if not isinstance(payload, Mapping):
        return set()
    own = {str(mark) for mark in payload.get(SEALED, {}).values()}
    return own | {mark for name, each in payload.items() if name != SEALED for mark in marks_in(each)}


def opened(payload: Mapping[str, object], words: Mapping[str, str]) -> Payload:
    """Return a payload with its words back in place; where they are erased, what says so.

    >>> opened({"choice": "concern", "sealed": {"text": "ab"}}, {"ab": "Rien."})
    {'choice': 'concern', 'text': 'Rien.'}
    """
    rest = {name: _opened(each, words) for name, each in payload.items() if name != SEALED}
    marks: Mapping[str, str] = payload.get(SEALED, {})  # type: ignore[assignment]
    return rest | {name: words.get(mark, ERASED) for name, mark in marks.items()}


def _opened(value: object, words: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_opened(each, words) for each in value]
    return opened(value, words) if isinstance(value, Mapping) else value


def discreet(state: Session) -> Session:
    """Return the decision without the words of positions, rounds, objections and judgments."""
    return evolve(
        state,
        turns=tuple(_turn(each) for each in state.turns),
        replies=tuple(_turn(each) for each in state.replies),
        revealed=tuple(_call(each) for each in state.revealed),
        objections=tuple(_objection(each) for each in state.objections),
        concerns=tuple(_position(each) for each in state.concerns),
        reason=state.reason if state.reason in OURS else _kept(state.reason),
        addressee=_kept(state.addressee),
    )


def _turn(turn: Turn) -> Turn:
    return evolve(turn, text=_kept(turn.text))


def _kept(text: str) -> str:
    return KEPT if text else ""


def _call(call: Revealed) -> Revealed:
    return evolve(call, positions=tuple(_position(each) for each in call.positions))


def _position(position: Position) -> Position:
    words = {name: _kept(getattr(position, name)) for name in ("text", "consequence", "fact")}
    return evolve(position, **words)


def _objection(objection: Objection) -> Objection:
    words = {name: _kept(getattr(objection, name)) for name in ("text", "consequence", "fact")}
    judged = {
        "judgments": tuple(_answer(each) for each in objection.judgments),
        "jury_votes": tuple(_answer(each) for each in objection.jury_votes),
        "juries": tuple(tuple(_answer(each) for each in jury) for jury in objection.juries),
    }
    return evolve(objection, **words, **judged)


def _answer(answer: Answer) -> Answer:
    return evolve(answer, reason=_kept(answer.reason))
