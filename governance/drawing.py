"""How rooms are put in words for sockets: plain JSON, unless the frontend has registered its own hand.

Both hands get plain values and a language. A personal view names nobody: it is drawn once for all who see the same.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from governance.queries.shapes import Audience, RoomState, RoomView

__all__ = ["PLAIN", "Hand", "hand", "set_hand"]


def _passing(state: RoomState, language: str) -> str:
    return json.dumps({"passing": asdict(state.passing)}, default=str)


@dataclass(frozen=True)
class Hand:
    """`state`, `passing` and `mine` draw; audiences of one `look` get the same text."""

    state: Callable[[RoomState, str], str]
    mine: Callable[[RoomView, str], str]
    look: Callable[[Audience], str]
    passing: Callable[[RoomState, str], str] = _passing


def _state(state: RoomState, language: str) -> str:
    return json.dumps({"seq": state.seq, "state": asdict(state)}, default=str)


def _mine(view: RoomView, language: str) -> str:
    return json.dumps({"mine": asdict(view.mine)}, default=str)


PLAIN = Hand(_state, _mine, str)
_hand = [PLAIN]


def set_hand(drawing: Hand) -> None:
    """Register who draws rooms."""
    _hand[0] = drawing


def hand() -> Hand:
    """Return who draws rooms."""
    return _hand[0]
