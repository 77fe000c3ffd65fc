"""Pages for what went wrong: what happened, what to do, and a way on. The one for 500 needs no database."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from frontend import messages
from network.busy import RETRY_SECONDS, is_busy
from network.errors import DomainError

TITLES = {
    400: lambda: _("Cette demande n’est pas lisible"),
    403: lambda: _("Vous ne pouvez pas faire cela"),
    404: lambda: _("Cette page n’existe pas"),
    409: lambda: _("Ce n’est pas, ou plus, possible"),
    429: lambda: _("C’est beaucoup à la fois"),
    503: lambda: _("Le nœud est très occupé"),
}


def page(
    request: HttpRequest, status: int, why: str, *, code: str = "", rule: str = "", term: str = ""
) -> HttpResponse:
    """Draw an error page. `why`: what happened and how to go on, a sentence; `rule`: what the charter says of it;
    `term`: what the charter leaves open."""
    context: dict[str, object] = {"status": status, "heading": TITLES[status](), "why": why}
    context |= {"code": code, "rule": rule, "term": term}
    if status == 503:
        context |= {"again": typed(request), "posted": request.method == "POST"}
    return render(request, "errors/error.html", context, status=status)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Draw the page of a refusal that no form caught: the sentence, its code, and the rule of the charter, if one was
    applied."""
    term = _term(error)
    rule = "" if term else str(error.facts.get("term") or error.facts.get("article") or "")
    response = page(request, messages.status_of(error), messages.of(error), code=error.code, rule=rule, term=term)
    if response.status_code in {429, 503} and "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


def _term(error: DomainError) -> str:
    """The figure that the charter would have to set, empty if it is about something else."""
    return str(error.facts.get("term", "")) if error.code == "term_missing" else ""


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what a form carried here, to send it again; never passwords or the token of the form."""
    if request.method != "POST":
        return []
    kept = [(name, value) for name, values in request.POST.lists() for value in values]
    return [(name, str(value)) for name, value in kept if "password" not in name and name != "csrfmiddlewaretoken"]


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400, _("Revenez à la page précédente et réessayez."))


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request, 403, _("Il faut un autre droit pour ouvrir cette page. Si vous avez un compte, connectez-vous.")
    )


@requires_csrf_token
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    why = _(
        "Ce formulaire est resté ouvert trop longtemps, ou les cookies sont refusés. Rechargez la page et renvoyez-le."
    )
    return page(request, 403, why)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404, _("Elle a pu être retirée, ou l’adresse est mal écrite."))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page that needs nothing: no database, no session, no translation of names.

    Where it was the database that was busy, outside of what a page does: 503, and again later.
    """
    if is_busy(sys.exc_info()[1]):
        html = render_to_string("errors/503.html")
        return HttpResponse(html, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    html = render_to_string("errors/500.html")
    return HttpResponse(html, status=500)
