"""Every authenticated request is a sign of life in the meetings where its author is expected."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from governance.actions.presence import BEAT_SECONDS, heartbeats
from network.busy import is_busy
from network.models import Member
from network.queries.members import member_for

log = logging.getLogger("toile.rooms")
Answer = Callable[[HttpRequest], HttpResponse]


def presence(get_response: Answer) -> Answer:
    """Note presence at most every few seconds a person."""

    def answer(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:  # otherwise leave the session alone: pages stay cacheable
            _beat(request)
        return get_response(request)

    return answer


def _beat(request: HttpRequest) -> None:
    account = request.user
    if account.is_authenticated and cache.add(f"beat:{account.pk}", True, BEAT_SECONDS):
        member = member_for(account)
        if member is not None:
            _note(member)


def _note(member: Member) -> None:
    """Write the sign of life, or let it be: a page does not fail for it, and the next one brings another."""
    try:
        heartbeats(member=member)
    except OperationalError as error:
        if not is_busy(error):
            raise
        log.info("a sign of life was not written: the database is busy")
