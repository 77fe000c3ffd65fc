"""To whom a message goes, when it is tried again, and what an answer means. Pure: instants and chance are arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from federation.rules.vocabulary import PUBLIC

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BACKOFF = (1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR)
LAST_BACKOFF = 12 * HOUR
UNAUTHORISED_BACKOFF = (1 * HOUR, 6 * HOUR, 24 * HOUR)  # the peer's copy of our key may be stale
JITTER = 0.25
GIVE_UP_AFTER = timedelta(days=30)
LONGEST_RETRY_AFTER_S = 24 * 3600
BREAKER_FAILURES = 5
BREAKER_OPEN_S = 300
PER_HOST = 2

GONE = 410
FINAL = frozenset({403, 404, 405, 406, 413, 415, 422, GONE, 400})
PATIENT = frozenset({408, 425, 429, 503})


@dataclass(frozen=True)
class Audience:
    """Whom a document names: `to` and `cc` as they are written in it."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        return PUBLIC in self.to or PUBLIC in self.cc


@dataclass(frozen=True)
class Recipient:
    """A follower, or a person named, and where they receive."""

    actor: str
    inbox: str
    shared_inbox: str = ""


def public_audience(member: str, node: str) -> Audience:
    """Everybody, with the member's and the node's followers in copy.

    >>> public_audience("https://n.example/u/alix", "https://n.example/actor").cc
    ('https://n.example/u/alix/followers', 'https://n.example/actor/followers')
    """
    return Audience((PUBLIC,), (f"{member}/followers", f"{node}/followers"))


def inboxes_to_reach(recipients: Iterable[Recipient], *, share: bool = True) -> tuple[str, ...]:
    """Return each inbox once, sorted; `share` folds those of one server into its shared inbox.

    >>> a = Recipient("https://b.example/u/1", "https://b.example/u/1/inbox", "https://b.example/inbox")
    >>> b = Recipient("https://b.example/u/2", "https://b.example/u/2/inbox", "https://b.example/inbox")
    >>> inboxes_to_reach([a, b]), len(inboxes_to_reach([a, b], share=False))
    (('https://b.example/inbox',), 2)
    """
    chosen = ((r.shared_inbox if share else "") or r.inbox for r in recipients)
    return tuple(sorted({inbox for inbox in chosen if inbox}))


class Verdict(Enum):
    """What becomes of a delivery after one attempt."""

    DONE = "done"
    AGAIN = "again"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Next:
    """The verdict, and for AGAIN the instant of the next attempt. `ill`: the host itself seems unwell."""

    verdict: Verdict
    at: datetime | None = None
    ill: bool = False


def after_attempt(
    *, status: int, attempts: int, queued_at: datetime, now: datetime, jitter: float, retry_after: int | None = None
) -> Next:
    """Classify an answer (`status` 0: none came) to attempt number `attempts`, counted from 1.

    `jitter` in [-1, 1] spreads the back-off by ± 25 %. See the table of answers in ARCHITECTURE.md.
    """
    if 200 <= status < 300:
        return Next(Verdict.DONE)
    if status in FINAL or 300 <= status < 400 or _tired_of_401(status, attempts):
        return Next(Verdict.REFUSED)
    ill = status == 0 or status >= 500
    if now - queued_at >= GIVE_UP_AFTER:
        return Next(Verdict.EXPIRED, ill=ill)
    return Next(Verdict.AGAIN, next_attempt(status, attempts, now, jitter, retry_after), ill)


def next_attempt(status: int, attempts: int, now: datetime, jitter: float, retry_after: int | None = None) -> datetime:
    """Return when to try again after `attempts` attempts; a peer that names a delay, up to 24 h, gets it.

    >>> from datetime import UTC
    >>> t = datetime(2026, 11, 22, tzinfo=UTC)
    >>> [str(next_attempt(500, n, t, 0.0) - t) for n in (1, 2, 3, 4, 5, 6, 60)]
    ['0:01:00', '0:05:00', '0:30:00', '2:00:00', '6:00:00', '12:00:00', '12:00:00']
    >>> str(next_attempt(503, 1, t, 1.0, retry_after=90) - t), str(next_attempt(0, 1, t, 1.0) - t)
    ('0:01:30', '0:01:15')
    """
    ladder = UNAUTHORISED_BACKOFF if status == 401 else BACKOFF
    wait = (ladder[attempts - 1] if attempts <= len(ladder) else LAST_BACKOFF) * (1 + JITTER * jitter)
    if status in PATIENT and retry_after is not None:
        wait = max(timedelta(seconds=min(retry_after, LONGEST_RETRY_AFTER_S)), timedelta(seconds=1))
    return now + wait


def _tired_of_401(status: int, attempts: int) -> bool:
    return status == 401 and attempts > len(UNAUTHORISED_BACKOFF)
