"""What is said of somebody in a decision about them stays among members: minutes and register tell it without words."""

from governance.rules.session import Answer, Objection, Position, Revealed, Session, Turn, evolve

__all__ = ["discreet"]

KEPT = "[propos gardés entre membres]"


def discreet(state: Session) -> Session:
    """Return the decision without the words of positions, rounds, objections and judgments."""
    return evolve(
        state,
        turns=tuple(_turn(each) for each in state.turns),
        replies=tuple(_turn(each) for each in state.replies),
        revealed=tuple(_call(each) for each in state.revealed),
        objections=tuple(_objection(each) for each in state.objections),
        concerns=tuple(_position(each) for each in state.concerns),
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
