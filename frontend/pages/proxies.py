"""Proxies of a circle: who votes for whom, giving one's own, withdrawing it, giving one back."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.templatetags.ui import day
from governance.actions.proxies import EndedProxy, end_proxy, give_proxy
from governance.queries.proxies import ProxiesPage, proxies_page, proxy_line
from network.errors import DomainError


class GiveForm(Form):
    """Whom one gives one's proxy, and until when."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    holder = forms.IntegerField(
        label=gettext_lazy("Personne qui votera pour vous"), min_value=1, max_value=2**62, widget=forms.Select
    )  # whoever it is: the action says why not, and a repeated press gets its answer again
    ends_on = forms.DateField(
        label=gettext_lazy("Jusqu’au"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, page: ProxiesPage, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [("", "—"), *((person.id, person.name) for person in page.candidates)]
        self.fields["holder"].widget.choices = people  # type: ignore[attr-defined]
        if page.longest:
            longest = _("La charte permet jusqu’au %(until)s.")
            self.fields["ends_on"].help_text = longest % {"until": day(page.longest)}


@for_members
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the proxies of a circle, and give one's own."""
    page = proxies_page(pk, viewer=me(request))
    form = GiveForm(page, request.POST if request.method == "POST" else None, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid() and _given(request, pk, form):
        messages.tell(request, _("Votre pouvoir est donné. Il vaudra pour les votes qui s’ouvriront désormais."))
        return redirect("circle_proxies", pk)
    context = {"page": page, "form": form, "why": messages.sentence(page.refusal, page.facts) if page.refusal else ""}
    if page.refusal and form.refusal:  # no form is drawn on which it could be said
        context["wrong"] = messages.of(form.refusal)
    return show(request, "proxies/circle.html", context)


def _given(request: HttpRequest, pk: int, form: GiveForm) -> bool:
    given = form.cleaned_data
    try:
        give_proxy(
            actor=me(request), circle_id=pk, holder_id=given["holder"], ends_on=given["ends_on"], key=given["key"]
        )
    except DomainError as error:
        form.refuse(error)
        return False
    return True


@for_members
def proxy(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show a proxy that the reader gave, or holds, and end it once sure."""
    line = proxy_line(pk, number, viewer=me(request))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        _tell_end(request, end_proxy(actor=me(request), proxy_id=number))
        return redirect("circle_proxies", pk)
    mine = line.giver.id == me(request).pk
    context = {"line": line, "form": form, "mine": mine, "back": reverse("circle_proxies", args=[pk])}
    return show(request, "proxies/one.html", context)


def _tell_end(request: HttpRequest, ended: EndedProxy) -> None:
    messages.tell(request, _("Ce pouvoir a pris fin."))
    for poll in ended.kept:
        said = _("Dans le vote « %(title)s », le bulletin était déjà déposé par pouvoir : il reste.")
        messages.tell(request, said % {"title": poll.title})
