"""Many messages to many inboxes at once: a hundred requests under way, never more than two for one host.

Threads over the one window (`client.post_as`): every address is judged there as for any other request, no event loop
is left behind in a worker, and signing, which lets go of the interpreter, uses every core. No thread touches a row.
"""

import logging
import time
from collections import defaultdict, deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Lock

from federation import client
from federation.rules.delivery import is_ill, names_delay
from federation.rules.signatures import SigningKey

__all__ = ["PER_HOST", "Parcel", "Posted", "post_all"]

log = logging.getLogger("toile.federation")

AT_ONCE = 100
PER_HOST = 2
GROUP_S = 0.5  # answers that come within this time are handed over together


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one inbox. `row` is the sender's own mark; `form` how the host likes to be signed to."""

    row: int
    inbox: str
    host: str
    body: bytes
    signer: SigningKey
    form: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a parcel. `form` is the one that was let in; `answer` is None if it was not tried."""

    parcel: Parcel
    answer: client.Answer | None = None
    form: str = ""


@dataclass(slots=True)
class _Lane:
    """The parcels for one host, how many failures in a row it is still allowed, and how many requests are under way."""

    waiting: deque[Parcel] = field(default_factory=deque)
    patience: int = 1
    left: int = 1
    under_way: int = 0
    lock: Lock = field(default_factory=Lock)

    def next(self) -> Parcel | None:
        """Return the parcel to send now, if any. While the last failure allowed may be under way nothing more is."""
        with self.lock:
            if not self.waiting or self.under_way >= self.left:
                return None
            self.under_way += 1
            return self.waiting.popleft()

    def heed(self, answer: client.Answer) -> None:
        """Learn from an answer: a host that is unwell, or asks for time, gets no more of this batch."""
        with self.lock:
            self.under_way -= 1
            if is_ill(answer.status):
                self.left -= 1
            elif names_delay(answer.status, answer.retry_after):
                self.left = 0
            elif self.left > 0:
                self.left = self.patience

    def rest(self) -> list[Parcel]:
        """Return, once, what will not be sent: nothing while somebody is still at it."""
        with self.lock:
            if self.under_way:
                return []
            untried = list(self.waiting)
            self.waiting.clear()
            return untried


def post_all(
    parcels: Iterable[Parcel], patience: Mapping[str, int], until: float
) -> Generator[list[Posted], None, None]:
    """Send the parcels, in their order for each host, and yield what came of them in groups, as answers arrive.

    Every parcel comes back once. After `until` (monotonic clock, seconds), or once a host has failed as often in a row
    as `patience` bears, parcels come back untried; a request under way ends by its own deadline.
    """
    lanes: defaultdict[str, _Lane] = defaultdict(_Lane)
    number = 0
    for parcel in parcels:
        lane = lanes[parcel.host]
        lane.patience = lane.left = patience.get(parcel.host, 1)
        lane.waiting.append(parcel)
        number += 1
    answers: SimpleQueue[Posted] = SimpleQueue()
    stop = Event()
    with ThreadPoolExecutor(max(1, min(AT_ONCE, sum(_width(lane) for lane in lanes.values())))) as threads:
        for turn in range(PER_HOST):  # every host's first message before any host's second
            for lane in lanes.values():
                if turn < _width(lane):
                    threads.submit(_work, lane, answers, until, stop)
        try:
            yield from _groups(answers, number)
        finally:
            stop.set()


def _width(lane: _Lane) -> int:
    return min(PER_HOST, len(lane.waiting), lane.patience)


def _work(lane: _Lane, answers: "SimpleQueue[Posted]", until: float, stop: Event) -> None:
    while not stop.is_set() and time.monotonic() < until and (parcel := lane.next()):
        answers.put(_post(parcel, lane))
    for parcel in lane.rest():
        answers.put(Posted(parcel))


def _post(parcel: Parcel, lane: _Lane) -> Posted:
    try:
        answer, form = client.post_as(parcel.form, parcel.inbox, parcel.body, signer=parcel.signer)
    except Exception:  # noqa: BLE001 - a surprise with one message blocks no other, and is met again
        log.exception("posting to %s failed", parcel.inbox)
        answer, form = client.Answer(0, error="failed"), ""
    lane.heed(answer)
    return Posted(parcel, answer, form)


def _groups(answers: "SimpleQueue[Posted]", number: int) -> Iterator[list[Posted]]:
    while number:
        group, end = [answers.get()], time.monotonic() + GROUP_S
        while len(group) < number:
            try:
                group.append(answers.get(timeout=max(end - time.monotonic(), 0)))
            except Empty:
                break
        number -= len(group)
        yield group
