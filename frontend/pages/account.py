"""My account: where everything of mine is, invitations, and joining by a link."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from federation.signin.granted import home_of
from frontend import messages
from frontend.context import me
from frontend.doors import for_accounts, for_members, private, show
from frontend.pages.confirm import what_to_confirm
from frontend.pages.errors import refused
from frontend.pages.first_run import NewMember
from governance.queries.candidacies import keeping_of
from governance.queries.remote import to_sign
from network import rates
from network.actions.members import accept_invitation, create_invitation
from network.errors import DomainError, NotFound, TooOften
from network.queries.collectives import memberships_of
from network.queries.members import find_invitation
from network.queries.moderators import is_moderator
from network.queries.offers import own_offers

TRIES, TRIES_SECONDS = 30, 600  # invitation links opened from one address
LINKS, LINKS_SECONDS = 60, 86_400  # links made by one member a day


@for_accounts
def account(request: HttpRequest) -> HttpResponse:
    """Show the ways on, and to a new member the three first steps."""
    member = me(request)
    if member is not None and not member.local:
        return show(request, "account/remote.html", _from_elsewhere(request, member))
    steps = []
    if member is not None:
        steps = [
            (bool(member.summary and member.place_name), reverse("my_profile"), _("Compléter votre fiche")),
            (bool(own_offers(member)), reverse("offer_new"), _("Publier une première annonce")),
        ]
    beads = [
        {"text": text, "url": "" if done else url, "state": "done" if done else "to-come"} for done, url, text in steps
    ]
    fresh = any(not done for done, _url, _text in steps)
    renewals = [
        {"id": row.pk, "until": state.renewal_on}
        for row, state in (keeping_of(member) if member else [])
        if state.stage == "renewal"
    ]
    context = {
        "renewals": renewals,
        "beads": beads if fresh else [],
        "operator": request.user.operator,
        **what_to_confirm(member),
    }
    return show(request, "account/account.html", context | {"moderates": is_moderator(member)})


def _from_elsewhere(request: HttpRequest, member: Any) -> dict[str, Any]:
    """What somebody who entered with another node finds: their home, what they belong to here, acts still to sign."""
    return {
        "found": home_of(request.user, request.session.session_key),  # type: ignore[arg-type]
        "memberships": [each for each in memberships_of(member) if each.collective.local],
        "unsigned": to_sign(member_id=member.pk).count(),
    }


@for_members
def invite(request: HttpRequest) -> HttpResponse:
    """Make a single-use link. It is shown once: only its digest is kept."""
    if request.method != "POST":
        return show(request, "account/invite.html")
    member = me(request)
    wait = rates.allow("invite", str(member.pk), LINKS, LINKS_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)
    as_candidate = request.POST.get("as") == "candidate"
    invitation, token = create_invitation(actor=member, as_candidate=as_candidate)
    link = settings.ORIGIN + reverse("join", args=[token])
    return show(request, "account/invite.html", {"link": link, "invitation": invitation})


def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Create an account by an invitation, and log in."""
    wait = rates.allow("join", rates.address_bucket(rates.address_of(request.META)), TRIES, TRIES_SECONDS)
    if wait:
        return private(refused(request, TooOften("too_often", retry_after=wait)))
    invitation = find_invitation(token)
    if invitation is None:
        return private(refused(request, NotFound("invitation_not_usable")))
    form = NewMember(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "password_again"}
        try:
            made = accept_invitation(token=token, **given)
        except DomainError as error:
            form.refuse(error)
        else:
            login(request, made, backend="django.contrib.auth.backends.ModelBackend")
            messages.tell(request, _("Bienvenue. Votre compte est créé."))
            return redirect("account")
    response = show(request, "account/join.html", {"form": form, "invitation": invitation})
    return private(response)
