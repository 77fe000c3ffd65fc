"""The register to take along: the recount bundle and its verifier, a table, plain data, a feed of decisions."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from federation.bundles import bundle
from federation.confirmations import witnesses_of
from frontend.doors import for_everybody, private
from frontend.pages.register import asked, belongs, spare_whole
from frontend.templatetags.decisions import entry_kind, entry_state
from frontend.templatetags.voted import vote_outcome
from governance.queries.register import register_page
from governance.queries.shapes import RegisterSearch
from network import rates
from network.errors import NotEntitled, NotFound, TooOften
from network.queries.collectives import home_collective

VERIFIER = Path(__file__).parents[1] / "static" / "verify_register.py"
BUNDLES, PERIOD = 6, 60  # of one address, seconds: a bundle reads the whole register
ROWS = 100_000
FEED = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@require_safe
def recount(request: HttpRequest) -> HttpResponse:
    """The recount bundle; `?noms=1` with the sealed names, for members. NotEntitled("member_needed"), TooOften."""
    home, named = home_collective(), bool(request.GET.get("noms"))
    if home is None:
        raise NotFound("no_collective")
    if named and not belongs(request):
        raise NotEntitled("member_needed")
    wait = rates.allow("register-bundle", rates.address_bucket(rates.address_of(request.META)), BUNDLES, PERIOD)
    if wait:
        raise TooOften("too_often", retry_after=wait)
    name = f"registre-{home.slug}{'-noms' if named else ''}.json"
    return private(_file(bundle(home, with_names=named), "application/json", name))


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The stand-alone verifier, one file."""
    return for_everybody(request, _file(VERIFIER.read_bytes(), "text/x-python; charset=utf-8", VERIFIER.name))


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """What is found in the register, as CSV. TooOften."""
    spare_whole(request)
    rows = register_page(search=asked(request), size=ROWS).entries
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    write([_("numéro"), _("genre"), _("date"), _("titre"), _("état"), _("à revoir le"), _("tête")])
    for row in rows:
        review = row.review_on.isoformat() if row.review_on else ""
        state = entry_state(row.state) if row.state else vote_outcome(row.outcome, row.effect_refused)
        said = [row.seq, entry_kind(row.kind), row.at.isoformat(), row.title, state, review, row.head]
        write([_cell(str(value)) for value in said])
    data = b"\xef\xbb\xbf" + text.getvalue().encode()
    return for_everybody(request, _file(data, "text/csv; charset=utf-8", "registre.csv"))


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


@require_safe
def plain(request: HttpRequest) -> HttpResponse:
    """What is found in the register, as JSON. TooOften."""
    spare_whole(request)
    page = register_page(search=asked(request), size=ROWS)
    home = home_collective()
    witnesses = [asdict(each) for each in witnesses_of(home).witnesses] if home else []
    rows = [asdict(row) for row in page.entries]
    data = {"collective": page.collective.name, "head": page.head, "entries": rows, "confirmations": witnesses}
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)
    return for_everybody(request, _file(text.encode(), "application/json", "registre.json"))


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The decisions as a feed, newest first: those by consent, and those by the vote that took its place."""
    page = register_page(search=RegisterSearch(decided=True), size=FEED)
    address = settings.ORIGIN + reverse("register_feed")
    atom = Atom1Feed(
        title=_("Décisions : %(name)s") % {"name": page.collective.name}, link=settings.ORIGIN + reverse("register"),
        description="", feed_url=address, feed_guid=address, language=get_language() or "fr",
    )  # fmt: skip
    for row in page.entries:
        link = settings.ORIGIN + reverse("register_entry", args=[row.seq])
        how = entry_kind(row.kind) if row.outcome else ""
        said = " · ".join(str(part) for part in (entry_state(row.state), how, row.head[:16]) if part)
        atom.add_item(
            title=row.title or _("Sans titre"), link=link, unique_id=link, description=said, pubdate=row.at,
            updateddate=row.at, author_name=page.collective.name,
        )  # fmt: skip
    answer = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return for_everybody(request, answer)
