"""The page of a collective: its web as a picture and a table, who holds it together, who lacks paths."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from frontend.cloth_picture import cloth_picture
from frontend.doors import linked, show, spare_visitor
from frontend.templatetags.ui import number
from frontend.whatif_words import span
from network.queries.collective_web import CollectiveWeb, collective_web


@require_GET
def collective(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a collective of this node; the same to everybody."""
    spare_visitor(request, "trust")
    asked = request.GET.get("page", "")
    web = collective_web(slug, page=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1)
    drawn = web.drawn
    picture = cloth_picture(
        drawn.people, drawn.arrows, referents=drawn.referents, holders=drawn.holders, beyond=drawn.beyond
    )
    context = {
        "web": web,
        "subject": web.collective,
        "picture": picture,
        "sentence": sentence(web),
        "others": range(1, web.pages + 1),
        "validity": span(web.terms.validity),
    }
    return linked(show(request, "collectives/collective.html", context), web.collective.uri)


def sentence(web: CollectiveWeb) -> str:
    """What the picture says, in words: members, référents, attestations, those given both ways."""
    parts = [
        ngettext("%(n)s membre", "%(n)s membres", web.members) % {"n": number(web.members)},
        ngettext("%(n)s référent", "%(n)s référents", web.referents) % {"n": number(web.referents)},
        ngettext("%(n)s attestation entre membres", "%(n)s attestations entre membres", web.arrows)
        % {"n": number(web.arrows)},
        ngettext("dont %(n)s paire réciproque", "dont %(n)s paires réciproques", web.mutual)
        % {"n": number(web.mutual)},
    ]
    return _("La toile de %(name)s : %(figures)s.") % {"name": web.collective.name, "figures": ", ".join(parts)}
