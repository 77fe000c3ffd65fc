"""Secret votes of four, for their tests: who votes says their password again."""

from uuid import uuid4

from governance.actions.polls import cast_ballot
from governance.models import Poll
from governance.queries.polls import poll_view
from tests.governance.polling import allow_votes, to_vote

PASSWORD = "motdepasse-1"


def opened(cast) -> Poll:
    """A secret vote of the circle's three and Dominique, under a floor of three."""
    allow_votes(cast, secrecy="secret", electorate="collective")
    return to_vote(cast)


def vote(poll, member, choice="for", *, of=None, key=None, password=PASSWORD, **more):
    payload = {"choice": choice} | ({"member": of.pk} if of else {})
    return cast_ballot(poll_id=poll.pk, actor=member, payload=payload, key=key or uuid4(), password=password, **more)


def read(poll, member):
    return poll_view(poll.pk, viewer=member)
