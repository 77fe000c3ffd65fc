"""The page of one member: who, where, why to trust them, what they offer and seek."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from federation.overview import moved_to
from frontend import words
from frontend.context import me
from frontend.doors import linked, show
from frontend.json_ld import json_ld
from frontend.pages.anchors import read, viewpoint_of
from frontend.reasons import explain
from network.clock import now
from network.queries.members import member_page
from network.queries.search import OLD_COPY_DAYS
from network.queries.skills import skill_label
from network.queries.trust import trust_page


@require_GET
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a member as this reader sees them."""
    found = member_page(pk, viewer=me(request))
    viewpoint = viewpoint_of(request)
    context = {
        "found": found,
        "member": found.member,
        "why": explain(viewpoint, found.member, trust_page(viewpoint, found.member)),
        "skills": [{"slug": skill.slug, "label": skill_label(skill)} for skill in found.member.skills.all()],
        "languages": ", ".join(words.language_name(tag) for tag in found.member.languages),
        "old_copy": is_old_copy(found.member),
        "anchored": found.member.uri in read(request),
        "uri": found.member.uri,
        "moved_to": "" if found.member.local else moved_to(found.member.uri),
        "jsonld": json_ld(found.member, [*found.offers, *found.requests]),
        "may_erase": found.member.local and not found.can_edit and bool(getattr(request.user, "operator", False)),
    }
    response = show(request, "members/member.html", context)
    return response if found.member.unclaimed else linked(response, found.member.uri)


def is_old_copy(row: Any) -> bool:
    """Tell whether a row of another node was last heard of more than a week ago."""
    return not row.local and (now() - row.heard_at).days >= OLD_COPY_DAYS
