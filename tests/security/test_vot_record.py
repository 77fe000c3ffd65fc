"""VOT-24 and VOT-25: the register against whoever would edit it, and minutes against register, API and export.

VOT-24, an old copy put back: `tests/federation/test_heads.py`, against the heads that other nodes have signed. VOT-24,
a thousand changes found at their line: `tests/federation/test_bundles.py`.
"""

import json
import re
from collections import Counter
from hashlib import sha256

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from federation.bundles import bundle
from governance.models import Entry
from governance.queries.assemblies import minutes_view
from tests import factories
from tests.governance.registers import verifier


@pytest.fixture
def adopted(cast):
    """A decision with a concern, and minutes that were approved."""
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, choice="concern", text="Le chauffage est cher.")
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    mark = minutes_view(cast.assembly.pk, viewer=cast.alix).digest
    for member in cast.three[:2]:
        cast.do(member, "approve_minutes", digest=mark)
    return cast


def test_vot_24_there_is_no_door_to_edit_the_register(adopted):
    factories.node()
    alix, entries = Client(), Entry.objects.count()
    adopted.alix.account.is_staff = adopted.alix.account.is_superuser = True
    adopted.alix.account.save()
    alix.force_login(adopted.alix.account)
    for address in ("/api/v1/register", "/api/v1/register/2", "/registre", "/registre/2"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(alix, method)(address).status_code == 405, (method, address)
    assert not apps.is_installed("django.contrib.admin")
    assert alix.get("/admin/").status_code == 404
    assert Entry.objects.count() == entries


def test_vot_24_an_altered_row_is_named_with_its_line_and_date(adopted):
    row = Entry.objects.get(kind="decision")
    body = json.dumps({**row.body, "title": "Autre chose"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_entry SET body = %s WHERE id = %s", [body, row.pk])
    alone = verifier()
    with pytest.raises(alone.Bad, match=rf"inscription n° {row.seq}, du {row.at:%Y-%m-%d}"):
        alone.check(bundle(adopted.collective).decode())
    with pytest.raises(CommandError, match=str(row.seq)):
        call_command("verify_register")


def test_vot_25_minutes_register_api_and_export_say_the_same(adopted):
    """Same figures, same digests; and all of it under the collective's signature."""
    factories.node()
    minutes = minutes_view(adopted.assembly.pk, viewer=adopted.alix)
    parts = json.loads(bundle(adopted.collective))
    entered = {each["document"]["type"]: each["document"]["body"] for each in parts["entries"]}
    kept = parts["minutes"][0]
    assert entered["minutes"]["digest"] == kept["digest"] == minutes.digest
    assert kept["digest"] == "sha256:" + sha256(kept["text"].encode()).hexdigest()
    client = Client()
    client.force_login(adopted.alix.account)
    told = client.get(f"/api/v1/assemblies/{adopted.assembly.pk}").json()["state"]
    asked = client.get(f"/api/v1/proposals/{adopted.proposal.pk}").json()
    decided = entered["decision"]
    text = "Nous nous réunissons au local chaque premier mardi du mois."
    assert decided["text"] == text
    assert text in kept["text"]
    assert decided["text_digest"] == "sha256:" + sha256(text.encode()).hexdigest()
    assert told["minutes_digest"] == minutes.digest
    chosen = Counter(each["choice"] for each in decided["calls"][-1]["positions"])
    assert chosen == told_counts(asked) == {"consent": 2, "concern": 1}
    assert re.search(r"consentement\s: 2, réserve\s: 1, objection\s: 0", kept["text"])
    entry = next(each for each in parts["entries"] if each["document"]["type"] == "decision")
    assert f"Inscription n° {entry['document']['seq']} au registre, empreinte `{entry['head']}`" in kept["text"]
    page = client.get(f"/assemblees/{adopted.assembly.pk}/compte-rendu").content.decode()
    assert minutes.digest.removeprefix("sha256:")[:16] in page
    found, left = verifier().check(json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    assert left == []
    assert parts["heads"][-1]["n"] == len(parts["entries"])
    assert found


def told_counts(proposal: dict) -> dict[str, int]:
    return {choice: count for choice, count in proposal["consent"]["calls"][-1]["counts"].items() if count}


def test_vot_25_minutes_that_differ_are_named(adopted):
    parts = json.loads(bundle(adopted.collective))
    parts["minutes"][0]["text"] = parts["minutes"][0]["text"].replace("2", "3", 1)
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    alone = verifier()
    with pytest.raises(alone.Bad, match="procès-verbal"):
        alone.check(text)
