"""Forgetting another node, for good: what that erases, a confirmation, and then what was erased."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from federation import forgetting, overview
from frontend import words
from frontend.doors import for_accounts, show
from frontend.pages.nodes import need_operator
from network.errors import Invalid


@for_accounts
def forget(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show operators what forgetting a node erases; done once the node's name is written."""
    need_operator(request)
    found = overview.node_line(pk)
    host = words.host(found.origin)
    context = {"node": found, "host": host, "cancel": reverse("node", args=[pk]), "typed": ""}
    status = 200
    if request.method == "POST":
        context["typed"] = request.POST.get("name", "").strip()[:255]
        if context["typed"].lower() == host.lower():
            erased = forgetting.forget_node(node_id=pk, actor=request.user)
            return show(request, "nodes/forgotten.html", {"host": host, "erased": erased})
        context["error"], status = Invalid("name_differs"), 400
    context["held"] = forgetting.what_is_held(pk)
    return show(request, "nodes/forget.html", context, status=status)
