"""The first page, the choice of language, the statement about accessibility."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from frontend import event_words
from frontend.context import me
from frontend.doors import linked, local, show
from frontend.pages.confirm import what_to_confirm
from frontend.pages.errors import page
from governance.queries.assemblies import assemblies
from network.clock import now
from network.queries.collectives import home_collective
from network.queries.events import next_near
from network.queries.members import counts
from network.queries.skills import frequent_skills, skill_label

YEAR_SECONDS = 31_536_000


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the two fields, what people often look for, how many members, and the next public assembly."""
    frequent = [{"slug": skill.slug, "label": skill_label(skill)} for skill in frequent_skills(6)]
    collective = home_collective()
    uris = [f"{settings.ORIGIN}/actor", *([collective.uri] if collective else [])]
    context = {"counts": counts(), "frequent": frequent, "next_assembly": _next_assembly(), "uris": uris}
    context["next_event"] = _next_event(request)
    return linked(show(request, "home/home.html", context | what_to_confirm(me(request))), *uris)


def _next_event(request: HttpRequest) -> dict[str, object] | None:
    """The next event near the reader's town, as their own profile says it; for visitors the next of all."""
    row = next_near(me(request), reader=me(request))
    return {"row": row, "when": event_words.moment(row), "where": event_words.where(row)} if row else None


def _next_assembly() -> object | None:
    coming = [row for row in assemblies(viewer=None) if row.starts_at >= now()]
    return min(coming, key=lambda row: row.starts_at, default=None)


@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language chosen in the footer, in a cookie, and go back.

    Every page carries this form, so it takes no token, which would set a cookie on every visitor. Instead the
    browser must say that the form was ours (Origin or Sec-Fetch-Site), else nothing happens.
    """
    if not _is_ours(request):
        return page(request, 403, _("Cette demande ne vient pas de nos pages."))
    response = redirect(local(request, request.POST.get("next")) or "home")
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=YEAR_SECONDS, secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True, samesite="Lax",
        )  # fmt: skip
    return response


def _is_ours(request: HttpRequest) -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}"


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return show(request, "home/accessibility.html")
