"""Leaving this node: what ends, what is erased, what stays; then the password, and it is done."""

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.context import me
from frontend.doors import for_accounts, for_members, show
from frontend.fields import Form
from frontend.pages.nodes import need_operator
from governance.actions.leaving import leave
from network import rates
from network.errors import DomainError, TooOften
from network.queries.members import local_member_at

TRIES, TRIES_SECONDS = 10, 600  # passwords tried by one account


class LeaveForm(Form):
    sure = forms.BooleanField(label=_("J’ai lu ce qui sera effacé, et ce qui reste."))
    password = forms.CharField(
        label=_("Votre mot de passe"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@for_members
def leave_node(request: HttpRequest) -> HttpResponseBase:
    """Leave this node oneself: the account is closed and its login ends."""
    return _leave(request, me(request).pk)


@for_accounts
def member_leave(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let an operator erase a member of this node who asks for it."""
    need_operator(request)
    return _leave(request, pk)


def _leave(request: HttpRequest, pk: int) -> HttpResponseBase:
    member = local_member_at(pk)
    own = me(request) == member
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wait = rates.allow("leave", str(request.user.pk), TRIES, TRIES_SECONDS)
        if wait:
            raise TooOften("too_often", retry_after=wait)
        try:
            leave(actor=request.user, member_id=pk, password=form.cleaned_data["password"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _left(request, own)
    return show(request, "account/leave.html", {"form": form, "member": member, "own": own})


def _left(request: HttpRequest, own: bool) -> HttpResponseBase:
    if own:
        logout(request)
        messages.tell(request, _("Vous avez quitté ce nœud. Votre compte est fermé, votre fiche effacée."))
        return redirect("home")
    messages.tell(request, _("Ce membre a quitté ce nœud. Sa fiche est effacée."))
    return redirect("account")
