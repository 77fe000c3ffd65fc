"""Pages for what went wrong: what happened, what to do, and a way on. The one for 500 needs no database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from frontend import messages
from network.errors import DomainError

TITLES = {
    400: lambda: _("Cette demande n’est pas lisible"),
    403: lambda: _("Vous ne pouvez pas faire cela"),
    404: lambda: _("Cette page n’existe pas"),
    409: lambda: _("Ce n’est pas, ou plus, possible"),
    429: lambda: _("C’est beaucoup à la fois"),
}


def page(request: HttpRequest, status: int, why: str) -> HttpResponse:
    """Draw an error page. `why`: what happened and how to go on, a sentence."""
    context = {"status": status, "heading": TITLES[status](), "why": why}
    return render(request, "errors/error.html", context, status=status)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Draw the page of a refusal that no form caught."""
    response = page(request, messages.status_of(error), messages.of(error))
    if response.status_code == 429 and "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


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
    """Answer 500 with a page that needs nothing: no database, no session, no translation of names."""
    html = render_to_string("errors/500.html")
    return HttpResponse(html, status=500)
