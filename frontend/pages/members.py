"""The page of one member: who, where, why to trust them, what they offer and seek."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from federation.overview import moved_to
from frontend import event_words, words
from frontend.concealed import concealed_page
from frontend.context import me
from frontend.doors import linked, show
from frontend.freshness import shown_freshness
from frontend.json_ld import json_ld
from frontend.pages.anchors import read, spare_looker, viewpoint_of
from frontend.reasons import explain
from governance.queries.candidacies import may_be_excluded
from network.clock import now
from network.queries.events import next_dates_of
from network.queries.freshness import member_freshness
from network.queries.members import member_page
from network.queries.skills import skill_label
from network.queries.tending import competences
from network.queries.trust import Viewpoint, trust_page


@require_GET
def member(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a member as this reader sees them."""
    found = member_page(pk, viewer=me(request), concealed_too=True)
    if found.concealed:
        return concealed_page(request, found.concealed, _("Fiche masquée"))
    spare_looker(request, "member")
    viewpoint = viewpoint_of(request)
    context = {
        "found": found,
        "member": found.member,
        "why": explain(viewpoint, found.member, trust_page(viewpoint, found.member)),
        "skills": _skills(viewpoint, found.member),
        "languages": ", ".join(words.language_name(tag) for tag in found.member.languages),
        "access": words.accesses(found.member.access),
        **shown_freshness(member_freshness(found.member, at=now(), attested=True)),
        "hidden": found.hidden,
        "anchored": found.member.uri in read(request),
        "uri": found.member.uri,
        "next_dates": [(row, event_words.moment(row)) for row in next_dates_of(found.member, reader=me(request))],
        "moved_to": "" if found.member.local else moved_to(found.member.uri),
        "jsonld": json_ld(found.member, [*found.offers, *found.requests]),
        "may_exclude": may_be_excluded(found.member.pk, viewer=me(request)),
        "may_erase": found.member.local and not found.can_edit and bool(getattr(request.user, "operator", False)),
    }
    response = show(request, "members/member.html", context)
    return response if found.member.unclaimed else linked(response, found.member.uri)


def _skills(viewpoint: Viewpoint, member: Any) -> list[dict[str, str]]:
    """The skills that somebody names, each with how many people whom this reader accepts attest it."""
    counted = competences(viewpoint, member)
    return [
        {"slug": skill.slug, "label": skill_label(skill), "said": words.attested_by(counted.get(skill.slug, 0))}
        for skill in member.skills.all()
    ]
