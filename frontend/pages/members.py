"""The page of one member: who, where, why to trust them, what they offer and seek."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from federation.overview import moved_to
from frontend import words
from frontend.concealed import concealed_page
from frontend.context import me
from frontend.doors import linked, show
from frontend.freshness import shown_freshness
from frontend.pages.anchors import read, viewpoint_of
from frontend.reasons import explain
from network.clock import now
from network.queries.freshness import member_freshness
from network.queries.members import member_page
from network.queries.skills import skill_label
from network.queries.trust import trust_page


@require_GET
def member(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a member as this reader sees them."""
    found = member_page(pk, viewer=me(request), concealed_too=True)
    if found.concealed:
        return concealed_page(request, found.concealed, _("Fiche masquée"))
    viewpoint = viewpoint_of(request)
    context = {
        "found": found,
        "member": found.member,
        "why": explain(viewpoint, found.member, trust_page(viewpoint, found.member)),
        "skills": [{"slug": skill.slug, "label": skill_label(skill)} for skill in found.member.skills.all()],
        "languages": ", ".join(words.language_name(tag) for tag in found.member.languages),
        **shown_freshness(member_freshness(found.member, at=now(), attested=True)),
        "hidden": found.hidden,
        "anchored": found.member.uri in read(request),
        "uri": found.member.uri,
        "moved_to": "" if found.member.local else moved_to(found.member.uri),
        "may_erase": found.member.local and not found.can_edit and bool(getattr(request.user, "operator", False)),
    }
    return linked(show(request, "members/member.html", context), found.member.uri)
