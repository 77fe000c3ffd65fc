"""Every authenticated request is a sign of life in the meetings where its author is expected."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from governance.actions.presence import BEAT_SECONDS, heartbeats
from network.queries.members import member_for

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
            heartbeats(member=member)
