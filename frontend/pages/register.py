"""The decision register: public, page by page and entry by entry, with its proofs."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from federation.confirmations import conflicts, witnessed, witnesses_of
from federation.rules.translate.decisions import decision_uri
from frontend.context import me
from frontend.doors import for_members, linked, private, show
from frontend.stages import ENTRY_STATES
from governance.queries.register import check_register, entry_view, register_page
from governance.queries.register_search import SEARCHES, is_costly
from governance.queries.remote import entry_signatures, own_proof
from governance.queries.shapes import RegisterSearch
from network.queries.collectives import home_collective, memberships_of
from network.rules.calendar import FIRST_YEAR, LAST_YEAR
from network.search_rates import spare

WORDS = 200  # characters of a search
WHOLE = 6  # readings of the whole register by one address without an account, each minute


def asked(request: HttpRequest) -> RegisterSearch:
    """Return what the address asks for; what cannot be read is not asked for."""
    state = request.GET.get("etat", "")
    return RegisterSearch(
        words=request.GET.get("q", "").strip()[:WORDS],
        kind=request.GET.get("genre", "")[:40],
        year=_year(request.GET.get("annee", "")),
        state=state if state in ENTRY_STATES else "",
    )


def _year(text: str) -> int | None:
    year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def spare_whole(request: HttpRequest) -> None:
    """Bound how often an address without an account has the whole register read; TooOften. Others read as they like."""
    if me(request) is None:
        spare(request.META, "register-whole", WHOLE)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show a page of the register, or what is found in it; with `?verifier=1`, recompute the whole chain. TooOften."""
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    home, search = home_collective(), asked(request)
    if request.GET.get("verifier"):
        spare_whole(request)
    if is_costly(search) and me(request) is None:
        spare(request.META, "register-search", SEARCHES)
    whole = check_register(home) if request.GET.get("verifier") and home else None
    given = {"q": search.words, "genre": search.kind, "annee": search.year or "", "etat": search.state}
    context = {
        "register": register_page(page=page, search=search),
        "whole": whole,
        "search": search,
        "states": [(code, label) for code, label in ENTRY_STATES.items()],
        "query": urlencode({name: value for name, value in given.items() if value}),
        "confirmed": witnesses_of(home) if home else None,
        "conflicts": conflicts(home) if home else (),
        "mine": belongs(request),
        "witnessed": witnessed(),
        "lies": [each for each in conflicts() if not each.local],
    }
    return show(request, "register/list.html", context)


def belongs(request: HttpRequest) -> bool:
    """Whether somebody of the collective asks: the names behind the register are for members."""
    home, viewer = home_collective(), me(request)
    if home is None or viewer is None:
        return False
    return any(each.collective_id == home.pk and each.state == "active" for each in memberships_of(viewer))


@require_safe
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """Show one entry: what was decided, how, and the hash that chains it."""
    found, home = entry_view(seq), home_collective()
    uris = [decision_uri(home.uri, seq)] if home and found.state else []  # of what was decided, however it was
    signed = found.body.get("signatures", [found.body] if found.kind == "signature" else [])
    confirmed = [w for w in witnesses_of(home).witnesses if w.holds and w.n >= seq] if home else []
    context = {"entry": found, "uris": uris, "signed": signed, "confirmed": confirmed}
    page = show(request, "register/entry.html", context)
    return linked(page, *uris) if uris else page


@require_safe
def signatures(request: HttpRequest, seq: int) -> HttpResponse:
    """Give what lets anybody verify the signatures that an entry cites, by themselves."""
    return JsonResponse({"entry": seq, "signatures": entry_signatures(seq)}, json_dumps_params={"ensure_ascii": False})


@require_safe
@for_members
def proof(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Give the proof of one's own act, as one's node signed it, to keep: to nobody else."""
    found = own_proof(key, viewer=me(request))
    name = {"Content-Disposition": f'attachment; filename="preuve-{key}.json"'}
    return private(JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1}, headers=name))
