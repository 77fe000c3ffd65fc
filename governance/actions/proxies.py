"""Giving somebody of one's circle a proxy, and ending it. The circle's row is locked, then those of its open votes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.actions.journal import key_of
from governance.actions.mandates import note
from governance.actions.polls import locked_poll
from governance.errors import IllegalStep, NotFound, WrongState
from governance.models import Circle, Poll, Proxy, RollEntry
from governance.permissions import can_follow, check_gives_proxy, check_holds_proxy
from governance.queries.election_states import locked_circle
from governance.queries.proxies import check_no_vote_open, given_in
from governance.queries.states import charter_of, terms_of
from governance.rules.proxies import Given, allows, check_gift, until
from network.clock import day_of, now
from network.models import Member

__all__ = ["EndedProxy", "end_proxy", "give_proxy"]


@dataclass(frozen=True)
class EndedProxy:
    """A proxy that has ended. `kept`: the votes, still open, where its holder had voted before: that ballot stands."""

    proxy: Proxy
    kept: tuple[Poll, ...]


@transaction.atomic
def give_proxy(*, actor: Member, circle_id: int, holder_id: int, key: UUID | str, ends_on: date | None = None) -> Proxy:
    """Let somebody of the circle vote for oneself in its votes to come; without `ends_on`, as long as may be.

    The same act under the same key gets the same proxy. Raises as `check_gives_proxy`, `check_holds_proxy`,
    `rules.proxies.check_gift` and `until`; WrongState `key_reused`, `proxy_vote_open`; IllegalStep
    `proxies_not_allowed`; NotFound; TermMissing.
    """
    key = key_of(key)
    circle = _circle(circle_id, actor)
    done = Proxy.objects.filter(key=key).first()
    if done is not None:
        return _same(done, circle, actor, holder_id)
    check_gives_proxy(actor, circle)
    terms, at = terms_of(charter_of(circle.collective)), now()
    if not allows(terms):
        raise IllegalStep("proxies_not_allowed")
    most, last = terms.whole("poll.proxies_max"), until(day_of(at), ends_on, terms)
    check_gift(Given(actor.pk, holder_id), given_in(circle, day_of(at)), most)
    holder = Member.objects.filter(pk=holder_id).first()
    check_holds_proxy(holder, circle)
    check_no_vote_open(circle, actor.pk, at)
    Proxy.objects.filter(circle=circle, giver=actor, ended_at=None).update(ended_at=at)  # one that ended by itself
    given = _written(Proxy(circle=circle, giver=actor, holder=holder, given_at=at, ends_on=last, key=key))
    note(circle, "proxy_given", actor, at, holder)
    return given


def _circle(circle_id: int, actor: Member) -> Circle:
    circle = locked_circle(circle_id)
    if not can_follow(actor, circle):
        raise NotFound("circle_unknown")
    return circle


def _same(done: Proxy, circle: Circle, actor: Member, holder_id: int) -> Proxy:
    if (done.circle_id, done.giver_id, done.holder_id) != (circle.pk, actor.pk, holder_id):
        raise WrongState("key_reused")
    return done


def _written(row: Proxy) -> Proxy:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the same key at the same time, in another circle
        raise WrongState("key_reused") from None
    return row


@transaction.atomic
def end_proxy(*, actor: Member, proxy_id: int) -> EndedProxy:
    """Withdraw the proxy that one gave, or give back the one that one holds. One that has ended stays as it was.

    Its holder leaves the rolls of the votes that are open, unless they have voted: a ballot that was acknowledged
    counts, and only its giver, in person, may still change it where it is a named one. Raises NotFound `proxy_unknown`.
    """
    found = Proxy.objects.select_related("circle").filter(pk=proxy_id).first()
    if found is None or actor.pk not in {found.giver_id, found.holder_id}:
        raise NotFound("proxy_unknown")
    circle = locked_circle(found.circle_id)
    proxy = Proxy.objects.select_related("giver", "holder", "circle").get(pk=proxy_id)
    if proxy.ended_at is not None:
        return EndedProxy(proxy, ())
    kept = tuple(poll for poll in _open_polls(proxy) if not _leaves_roll(poll, proxy))
    proxy.ended_at = now()
    proxy.save(update_fields=["ended_at"])
    given_back = actor.pk == proxy.holder_id
    other = proxy.giver if given_back else proxy.holder
    note(circle, "proxy_returned" if given_back else "proxy_withdrawn", actor, proxy.ended_at, other)
    return EndedProxy(proxy, kept)


def _open_polls(proxy: Proxy) -> list[Poll]:
    """Return the open votes on whose roll this proxy stands, each locked, in one order for everybody."""
    places = RollEntry.objects.filter(member=proxy.giver, holder=proxy.holder, poll__closed_at=None)
    mine = places.filter(poll__session__proposal__circle=proxy.circle).order_by("poll").values_list("poll", flat=True)
    locked = [locked_poll(pk) for pk in mine]
    return [poll for poll in locked if poll.closed_at is None]  # one whose end has come may be given more time


def _leaves_roll(poll: Poll, proxy: Proxy) -> bool:
    """Take the holder off the roll of a locked vote; False if their ballot is there already.

    Where the giver has voted in person nobody holds anything for them any more either.
    """
    place = RollEntry.objects.select_for_update(of=("self",)).get(poll=poll, member=proxy.giver)
    if place.has_voted and place.by_holder:
        return False
    place.holder = None
    place.save(update_fields=["holder"])
    return True
