"""To whom a message goes, when it is tried again, and what an answer means. Pure: instants and chance are arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from federation.rules.vocabulary import PUBLIC

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BACKOFF = (1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR)
LAST_BACKOFF = 12 * HOUR
# The peer may have asked for our key before we answered, as when both start; else its copy may be stale.
UNAUTHORISED_BACKOFF = (2 * MINUTE, 1 * HOUR, 6 * HOUR, 24 * HOUR)
JITTER = 0.25
GIVE_UP_AFTER = timedelta(days=30)
LONGEST_RETRY_AFTER_S = 24 * 3600
BREAKER_FAILURES = 5  # in a row
PROBE_EVERY = 5 * MINUTE
BREAKER_EXPIRES = 1 * HOUR  # without a failure in this time, nothing is held against the host any more
UNREAD_FAILURES, UNREAD_SPAN = 5, 6 * HOUR

UNAUTHORISED, GONE = 401, 410
FINAL = frozenset({400, 403, 404, 405, 406, 413, 415, 422, GONE})
OUR_HEADERS = frozenset({406, 415})  # the peer does not like how we write, whatever we write
PATIENT = frozenset({408, 425, 429, 503})
PROPOSAL = "Proposal"


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


def followers_audience(member: str, node: str) -> Audience:
    """The member's and the node's followers, nobody else.

    >>> followers_audience("https://n.example/u/alix", "https://n.example/actor").public
    False
    """
    return Audience((f"{member}/followers", f"{node}/followers"))


def members_audience(collectives: Iterable[str]) -> Audience:
    """The members of some collectives, nobody else.

    >>> members_audience(["https://n.example/g/lievin"]).to
    ('https://n.example/g/lievin/members',)
    """
    return Audience(tuple(f"{collective}/members" for collective in collectives))


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


def after_attempt(  # noqa: PLR0913 - what is known of an attempt
    *,
    status: int,
    attempts: int,
    unauthorised: int = 0,
    queued_at: datetime,
    now: datetime,
    jitter: float,
    retry_after: int | None = None,
) -> Next:
    """Classify an answer (`status` 0: none came) to attempt number `attempts`, counted from 1.

    `unauthorised` counts the answers 401, this one included. `jitter` in [-1, 1] spreads the back-off by ± 25 %.
    The table of answers is in FEDERATION.md.
    """
    if 200 <= status < 300:
        return Next(Verdict.DONE)
    if status in FINAL or 300 <= status < 400 or _tired_of_401(status, unauthorised):
        return Next(Verdict.REFUSED)
    ill = is_ill(status)
    if now - queued_at >= GIVE_UP_AFTER:
        return Next(Verdict.EXPIRED, ill=ill)
    number = max(unauthorised, 1) if status == UNAUTHORISED else attempts
    return Next(Verdict.AGAIN, next_attempt(status, number, now, jitter, retry_after), ill)


def next_attempt(status: int, attempts: int, now: datetime, jitter: float, retry_after: int | None = None) -> datetime:
    """Return when to try again after `attempts` attempts; a peer that names a delay, up to 24 h, gets it.

    >>> from datetime import UTC
    >>> t = datetime(2026, 11, 22, tzinfo=UTC)
    >>> [str(next_attempt(500, n, t, 0.0) - t) for n in (1, 2, 3, 4, 5, 6, 60)]
    ['0:01:00', '0:05:00', '0:30:00', '2:00:00', '6:00:00', '12:00:00', '12:00:00']
    >>> str(next_attempt(503, 1, t, 1.0, retry_after=90) - t), str(next_attempt(0, 1, t, 1.0) - t)
    ('0:01:30', '0:01:15')
    """
    ladder = UNAUTHORISED_BACKOFF if status == UNAUTHORISED else BACKOFF
    wait = (ladder[attempts - 1] if attempts <= len(ladder) else LAST_BACKOFF) * (1 + JITTER * jitter)
    if status in PATIENT and retry_after is not None:
        wait = max(timedelta(seconds=min(retry_after, LONGEST_RETRY_AFTER_S)), timedelta(seconds=1))
    return now + wait


def is_ill(status: int) -> bool:
    """Whether this answer (0: none) says that the host is unwell, whatever it was asked."""
    return status == 0 or status >= 500


def is_error(status: int) -> bool:
    """Whether the peer failed at what it was sent (5xx), and did not just ask for time.

    >>> is_error(500), is_error(503), is_error(0), is_error(422)
    (True, False, False, False)
    """
    return status >= 500 and status not in PATIENT


def names_delay(status: int, retry_after: int | None) -> bool:
    """Whether the host as a whole asks to be left alone for a while."""
    return status in PATIENT and retry_after is not None


def may_have_moved(status: int) -> bool:
    """Whether to look again where the actor receives: the inbox is not there, or knows us by an old key."""
    return status in {404, UNAUTHORISED} or 300 <= status < 400


def _tired_of_401(status: int, unauthorised: int) -> bool:
    return status == UNAUTHORISED and unauthorised > len(UNAUTHORISED_BACKOFF)


# --- The breaker of a host --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Health:
    """How a host answered lately: failures in a row and, once they are five, an open breaker.

    While the breaker is open (`open_until`), nothing is sent but one probe at a time, not before `probe_until`.
    """

    failures: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None

    def patience(self, now: datetime) -> int:
        """Return how many failures in a row are still borne: 0 now sends nothing, 1 is a probe.

        >>> from datetime import UTC
        >>> t = datetime(2026, 11, 22, tzinfo=UTC)
        >>> Health(3).patience(t), Health(5, t + HOUR, t + MINUTE).patience(t), Health(9, t + HOUR, t).patience(t)
        (2, 0, 1)
        >>> Health(9, t, t).patience(t)
        5
        """
        if not self.is_open(now):
            return max(BREAKER_FAILURES - self._counted(now), 1)
        return int(self.probe_until is None or self.probe_until <= now)

    def is_open(self, now: datetime) -> bool:
        """Whether only probes are sent."""
        return self.open_until is not None and self.open_until > now

    def failed(self, now: datetime) -> "Health":
        """Return the health after one more failure."""
        failures = self._counted(now) + 1
        if failures < BREAKER_FAILURES:
            return Health(failures)
        return Health(failures, now + BREAKER_EXPIRES, now + PROBE_EVERY)

    def probing(self, until: datetime) -> "Health":
        """Return the health while the one probe is under way, at most until `until`."""
        return Health(self.failures, self.open_until, until)

    def _counted(self, now: datetime) -> int:
        return 0 if self.open_until is not None and self.open_until <= now else self.failures


WELL = Health()


# --- What a peer does not read ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Reception:
    """How a peer took one type of object: when it last accepted one; its errors (5xx) since the first of them."""

    accepted_at: datetime | None = None
    failures: int = 0
    first_failed_at: datetime | None = None

    def accepted(self, now: datetime) -> "Reception":
        """Return the reception after an answer 2xx."""
        return Reception(now)

    def failed(self, now: datetime) -> "Reception":
        """Return the reception after an answer 5xx."""
        return Reception(self.accepted_at, self.failures + 1, self.first_failed_at or now)

    def hopeless(self, now: datetime, *, else_accepted_at: datetime | None) -> bool:
        """Whether the peer fails at this type alone: never accepted, five errors over six hours, other things taken.

        A peer that fails at everything is ill, and keeps its thirty days.
        """
        if self.accepted_at or self.failures < UNREAD_FAILURES or self.first_failed_at is None:
            return False
        meanwhile = else_accepted_at is not None and else_accepted_at >= self.first_failed_at
        return meanwhile and now - self.first_failed_at >= UNREAD_SPAN


def companion_of(activity: str, object_uri: str) -> tuple[str, str]:
    """Return the ids of the activity and of the Note that say the same to those who read no Proposal.

    >>> companion_of("https://n.example/p/1/update/2", "https://n.example/p/1")
    ('https://n.example/p/1/note/update/2', 'https://n.example/p/1/note')
    """
    return f"{object_uri}/note{activity.removeprefix(object_uri)}", f"{object_uri}/note"
