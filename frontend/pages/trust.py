"""All paths of trust to somebody, and « Qui connaissez-vous déjà ? »."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from frontend import messages, whatif_words
from frontend.concealed import concealed_page
from frontend.context import me
from frontend.doors import private, show, spare_visitor
from frontend.pages import anchors as cookie
from frontend.reasons import explain
from frontend.sources import sourced
from governance.queries.agenda import charter_in_force
from network.queries.collectives import home_collective, members_of
from network.queries.hiding import hidden_among
from network.queries.members import member_by_uri, member_page
from network.queries.trust import trust_lines, trust_page
from network.queries.webs import terms_of
from network.queries.whatif import what_if

MOST_LISTED = 40  # members of the collective to choose from
MOST_VOUCHERS = 12  # attestations shown in full


@require_GET
def trust(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show every path from this reader's viewpoint, who vouches, what would change it, and where it comes from."""
    subject = member_page(pk, viewer=me(request), concealed_too=True)
    if subject.concealed:
        return concealed_page(request, subject.concealed, _("Fiche masquée"))
    spare_visitor(request, "trust")
    found, viewpoint = subject.member, cookie.viewpoint_of(request)
    page = trust_page(viewpoint, found)
    changes, terms = what_if(viewpoint, found, page.line), terms_of(viewpoint.collective)
    context = {
        "member": found,
        "why": explain(viewpoint, found, page),
        "viewpoint": viewpoint,
        "belonging": page.belonging,
        "sources": sourced(page.vouchers[:MOST_VOUCHERS]),
        "more": max(0, len(page.vouchers) - MOST_VOUCHERS),
        "titles": _titles(page.vouchers),
        "changes": changes,
        "losses": whatif_words.losses(changes),
        "support": whatif_words.support(changes),
        "ageing": whatif_words.ageing(terms),
        "rate_days": terms.rate_days.days,
        "own_word": whatif_words.own_word(viewpoint, page, subject.can_vouch),
    }
    return show(request, "members/trust.html", context)


def _titles(vouchers: Any) -> dict[str, str]:
    """Titles of the articles that were seen, by « charter article »: those of the charter in force."""
    charter = charter_in_force() if any(v.articles for v in vouchers) else None
    return {f"{charter.digest} {article.id}": article.title for article in charter.articles} if charter else {}


# --- anchors ------------------------------------------------------------------------------------------------


def anchors(request: HttpRequest) -> HttpResponseBase:
    """Choose the people whom one already knows, see what it changes, take it back; no account needed."""
    spare_visitor(request, "trust")
    known = [member for uri in cookie.read(request) if (member := member_by_uri(uri)) and member.gone_at is None]
    offered = _offered(request, known)
    if request.method == "POST":
        return _choose(request, offered)
    viewpoint = cookie.viewpoint_of(request)
    context = {
        "offered": offered,
        "known": {member.pk for member in known} | ({_asked(request)} - {None}),
        "chosen": known,
        "viewpoint": viewpoint,
        "lacking": max(0, viewpoint.needed - viewpoint.own_edges),
        "seen": _seen(viewpoint, offered),
    }
    return private(show(request, "members/anchors.html", context))


def _seen(viewpoint: Any, people: list[Any]) -> dict[str, int]:
    """What looking from here changes: how many of these people are accepted, have a path, have none."""
    lines = trust_lines(viewpoint, people)
    accepted = sum(line.accepted for line in lines.values())
    reached = sum(line.kappa > 0 for line in lines.values())
    return {"accepted": accepted, "reached": max(0, reached - accepted), "unknown": len(lines) - max(reached, accepted)}


def _offered(request: HttpRequest, known: list[Any]) -> list[Any]:
    """Return whom to choose from: those chosen before, the one just looked at, members of the collective; nobody whom
    moderation has hidden."""
    collective = home_collective()
    listed = members_of(collective)[:MOST_LISTED] if collective else []
    asked = [member_page(pk, viewer=None).member] if (pk := _asked(request)) else []
    everybody = {member.pk: member for member in [*known, *asked, *listed]}
    reader, hidden = me(request), hidden_among(member.uri for member in everybody.values())
    found = (member for member in everybody.values() if member.uri not in hidden)
    return [member for member in found if reader is None or member.pk != reader.pk]


def _asked(request: HttpRequest) -> int | None:
    text = request.POST.get("ajouter") or request.GET.get("ajouter", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _choose(request: HttpRequest, offered: list[Any]) -> HttpResponse:
    chosen = set() if request.POST.get("forget") else set(request.POST.getlist("known"))
    response = redirect("anchors")
    if chosen:
        messages.tell(request, _("Vos repères sont gardés dans ce navigateur, et nulle part ailleurs."))
    else:
        messages.tell(request, _("Vos repères sont oubliés."))
    return cookie.keep(response, [member.uri for member in offered if str(member.pk) in chosen])
