"""« Ma toile »: whom I vouch for, who vouches for me, what ends soon, and when I may attest somebody new."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from frontend.context import me
from frontend.doors import for_members, show
from frontend.pages import anchors as cookie
from network.clock import now
from network.queries.members import member_by_uri
from network.queries.tending import my_web as read_my_web


@for_members
@require_GET
def my_web(request: HttpRequest) -> HttpResponse:
    """Show one's own web, to tend it."""
    web = read_my_web(me(request))
    soon = web.soon
    context = {
        "web": web,
        "soon": soon,
        "lasting": [each for each in web.given if each not in soon],
        "free": web.pace is not None and web.pace.counts_at is not None and web.pace.counts_at <= now(),
        "anchors": [m for uri in cookie.read(request) if (m := member_by_uri(uri)) and m.gone_at is None],
        "rate_days": web.terms.rate_days.days,
    }
    return show(request, "members/my_web.html", context)
