"""One press that confirms one's profile and the chosen ones of one's offers; and what moderation has to tell."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from frontend import messages
from frontend.context import me
from frontend.doors import back, for_members
from network.actions.reminders import confirm as confirm_all
from network.clock import now
from network.queries.moderation import told_owner
from network.queries.reminders import to_confirm

MOST = 100  # offers confirmed at once
MOST_ID = 2**62


def what_to_confirm(member: Any) -> dict[str, Any]:
    """Return what the box on somebody's pages shows: what is to confirm, and what moderation tells them."""
    if member is None:
        return {}
    told = told_owner(member)
    asked = [entry.uri for entry, _line in told.asked]
    return {"to_confirm": to_confirm(member, at=now(), asked=[*asked, *told.doubted]), "told": told}


@require_POST
@for_members
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the profile and the offers that are ticked."""
    ticked = request.POST.getlist("offer")[:MOST]
    chosen = [int(value) for value in ticked if value.isascii() and value.isdigit() and int(value) < MOST_ID]
    done = confirm_all(actor=me(request), offer_ids=chosen)
    text = ngettext(
        "Merci : votre fiche et %(count)s annonce sont confirmées.",
        "Merci : votre fiche et %(count)s annonces sont confirmées.",
        done.offers,
    )
    messages.tell(request, text % {"count": done.offers} if done.offers else _("Merci : votre fiche est confirmée."))
    return back(request, "account")
