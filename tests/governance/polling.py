"""A decision that consent did not settle, act by act, for the tests of votes."""

from copy import deepcopy
from types import SimpleNamespace
from unittest.mock import patch
from uuid import uuid4

from governance.actions.charter import adopt_charter
from governance.actions.polls import cast_ballot, close_poll
from governance.models import Charter, Poll, Proxy
from governance.rules.charter import Terms, parts
from network.clock import day_of, now
from tests.governance.conftest import OBJECTION

PASSWORD = "motdepasse-1"


def allow_votes(cast, *, kind="ordinary", **of_class):
    """Put a charter in force under which a vote may settle a decision of that class after one integration."""
    text, terms = parts(Charter.objects.filter(collective=cast.collective).latest("version").document)
    figures = {**terms.figures, "consent.fallback_min_loops": 1, "ballot.secrecy_floor": 3}
    figures |= {name: of_class.pop(name) for name in list(of_class) if "." in name}
    classes = deepcopy(dict(terms.classes))
    classes[kind] = {**classes[kind], "fallback": True, "proxies": True, **of_class}
    return adopt_charter(collective=cast.collective, text=text, terms=Terms(figures, classes))


def on_charter(cast, **of_class) -> Poll:
    """A named vote on a text of the class of the charter."""
    cast.decision_class = "charter"
    allow_votes(cast, kind="charter", cites_article=False, **of_class)
    return to_vote(cast)


def to_vote(cast) -> Poll:
    """From the agenda to the vote."""
    to_brink(cast)
    leave(cast, version=2, exit="fallback")
    return Poll.objects.get(session=cast.session())


def to_brink(cast) -> None:
    """Up to the last step before it: Camille objects, to the first text and to the one that was to answer."""
    cast.to_call()
    for version in (1, 2):
        cast.answer(cast.alix, cast.bachir, version=version)
        cast.do(cast.camille, "position", version=version, call=1, **OBJECTION)
        cast.do(cast.bachir, "reveal", version=version, call=1)
        for member in (cast.alix, cast.bachir):
            cast.do(member, "judge", objection=version, agree="yes")
        cast.do(cast.bachir, "close_test", objection=version)
        if version == 1:
            leave(cast, exit="alternative", text="Nous nous réunissons au local chaque premier lundi du mois.")


def leave(cast, *, version=1, **payload):
    """The facilitator ends the integration by one of its exits."""
    cast.do(cast.bachir, "choose_exit", version=version, reason="Nous n’avançons plus.", **payload)


def vote(poll, member, choice="for", *, of=None, key=None, password=PASSWORD, **more):
    """Cast a ballot; a secret vote asks for the password."""
    payload = {"choice": choice} | ({"member": of.pk} if of else {})
    return cast_ballot(poll_id=poll.pk, actor=member, payload=payload, key=key or uuid4(), password=password, **more)


def carried_with_proxy(cast) -> None:
    """Carried by two to one: Alix also votes for Camille, whose proxy she holds; Bachir is against."""
    allow_votes(cast)
    Proxy.objects.create(circle=cast.circle, giver=cast.camille, holder=cast.alix, ends_on=day_of(now()))
    poll = to_vote(cast)
    vote(poll, cast.alix)
    vote(poll, cast.bachir, "against")
    vote(poll, cast.alix, of=cast.camille)
    end(poll)


def end(poll) -> None:
    """Its end comes, and the clock closes it."""
    instant = poll.closes_at.timestamp()
    with patch("network.clock.time", SimpleNamespace(time=lambda: instant)):
        assert close_poll(poll_id=poll.pk)
