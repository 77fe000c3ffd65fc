"""« Qui connaissez-vous déjà ? »: the people from whom a visitor looks. Kept in a cookie, only once chosen."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from frontend.context import me
from frontend.doors import spare_visitor
from network.queries.trust import Viewpoint, viewpoint_for

SALT = "frontend.anchors"
MOST = 20
YEAR_SECONDS = 31_536_000


def read(request: HttpRequest) -> tuple[str, ...]:
    """Return the uris of the people chosen; none when the cookie is absent or not ours."""
    try:
        found = signing.loads(request.COOKIES.get(settings.ANCHORS_COOKIE_NAME, ""), salt=SALT)
    except signing.BadSignature:
        return ()
    return tuple(str(uri) for uri in found[:MOST]) if isinstance(found, list) else ()


def keep(response: HttpResponse, uris: Iterable[str]) -> HttpResponse:
    """Write the choice into the cookie, or remove the cookie when nobody is left."""
    chosen = list(dict.fromkeys(uris))[:MOST]
    if not chosen:
        response.delete_cookie(settings.ANCHORS_COOKIE_NAME, samesite="Lax")
        return response
    response.set_cookie(
        settings.ANCHORS_COOKIE_NAME, signing.dumps(chosen, salt=SALT, compress=True), max_age=YEAR_SECONDS,
        secure=settings.HTTPS, httponly=True, samesite="Lax",
    )  # fmt: skip
    return response


def spare_looker(request: HttpRequest, what: str = "search") -> None:
    """The same as `spare_visitor`, for what is drawn from where one looks: people chosen by oneself are a web of their
    own to reckon, which counts as "trust"."""
    spare_visitor(request, "trust" if read(request) else what)


def viewpoint_of(request: HttpRequest) -> Viewpoint:
    """Return from where this reader looks: own attestations and anchors, else the collective's."""
    return viewpoint_for(member=me(request), anchors=read(request))
