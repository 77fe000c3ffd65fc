"""The other nodes: public list of who is followed, limited or blocked and why; and what operators do about it."""

import re
from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from federation import nodes as exchange
from federation.queries import nodes_page
from frontend import messages, words
from frontend.doors import private, show
from frontend.fields import Form
from network.errors import DomainError, Invalid, NotEntitled


class FollowForm(Form):
    address = forms.CharField(
        label=_("Adresse d’un autre nœud"),
        max_length=300,
        help_text=_("Par exemple https://annuaire.exemple. Ses offres publiques apparaîtront ici."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )


# What the buttons beside a node or a request do: name → (action, its argument, sentence).
ACTS: dict[str, tuple[Callable[..., object], str, object]] = {
    "unfollow": (exchange.unfollow, "node_id", _("Ce nœud n’est plus suivi.")),
    "limit": (exchange.limit, "node_id", _("Ce nœud est restreint : ses offres ne sont plus montrées.")),
    "block": (exchange.block, "node_id", _("Ce nœud est bloqué.")),
    "readmit": (exchange.readmit, "node_id", _("La mesure est levée.")),
    "accept": (exchange.accept, "follow_id", _("La demande est acceptée.")),
    "reject": (exchange.reject, "follow_id", _("La demande est refusée.")),
}
ROW_ID = re.compile(r"[0-9]{1,18}")
NEEDS_REASON = {"limit", "block"}


def nodes(request: HttpRequest) -> HttpResponseBase:
    """Show the nodes; let operators follow one, answer requests, limit or block with a public reason."""
    operator = bool(getattr(request.user, "operator", False))
    if request.method == "POST":
        return _post(request)
    return _page(request, FollowForm(), operator)


def _page(request: HttpRequest, form: Form, operator: bool) -> HttpResponseBase:
    page = nodes_page()
    shown = (
        page.nodes if operator else tuple(node for node in page.nodes if node.standing != "unknown" or node.following)
    )
    lines = [
        {
            "node": node,
            "standing": str(words.STANDINGS.get(node.standing, "")),
            "following": words.FOLLOWS.get(node.following, ""),
        }
        for node in shown
    ]
    response = show(request, "nodes/nodes.html", {"page": page, "lines": lines, "form": form, "operator": operator})
    return private(response) if operator else response


def _post(request: HttpRequest) -> HttpResponseBase:
    if not getattr(request.user, "operator", False):
        raise NotEntitled("not_operator")
    act = request.POST.get("act", "follow")
    return _follow(request) if act == "follow" else _act(request, act)


def _follow(request: HttpRequest) -> HttpResponseBase:
    form = FollowForm(request.POST)
    if form.is_valid():
        try:
            exchange.follow_node(origin_or_handle=form.cleaned_data["address"], actor=request.user)
        except DomainError as error:
            form.add_error("address", messages.of(error))
        else:
            messages.tell(request, _("La demande est envoyée. Les offres arriveront quand l’autre nœud aura accepté."))
            return redirect("nodes")
    return _page(request, form, operator=True)


def _act(request: HttpRequest, name: str) -> HttpResponse:
    if name not in ACTS or not ROW_ID.fullmatch(request.POST.get("id", "")):
        return redirect("nodes")
    action, argument, said = ACTS[name]
    given = {argument: int(request.POST["id"])}
    if name in NEEDS_REASON:
        given["reason"] = request.POST.get("reason", "").strip()  # type: ignore[assignment]
        if not given["reason"]:
            messages.refuse(request, Invalid("reason_missing"))
            return redirect("nodes")
    try:
        action(actor=request.user, **given)
    except DomainError as error:
        messages.refuse(request, error)
    else:
        messages.tell(request, str(said))
    return redirect("nodes")
