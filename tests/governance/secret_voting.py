"""Secret votes of four, for their tests: who votes says their password again."""

from governance.models import Poll
from governance.queries.polls import poll_view
from tests.governance.polling import PASSWORD, allow_votes, to_vote, vote

__all__ = ["PASSWORD", "opened", "read", "vote"]


def opened(cast) -> Poll:
    """A secret vote of the circle's three and Dominique, under a floor of three."""
    allow_votes(cast, secrecy="secret", electorate="collective")
    return to_vote(cast)


def read(poll, member):
    return poll_view(poll.pk, viewer=member)
