"""« Emporter mes données »: one archive with all that this node keeps of its reader, for programs and for people.

It is made as it is fetched and kept nowhere: the page itself waits for nothing, and no copy lies about.
"""

import io
import json
import zipfile
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from federation.own_data import own_data
from frontend.context import me
from frontend.doors import for_members, show
from frontend.own_data_words import readable
from network import rates
from network.clock import now
from network.errors import TooOften
from network.queries.members import this_node

TAKEN, TAKEN_SECONDS = 6, 3600  # archives of one member: each reads the registers


@for_members
@require_safe
def own_data_page(request: HttpRequest) -> HttpResponse:
    """Say what the archive holds, and what it does not."""
    return show(request, "account/own_data.html")


@for_members
@require_safe
def own_data_archive(request: HttpRequest) -> HttpResponse:
    """Download the archive; TooOften."""
    member, at = me(request), now()
    wait = rates.allow("own-data", str(member.pk), TAKEN, TAKEN_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)
    node = this_node()
    said = {"node": node.name if node else "", "at": at, "data": own_data(member)}
    name = f"{member.handle or 'toile'}-{at:%Y-%m-%d}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(_archive(name, said), content_type="application/zip", headers=headers)


def _archive(name: str, said: dict[str, Any]) -> bytes:
    """Return a ZIP of one folder: the same data as JSON, and as a page that needs no network."""
    page = render_to_string("account/own_data_file.html", {**said, "parts": readable(said["data"])})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr(f"{name}/{_('mes-donnees')}.html", page)
        folder.writestr(
            f"{name}/{_('mes-donnees')}.json", json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        )
    return made.getvalue()
