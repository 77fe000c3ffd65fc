"""The charter: the version in force, every other one, and what lies between two. Open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.context import me
from frontend.doors import show
from governance.queries.charters import VersionView, left_open, may_change, version_diff, version_view, versions
from governance.rules.register import canonical
from network.errors import NotFound


@require_safe
def charter(request: HttpRequest) -> HttpResponse:
    """Show the version in force, or that there is none."""
    found = version_view() if _any() else None
    return show(request, "charter/charter.html", _context(request, found))


def _any() -> bool:
    try:
        return bool(versions())
    except NotFound:
        return False


def _context(request: HttpRequest, found: VersionView | None) -> dict[str, object]:
    may = found is not None and may_change(me(request))
    missing = left_open(found.document) if found is not None and may and found.row.in_force else ()
    return {"charter": found, "may_change": may, "missing": missing}


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version."""
    return show(request, "charter/charter.html", _context(request, version_view(number)))


@require_safe
def figures(request: HttpRequest, number: int) -> HttpResponse:
    """Show every figure of one version, with what it does."""
    return show(request, "charter/rules.html", {"charter": version_view(number)})


@require_safe
def whole(request: HttpRequest, number: int) -> HttpResponse:
    """Give the bytes that the digest covers, to recompute it."""
    answer = HttpResponse(canonical(version_view(number).document), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="charte-{number}.json"'
    return answer


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show every version with its digest, and the form that compares two."""
    return show(request, "charter/versions.html", {"versions": versions()})


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show what changed from `?de=` to `?a=`."""
    old, new = (_number(request.GET.get(name, "")) for name in ("de", "a"))
    context = {"old": old, "new": new, "diff": version_diff(old, new), "versions": versions()}
    return show(request, "charter/compare.html", context)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise NotFound("version_unknown")
    return int(text)
