"""A message from outside as its handlers see it, and what they give back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from federation.models import Outcome
from federation.rules.origins import id_of, is_uri, same_origin
from network.errors import DomainError

__all__ = ["Done", "Effect", "Ignored", "Message", "message_of"]


class Ignored(DomainError):
    """We need not act on this message; the code says why."""


@dataclass(frozen=True)
class Done:
    """What became of a message."""

    outcome: str = Outcome.APPLIED
    detail: str = ""


Effect = Callable[[], Done]  # runs in the transaction that records the outcome; fetches nothing


@dataclass(frozen=True)
class Message:
    """An activity of `actor`, who is proven. `object` is the embedded object if it is the actor's own, else None."""

    id: str
    kind: str
    actor: str
    object_id: str
    object: dict[str, Any] | None
    document: dict[str, Any] = field(default_factory=dict, repr=False)  # the whole activity

    @property
    def about(self) -> str:
        """Whether its object is the sender (`actor`) or something else (`object`)."""
        return "actor" if self.object_id == self.actor else "object"


def message_of(document: dict[str, Any], actor: str) -> Message:
    """Return the activity `document` of `actor`; an embedded object of another owner or origin counts as its id only.

    An object without a usable id gives the empty text: what needs one will not find it.
    """
    inner = document.get("object")
    inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    object_id = str(id_of(inner)) if is_uri(id_of(inner)) else ""
    embedded = None
    if isinstance(inner, dict) and same_origin(object_id, actor) and id_of(inner.get("attributedTo")) == actor:
        named = inner if {"to", "cc"} & set(inner) else document  # what names nobody is for whom it was sent to
        audience = {key: named[key] for key in ("to", "cc") if key in named}
        embedded = {"@context": document.get("@context"), **inner, **audience}
    return Message(str(document["id"]), str(document["type"]), actor, object_id, embedded, document)
