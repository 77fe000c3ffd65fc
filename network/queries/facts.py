"""The facts of the web of trust, read from the rows: all of them, or those of a few people."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from network.models import Membership, MembershipState, Tombstone, Vouch
from network.rules.facts import Facts, Grave, MemberFact, VouchFact, sha256_hex

__all__ = ["all_facts", "facts_about", "facts_between", "facts_of", "heard", "memberships"]

AT_ONCE = 500  # values in one question to the database
COLUMNS = (
    "uri", "issuer__uri", "subject__uri", "kind", "level", "issued_at", "expires_at", "charter", "public", "entered_at",
    "versions",
)  # fmt: skip
VERSIONS = Case(  # a paper of ours that was signed anew, after a key was stolen, is no renewal
    When(issuer__local=True, issued_at__lte=F("entered_at"), then=Value(1)),
    default=F("revision"),
    output_field=IntegerField(),
)


def all_facts() -> Facts:
    """Return everything: three queries, and an object for each row."""
    graves = [Grave(*row) for row in Tombstone.objects.values_list("uri_digest", "issuer_digest").iterator()]
    return Facts.of(_vouches(heard()), graves, _members(memberships()))


def facts_of(people: Collection[str], *, seen_by: str = "") -> Facts:
    """Return what these people, by uri, have issued, its tombstones, and where they belong."""
    rows = _seen(seen_by)
    return _with_others(
        people, (fact for part in _parts(people) for fact in _vouches(rows.filter(issuer__uri__in=part)))
    )


def facts_about(subject: str, *, seen_by: str = "") -> Facts:
    """Return what others say of one person, and where they and whoever says it belong."""
    return _with_others([subject], _vouches(_seen(seen_by).filter(subject__uri=subject)))


def facts_between(issuers: Collection[str], subjects: Collection[str], *, seen_by: str = "") -> Facts:
    """Return what some people say of some others."""
    rows = _seen(seen_by).filter(subject__uri__in=list(subjects))
    return _with_others((), (fact for part in _parts(issuers) for fact in _vouches(rows.filter(issuer__uri__in=part))))


def _seen(by: str) -> QuerySet[Vouch]:
    """Private ones are read for their own issuer only: for anybody else not even the number of questions tells."""
    return heard().filter(Q(public=True) | Q(issuer__uri=by))


def _with_others(people: Iterable[str], said: Iterable[VouchFact]) -> Facts:
    vouches = list(said)
    named = {*people, *(fact.issuer for fact in vouches)}
    rows = (row for part in _parts(named) for row in _members(memberships().filter(member__uri__in=part)))
    return Facts.of(vouches, _graves_over(vouches), rows)


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sorted(values))
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _graves_over(vouches: Iterable[VouchFact]) -> Iterator[Grave]:
    for part in _parts({sha256_hex(fact.id) for fact in vouches}):
        rows = Tombstone.objects.filter(uri_digest__in=part).values_list("uri_digest", "issuer_digest")
        yield from (Grave(*row) for row in rows)


def heard() -> QuerySet[Vouch]:
    """Return the attestations of all but members of blocked nodes."""
    return Vouch.objects.filter(issuer__muted=False)


def _vouches(rows: QuerySet[Vouch]) -> Iterator[VouchFact]:
    return (VouchFact(*row) for row in rows.annotate(versions=VERSIONS).values_list(*COLUMNS).iterator())


def memberships() -> QuerySet[Membership]:
    """Return present and former ones; a candidate is no member yet, a suspended one counts for nothing meanwhile."""
    ended = Q(state=MembershipState.ENDED, until__isnull=False)
    return Membership.objects.filter(Q(state=MembershipState.ACTIVE) | ended)


def _members(rows: QuerySet[Membership]) -> Iterator[MemberFact]:
    return (MemberFact(*row) for row in rows.values_list("collective__uri", "member__uri", "since", "until").iterator())
