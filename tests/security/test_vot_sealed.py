"""VOT-08, 09, 11 and 13: what is sealed until the reveal, and evaluations, whose authors never show.

Positions and ballots in a room are open once they are revealed; until then the machine's administrator could read them
in the database, and nobody anywhere else. Views and drawn frames: `tests/governance/test_secrecy.py`,
`test_elections.py`. Belenios' sealed ballots do not exist: the part of VOT-11 about shared keys does not apply.
"""

import json
import logging
from dataclasses import asdict

import pytest
from django.db import connection
from django.test import Client

from governance.actions.lots import open_lot
from governance.errors import Invalid
from governance.models import Candidacy, CandidacyText, Entry
from governance.queries.candidacies import candidacies
from governance.queries.candidacy_view import candidacy_view
from network.signals import announce
from tests import factories
from tests.governance.candidacy_cast import Candidate, Clock
from tests.governance.rules.test_lot_process import mark
from tests.governance.test_lots import do, frozen
from tests.governance.voting import Voting
from tests.security.readers import read_all, remembered

SECRETS = ("ARGUMENT-SCELLE", "SUITE-SCELLEE", "RESERVE-SCELLEE", "FAIT-SCELLE")


@pytest.fixture
def way(cast, monkeypatch):
    return Candidate(cast, Clock(monkeypatch))


@pytest.fixture
def told(monkeypatch):
    """What is told to the rest of the house, and so to tasks: names and values of every announcement."""
    found = []

    def listen(signal, **facts):
        found.append(json.dumps(facts, default=str))
        announce(signal, **facts)

    for module in ("journal", "candidacy_journal", "gestures", "remote", "elections", "lots", "register"):
        monkeypatch.setattr(f"governance.actions.{module}.announce", listen)
    return found


def sealed_in_a_room(cast) -> None:
    cast.to_call()
    words = {"text": "ARGUMENT-SCELLE", "consequence": "SUITE-SCELLEE", "ground": "side_effect"}
    cast.do(cast.camille, "position", version=1, call=1, choice="objection", **words)
    cast.do(cast.bachir, "position", version=1, call=1, choice="concern", text="RESERVE-SCELLEE")


def sealed_about_a_person(way) -> None:
    way.announced()
    for member in (way.cast.bachir, way.cast.camille):
        way.do(member, "evaluate", marks=marked(way, "manifest", f"FAIT-SCELLE de {member.name}"))


def marked(way, mark: str, fact: str) -> dict:
    said = {"mark": mark, "fact": fact, "on": "2026-01-02"}
    return {article["id"]: dict(said) for article in way.charter.document["articles"]}


# --- VOT-11: an administrator reads


def test_vot_11_no_page_answer_or_export_shows_anything_sealed_whoever_asks(cast, way):
    """Every address of pages and API, for whoever runs the node, a member, an onlooker, the candidate, a visitor."""
    factories.node()
    sealed_about_a_person(way)
    sealed_in_a_room(cast)
    cast.alix.account.is_staff = cast.alix.account.is_superuser = True
    cast.alix.account.save()
    numbers = {
        "assembl": cast.assembly.pk, "proposi": cast.proposal.pk, "proposals": cast.proposal.pk,
        "candid": way.pk, "registre": 1, "cercles": cast.circle.pk, "membres": cast.camille.pk,
    }  # fmt: skip
    for member in (cast.alix, cast.dominique, cast.fanny, None):
        client, opened = Client(), 0
        if member:
            client.force_login(member.account)
        for address, status, text in read_all(client, numbers):
            assert status < 500, address
            opened += status == 200
            assert not [word for word in SECRETS if word in text], (member, address)
        print(f"{member}: {opened} opened")
        assert opened > (40 if member else 20)
    page = candidacy_view(way.pk, viewer=cast.alix)
    assert all(value.counts == {} and value.facts == () for value in page.values)


# --- VOT-09: logs link


