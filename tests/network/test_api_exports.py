"""The public directory under /api/v1/export: formats with what they lack, files, refusals as problems."""

import json

import pytest
from rest_framework.test import APIClient

from tests import factories

pytestmark = pytest.mark.django_db


def test_the_formats_and_their_files():
    factories.node()
    factories.offer(factories.member("Atelier", kind="company"))
    client = APIClient()
    listed = {each["name"]: each for each in client.get("/api/v1/export").json()}
    assert listed["geojson"]["lacks"] == []
    assert "offer" in listed["vcard"]["lacks"]
    answer = client.get(listed["geojson"]["url"], headers={"accept": "application/geo+json"})
    assert answer["Content-Type"] == "application/geo+json"
    assert "public" in answer["Cache-Control"]
    assert [each["properties"]["name"] for each in json.loads(answer.content)["features"]] == ["Atelier"]
    missing = client.get("/api/v1/export/nope")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
