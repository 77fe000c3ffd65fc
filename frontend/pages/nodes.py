"""The other nodes: public list of who is followed, limited or blocked and why; and what operators do about it."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from federation import measures, overview
from federation import nodes as exchange
from federation.queries import announced_decisions
from frontend import messages, words
from frontend.doors import back, private, show
from frontend.fields import Form
from frontend.sentences.federation import notice_sentence
from network.errors import DomainError, Invalid, NotEntitled

FEW = 12  # nodes that need no filters to be found
DECISIONS = 10  # announced by others, the latest


class FollowForm(Form):
    address = forms.CharField(
        label=_("Adresse d’un autre nœud"),
        max_length=300,
        help_text=_("Par exemple https://annuaire.exemple. Ses offres publiques apparaîtront ici."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )


# What the buttons do: name → (action, its argument for the row, sentence).
ACTS: dict[str, tuple[Callable[..., object], str, object]] = {
    "unfollow": (exchange.unfollow, "node_id", _("Ce nœud n’est plus suivi.")),
    "limit": (measures.limit, "node_id", _("Ce nœud est restreint : ses offres ne sont plus montrées.")),
    "block": (measures.block, "node_id", _("Ce nœud est bloqué.")),
    "readmit": (measures.readmit, "node_id", _("La mesure est levée.")),
    "allow": (measures.allow, "node_id", _("Ce nœud est sur la liste.")),
    "disallow": (measures.disallow, "node_id", _("Ce nœud n’est plus sur la liste.")),
    "accept": (exchange.accept, "follow_id", _("La demande est acceptée.")),
    "reject": (exchange.reject, "follow_id", _("La demande est refusée.")),
    "read": (measures.read_notice, "notice_id", _("Le message est marqué comme lu.")),
}
POLICIES: dict[str, tuple[Callable[..., object], object]] = {
    "close": (
        partial(measures.set_closed, closed=True),
        _("Ce nœud est fermé : il n’échange plus qu’avec les nœuds de sa liste."),
    ),
    "open": (partial(measures.set_closed, closed=False), _("Ce nœud est ouvert à tous, sauf à ceux qu’il bloque.")),
}
ROW_ID = re.compile(r"[0-9]{1,18}")
NEEDS_REASON = {"limit", "block"}


def is_operator(request: HttpRequest) -> bool:
    """Whether the reader operates this node."""
    return bool(getattr(request.user, "operator", False))


def need_operator(request: HttpRequest) -> None:
    """Refuse whoever does not operate this node."""
    if not is_operator(request):
        raise NotEntitled("not_operator")


def nodes(request: HttpRequest) -> HttpResponseBase:
    """Show the nodes; let operators follow one, answer requests, limit or block with a public reason."""
    if request.method == "POST":
        return _post(request)
    return _page(request, FollowForm())


@require_GET
def node(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one node, and to operators what they can do about it."""
    operator = is_operator(request)
    found = overview.node_line(pk, everything=operator)
    response = show(request, "nodes/node.html", {"line": _line(found), "node": found, "operator": operator})
    return private(response) if operator else response


def _page(request: HttpRequest, form: Form) -> HttpResponseBase:
    operator = is_operator(request)
    chosen, typed = request.GET.get("etat", ""), request.GET.get("nom", "").strip()[:120]
    number = request.GET.get("page", "1")
    page = overview.nodes_page(
        everything=operator,
        chosen=chosen,
        words=typed,
        number=int(number) if ROW_ID.fullmatch(number) else 1,
    )
    context = {
        "page": page,
        "lines": [_line(found) for found in page.nodes],
        "notices": [{"notice": each, "sentence": notice_sentence(each)} for each in page.notices] if operator else [],
        "decisions": announced_decisions()[:DECISIONS],
        "form": form,
        "operator": operator,
        "filters": _filters(page, chosen) if page.total > FEW or chosen or typed else [],
        "typed": typed,
        "chosen": chosen,
        "query": urlencode({name: value for name, value in (("etat", chosen), ("nom", typed)) if value}),
    }
    response = show(request, "nodes/nodes.html", context)
    return private(response) if operator else response


def _line(found: overview.NodeLine) -> dict[str, Any]:
    return {
        "node": found,
        "standing": str(words.STANDINGS.get(found.standing, "")),
        "following": words.FOLLOWS.get(found.following, ""),
    }


def _filters(page: overview.NodesPage, chosen: str) -> list[dict[str, Any]]:
    named = {"": _("tous"), **words.STANDINGS, "allowed": _("sur la liste")}
    counts = {"": page.total, **page.counts}
    return [
        {"name": name, "text": named[name], "count": counts[name], "chosen": name == chosen}
        for name in ("", *overview.FILTERS)
        if counts[name] or name == chosen
    ]


# --- what operators do -----------------------------------------------------------------------------------


def _post(request: HttpRequest) -> HttpResponseBase:
    need_operator(request)
    act = request.POST.get("act", "follow")
    if act == "follow":
        return _follow(request)
    if act in POLICIES:
        return _do(request, *POLICIES[act])
    if act not in ACTS or not ROW_ID.fullmatch(request.POST.get("id", "")):
        return redirect("nodes")
    return _act(request, act)


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
    return _page(request, form)


def _act(request: HttpRequest, name: str) -> HttpResponseBase:
    action, argument, said = ACTS[name]
    given: dict[str, Any] = {argument: int(request.POST["id"])}
    if name in NEEDS_REASON:
        given["reason"] = request.POST.get("reason", "").strip()
        if not given["reason"]:
            messages.refuse(request, Invalid("reason_missing"))
            return back(request, "nodes")
    if name == "block" and "confirmed" not in request.POST:
        return _confirm_block(request, given["node_id"], given["reason"])
    return _do(request, partial(action, **given), said)


def _do(request: HttpRequest, action: Callable[..., object], said: object) -> HttpResponse:
    try:
        action(actor=request.user)
    except DomainError as error:
        messages.refuse(request, error)
    else:
        messages.tell(request, str(said))
    return back(request, "nodes")


def _confirm_block(request: HttpRequest, node_id: int, reason: str) -> HttpResponseBase:
    """Say what a block does, and ask again: what it drops does not come back by itself."""
    found = overview.node_line(node_id)
    context = {"node": found, "reason": reason, "next": request.POST.get("next", "")}
    return private(show(request, "nodes/block.html", context))
