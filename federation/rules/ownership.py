"""Who may do what to whose thing: creator = owner; only the owner changes, deletes or undoes (FEP-fe34).

The owner of an actor is its id; of an activity, its actor; of anything else, `attributedTo` or, if absent, whoever
created it. Only what the message itself and known owners show is judged here; what must be fetched is judged later.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from federation.errors import Refused
from federation.rules.origins import id_of, same_origin

__all__ = ["check_ownership", "touched"]

ACTORS = {"Application", "Group", "Organization", "Person", "Service"}

Node = Mapping[str, Any]


def check_ownership(activity: Node, known: Mapping[str, str]) -> None:
    """Raise Refused("owner") if `activity` touches what its actor does not own.

    `known` maps ids to the owners we hold for them; ids not in it are judged by origin and claim alone.

    >>> check_ownership({"type": "Delete", "actor": "https://a.example/u/x", "object": "https://a.example/p/1"}, {})
    >>> check_ownership({"type": "Delete", "actor": "https://a.example/u/x", "object": "https://b.example/p/1"}, {})
    Traceback (most recent call last):
    federation.errors.Refused: owner {'why': 'Delete'}
    """
    kind, actor = str(activity["type"]), str(activity["actor"])
    rule = RULES.get(kind)
    if rule is not None and not rule(activity, actor, known):
        raise Refused("owner", why=kind)


def touched(activity: Node) -> list[str]:
    """Return the ids whose known owners `check_ownership` wants: those of object and target.

    >>> touched({"object": {"id": "https://a.example/1"}, "target": "https://a.example/c"})
    ['https://a.example/1', 'https://a.example/c']
    """
    values = [*_items(activity.get("object")), *_items(activity.get("target"))]
    return [found for value in values if (found := id_of(value)) is not None]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(activity: Node) -> Iterator[object]:
    yield from _items(activity.get("object"))


def _claims(thing: Node) -> list[str | None]:
    """Return the owners that an embedded thing names: none, one, or several (which nobody owns).

    An actor owns itself, whoever else it says it belongs to: a channel, say, to the people who run it.
    """
    kinds = {kind for kind in _items(thing.get("type")) if isinstance(kind, str)}
    if kinds and kinds <= ACTORS:
        return [id_of(thing)]
    named = [id_of(item) for name in ("attributedTo", "actor") for item in _items(thing.get(name))]
    return [*named, id_of(thing)] if kinds & ACTORS else named


def _owns(thing: object, actor: str, known: Mapping[str, str]) -> bool:
    found = id_of(thing)
    if found is None or not same_origin(found, actor) or known.get(found, actor) != actor:
        return False
    return not isinstance(thing, Mapping) or all(owner == actor for owner in _claims(thing))


def _creates(activity: Node, actor: str, known: Mapping[str, str]) -> bool:
    """An embedded object is its creator's, at the creator's origin; one named by its id alone is fetched there.

    If we hold it as another's of that origin, one of the two was first with an id that is not theirs. Which of them is
    asked of the origin later (federation/received/disputes.py); an actor's own id is the actor's in any case.
    """
    embedded = [thing for thing in _objects(activity) if isinstance(thing, Mapping)]
    return all(_owns(thing, actor, known if _is_known_actor(thing, known) else {}) for thing in embedded)


def _is_known_actor(thing: object, known: Mapping[str, str]) -> bool:
    found = id_of(thing)
    return found is not None and known.get(found) == found


def _changes(activity: Node, actor: str, known: Mapping[str, str]) -> bool:
    things = list(_objects(activity))
    return bool(things) and all(_owns(thing, actor, known) for thing in things)


def _answers(activity: Node, actor: str, _known: Mapping[str, str]) -> bool:
    """Only the one followed answers a Follow; other answers are judged where the thing asked for is known.

    A Follow that is repeated without its object (apkit does) goes by its id, as one that is named only does.
    """
    follows = [thing for thing in _objects(activity) if isinstance(thing, Mapping) and thing.get("type") == "Follow"]
    return all(id_of(follow["object"]) == actor for follow in follows if follow.get("object") is not None)


def _lists(activity: Node, actor: str, known: Mapping[str, str]) -> bool:
    targets = _items(activity.get("target"))
    return bool(targets) and all(_owns(target, actor, known) for target in targets)


def _moves(activity: Node, actor: str, _known: Mapping[str, str]) -> bool:
    return [id_of(thing) for thing in _objects(activity)] == [actor]


def _follows(activity: Node, actor: str, _known: Mapping[str, str]) -> bool:
    followed = [id_of(thing) for thing in _objects(activity)]
    return len(followed) == 1 and followed[0] not in {None, actor}


RULES: dict[str, Callable[[Node, str, Mapping[str, str]], bool]] = {
    "Create": _creates,
    "Update": _changes,
    "Delete": _changes,
    "Undo": _changes,
    "Accept": _answers,
    "Reject": _answers,
    "Add": _lists,
    "Remove": _lists,
    "Move": _moves,
    "Follow": _follows,
}
