"""The charter in force: articles, figures, digest. Open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.doors import show
from governance.queries.agenda import charter_in_force


@require_safe
def charter(request: HttpRequest) -> HttpResponse:
    return show(request, "charter/charter.html", {"charter": charter_in_force()})