def test_vot_09_no_log_announcement_cache_or_register_line_holds_what_is_sealed(cast, way, told, caplog):
    caplog.set_level(logging.DEBUG)
    factories.node()
    sealed_about_a_person(way)
    sealed_in_a_room(cast)
    client = Client()
    client.force_login(cast.camille.account)
    assert client.get(f"/assemblees/{cast.assembly.pk}").status_code == 200
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    kept = remembered()
    entries = [json.dumps(entry.body) for entry in Entry.objects.all()]
    assert told
    assert kept
    for text in (*lines, *told, *kept, *entries):
        assert not [word for word in SECRETS if word in text]
    assert not [each for each in told if "choice" in each]
    for receipt in cast.receipts:
        assert not {"choice", "text", "person"} & set(asdict(receipt)["facts"])


def test_vot_09_ballots_are_in_no_log_and_no_announcement(cast, told, caplog):
    caplog.set_level(logging.DEBUG)
    voting = Voting(cast).to_ballot()
    told.clear()
    caplog.clear()
    voting.cast_ballots()
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert told
    assert not [each for each in (*lines, *told) if '"person"' in each or "Camille" in each or "cast_ballot" in each]


@pytest.mark.django_db
def test_vot_09_erased_words_are_overwritten_in_the_file():
    """SQLite: what is deleted stays in no free page. PostgreSQL's vacuum is the administrator's."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete")
            assert cursor.fetchone() == (1,)


# --- VOT-08: order or time links


def test_vot_08_facts_stand_in_no_order_of_giving_and_evaluations_cannot_be_put_together(way):
    """Given in a known order, they are shown in their own; no author, no instant, no number goes with it."""
    way.announced()
    given = [(way.cast.camille, "zèbre"), (way.cast.alix, "marche"), (way.cast.bachir, "abeille")]
    for member, fact in given:
        way.do(member, "evaluate", marks=marked(way, "manifest", fact))
    way.do(way.cast.alix, "close_evaluation")
    view = candidacy_view(way.pk, viewer=way.cast.dominique)
    for value in view.values:
        assert [fact for _mark, fact, _on in value.facts] == ["abeille", "marche", "zèbre"]
    assert not [kind for _at, kind, _who in view.history if kind == "evaluate"]
    assert "evaluators" not in json.dumps(asdict(view), default=str)


def test_vot_08_the_candidate_learns_neither_who_nor_when_nor_how_many(way):
    way.announced()
    before = seen_by_the_candidate(way)
    for member in way.cast.three:
        way.time.days(1)
        way.do(member, "evaluate", marks=marked(way, "manifest", "Vu."))
        assert seen_by_the_candidate(way) == before


def seen_by_the_candidate(way) -> object:
    fanny = way.cast.fanny
    client = Client()
    client.force_login(fanny.account)
    rows = candidacies(fanny)
    told = client.get(f"/api/v1/candidacies/{way.pk}").json(), client.get("/api/v1/candidacies").json()
    return rows, told, asdict(candidacy_view(way.pk, viewer=fanny))


# --- VOT-13: ballot copied


def test_vot_13_the_commitment_of_another_is_refused_in_any_spelling(cast):
    lot = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast))
    do(lot, cast.alix, "commit", commitment=mark(1))
    for copied in (mark(1), mark(1).upper(), f" {mark(1)} "):
        with pytest.raises(Invalid):
            do(lot, cast.bachir, "commit", commitment=copied)


def test_vot_13_the_same_words_of_two_people_leave_different_commitments(way):
    sealed_about_a_person(way)
    rows = CandidacyText.objects.filter(role="evaluation")
    assert len({row.commitment for row in rows}) == len({row.salt for row in rows}) == 2
    digests = Candidacy.objects.get(pk=way.pk).steps.filter(kind="evaluate").values_list("body_digest", flat=True)
    assert len(set(digests)) == 2
