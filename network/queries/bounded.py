"""A store that forgets what was unused for longest."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """A store of values that together weigh at most `size`; the one unused for longest goes first.

    Each weighs 1 if not said otherwise: then `size` is how many there are.
    """

    def __init__(self, size: int, weigh: Callable[[T], int] = lambda value: 1) -> None:
        self.size = size
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value under `key`, made now if absent (twice at worst, when two threads ask at once)."""
        found = self.peek(key)
        if found is not None:
            return found
        value = make()
        self.put(key, value)
        return value

    def peek(self, key: Hashable) -> T | None:
        """Return the value under `key`, None if there is none."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: T) -> None:
        """Keep `value` under `key`, in place of what is there."""
        with self._lock:
            self._forget(key)
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self.size:
                self._forget(next(iter(self._values)))

    def drop(self, unless: Callable[[Any], bool]) -> None:
        """Forget whatever lies under another key."""
        with self._lock:
            for key in [key for key in self._values if not unless(key)]:
                self._forget(key)

    def _forget(self, key: Hashable) -> None:
        if key in self._values:
            self._weight -= self._weigh(self._values.pop(key))

    @property
    def weight(self) -> int:
        return self._weight

    def __len__(self) -> int:
        return len(self._values)
