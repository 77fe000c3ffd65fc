"""Entering this node with one's own, and letting one's members enter others: the pages on both sides."""

import logging
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django import forms
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from federation.signin import entrances, home, server
from federation.signin.granted import nodes_entered
from frontend import messages
from frontend.context import me
from frontend.doors import for_members, local, private, show
from frontend.fields import Form
from frontend.pages.errors import refused
from governance.queries.polls import ENTERED
from network import rates
from network.clock import now
from network.errors import Busy, DomainError, NotEntitled, NotFound, TooOften

TRIES, TRIES_SECONDS = 30, 600  # from one address
PENDING = "entering"  # in the session: what was asked of homes, by state
PENDING_MOST = 3
AGAIN = 20  # seconds
crowd = rates.Crowd(working=8, waiting=8)  # other nodes may be slow: they hold up few of our threads
security = logging.getLogger("toile.security")
OAUTH_FIELDS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip


class EnterForm(Form):
    home = forms.CharField(
        label=gettext_lazy("Adresse de mon nœud ou mon identifiant"),
        max_length=300,
        help_text=gettext_lazy("Par exemple @alix@noeud.exemple, ou noeud.exemple."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
        ),
    )


# --- here, with another node ----------------------------------------------------------------------------------


def enter(request: HttpRequest) -> HttpResponseBase:
    """Ask which node is theirs; then show where they are about to go, as a link that they follow themselves."""
    if request.user.is_authenticated:
        return redirect("account")
    form = EnterForm(request.POST or None)
    wanted = local(request, request.POST.get("next") or request.GET.get("next"))
    if request.method == "POST" and form.is_valid():
        wait = _too_often(request)
        if wait:
            return refused(request, TooOften("too_often", retry_after=wait))
        try:
            with crowd.place() as placed:
                _check(placed)
                leaving = home.depart(form.cleaned_data["home"], next_page=wanted)
        except DomainError as error:
            form.refuse(error)
        else:
            _remember(request, leaving)
            return private(show(request, "account/leaving.html", {"leaving": leaving, "node": _host(leaving.node)}))
    return private(show(request, "account/enter.html", {"form": form, "next": wanted}))


def _check(placed: bool) -> None:
    if not placed:
        raise Busy("busy", retry_after=AGAIN)


def _too_often(request: HttpRequest) -> int:
    return rates.allow("enter", rates.address_bucket(rates.address_of(request.META)), TRIES, TRIES_SECONDS)


def _remember(request: HttpRequest, leaving: home.Departure) -> None:
    kept = dict(list(request.session.get(PENDING, {}).items())[1 - PENDING_MOST :])
    request.session[PENDING] = {**kept, leaving.state: leaving.kept}


def _host(origin: str) -> str:
    return urlsplit(origin).netloc


@require_safe
def enter_return(request: HttpRequest) -> HttpResponseBase:
    """Take somebody in whom their node sends back. All is verified before anything is written, then all at once."""
    if wait := _too_often(request):
        return refused(request, TooOften("too_often", retry_after=wait))
    pending = dict(request.session.get(PENDING, {}))
    kept = pending.pop(request.GET.get("state", ""), None)
    if kept is not None:
        request.session[PENDING] = pending  # once: an answer that comes again is not asked for any more
    try:
        with crowd.place() as placed:
            _check(placed)
            arrived = home.arrive(request.GET.dict(), kept)
        with transaction.atomic():
            account = entrances.open_account(arrived)
            login(request, account, backend="django.contrib.auth.backends.ModelBackend")
            request.session.set_expiry(arrived.seconds)
            request.session[ENTERED] = now().timestamp()
            entrances.note(arrived, account, str(request.session.session_key))
    except DomainError as error:
        security.info(
            "entry refused code=%s node=%s why=%s", error.code, error.facts.get("node"), error.facts.get("why")
        )
        return private(refused(request, error))
    messages.tell(request, _("Bienvenue, %(name)s. Vous êtes ici avec votre nœud.") % {"name": arrived.member.name})
    wanted = local(request, str(kept["next"])) if kept else ""
    return private(redirect(wanted or "account"))


# --- elsewhere, with this node --------------------------------------------------------------------------------


@for_members
def agree(request: HttpRequest) -> HttpResponseBase:
    """Ask a member of this node whether another node may know who they are."""
    member = me(request)
    if not member.local:
        raise NotEntitled("not_at_home")
    if request.method == "POST":
        address = server.answer(request, request.user, agreed="agree" in request.POST)
        return _away(address)
    asked = server.ask(request, request.user)
    if not isinstance(asked, server.Asked):
        return _not_asked_rightly(request, asked)
    fields = [(name, request.GET[name]) for name in OAUTH_FIELDS if name in request.GET]
    context = {"asked": asked, "fields": fields, "node": _host(asked.client.origin), "member": member}
    page: Any = csp_update({"form-action": [asked.client.origin]})(lambda _request: _agree_page(request, context))
    return page(request)


def _agree_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return show(request, "account/agree.html", context)


def _not_asked_rightly(request: HttpRequest, address: str | None) -> HttpResponseBase:
    """Say where a faulty request would lead: any software may register, so a link of ours sends nobody elsewhere by
    itself (RFC 9700, 4.11.2)."""
    if address is None:
        raise NotFound("entry_unknown_node")
    page = show(request, "account/agree_not.html", {"address": address, "node": _host(address)})
    page.status_code = 400
    return page


def _away(address: str | None) -> HttpResponseBase:
    if address is None:
        raise NotFound("entry_unknown_node")
    return HttpResponseRedirect(address)


@for_members
def my_nodes(request: HttpRequest) -> HttpResponseBase:
    """List the nodes where a member of this node entered with it, and take back what they may still ask."""
    if not me(request).local:
        raise NotEntitled("not_at_home")
    if request.method == "POST":
        ended = server.revoke_all(request.user, request.POST.get("origin", "")[:255].replace("\0", ""))
        if ended:
            messages.tell(request, _("C’est retiré. Votre session là-bas se ferme dans les minutes qui viennent."))
        return redirect(reverse("my_nodes"))
    return show(request, "account/nodes.html", {"nodes": nodes_entered(request.user)})
