"""A secret ballot, and one on the charter, asks once more who is there: a stolen session alone casts none."""

from datetime import datetime, timedelta

from django.db.models import Q

from governance.errors import Invalid, NotEntitled, TooOften
from governance.models import Poll, RollEntry
from governance.rules.polls import STATUTORY, Tier, asks_proof
from network import rates
from network.clock import now
from network.models import Account, Member

__all__ = ["ENTRY_MINUTES", "confirmed"]

TRIES, TRIES_SECONDS = 10, 600  # passwords tried by one account, besides one for each ballot that it may cast
PASSWORD_MOST = 200  # as in the forms: nobody makes us hash books
ASKING = Q(poll__tier=Tier.SECRET) | Q(poll__session__proposal__decision_class=STATUTORY)  # as `asks_proof`
ENTRY_MINUTES = 15  # since their own node let a member of another node in, in this very session


def confirmed(poll: Poll, actor: Member, *, password: str, entered_at: datetime | None) -> bool:
    """Return whether this person showed again who they are; False if they need not, having no place to vote for.

    Before any lock: a password is slow to check, on purpose. Raises Invalid `password_needed`, `password_wrong`,
    TooOften `too_often`; of members of other nodes, who have no password here, NotEntitled `entry_needed`.
    """
    if not asks_proof(Tier(poll.tier), poll.session.proposal.decision_class):
        return True
    places = RollEntry.objects.filter(ASKING, Q(member=actor) | Q(holder=actor), poll__closed_at=None)
    if not places.filter(poll=poll).exists():
        return False
    if actor.local:
        _check_password(actor, password, TRIES + places.count())
    else:
        _check_entry(entered_at)
    return True


def _check_password(actor: Member, password: str, tries: int) -> None:
    if not password:
        raise Invalid("password_needed", field="password")
    account = Account.objects.filter(member=actor, is_active=True).first()
    if account is None:
        raise Invalid("password_wrong", field="password")
    wait = rates.allow("vote", str(account.pk), tries, TRIES_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)
    if len(password) > PASSWORD_MOST or not account.check_password(password):
        raise Invalid("password_wrong", field="password")


def _check_entry(entered_at: datetime | None) -> None:
    at = now()
    if entered_at is None or not at - timedelta(minutes=ENTRY_MINUTES) <= entered_at <= at:
        raise NotEntitled("entry_needed", minutes=ENTRY_MINUTES)
