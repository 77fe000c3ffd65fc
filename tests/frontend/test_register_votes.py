"""Votes as anybody reads them in the register: their opening, their count, the list, the files, the feed."""

import json
from copy import deepcopy
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from frontend.templatetags.voted import exact_share, vote_choice, vote_outcome
from governance.actions.leaving import forget_name
from governance.actions.register import enter
from governance.models import Entry, Poll
from network.clock import now
from network.models import Collective
from tests.frontend.reading import faults, page_of
from tests.frontend.room_cast import OBJECTION, Room, make_room
from tests.governance.polling import allow_votes, to_vote, vote


@pytest.fixture(scope="module")
def opened(lasting_db) -> Room:
    """A vote that consent did not spare, open."""
    room = make_room()
    allow_votes(room.cast)
    room.cast.poll = to_vote(room.cast)
    return room


@pytest.fixture
def voting(opened, db) -> Room:
    return deepcopy(opened)


@pytest.fixture
def carried(voting) -> Entry:
    """Two for, one against."""
    return counted(voting.cast)


def counted(cast, against=1) -> Entry:
    choices = ["for"] * (3 - against) + ["against"] * against
    for member, choice in zip(cast.three, choices, strict=True):
        vote(Poll.objects.get(), member, choice)
    return Entry.objects.get(kind="vote")


def read(seq: int, **headers) -> str:
    answer = Client(headers=headers).get(reverse("register_entry", args=[seq]))
    assert answer.status_code == 200
    assert faults(page_of(answer)) == []
    return " ".join(answer.content.decode().replace("\u202f", " ").replace("\xa0", " ").split())


def missing(page: str, *said: str) -> list[str]:
    return [each for each in said if each not in page]


# --- entries ---------------------------------------------------------------------------------------------


def test_the_opening_says_why_what_rules_who_votes_and_that_nothing_is_adopted(voting):
    opening = Entry.objects.get(kind="fallback")
    page = read(opening.seq)
    said = (
        "passage au vote, faute de consentement",
        "elle n’adopte rien",
        "Nous n’avançons plus.",
        "Fin annoncée",
        "1/2 (50 %) des personnes appelées",
        "plus de 1/2 (50 %) de « pour » parmi les « pour » et les « contre »",
        "le texte n’est pas adopté",
        "3 personnes appelées",
        "Alix, Bachir, Camille",
        OBJECTION["text"],
    )
    assert missing(page, *said) == []
    assert "Depuis" not in page


def test_the_opening_links_what_came_of_it(carried):
    page = read(carried.body["opening"])
    assert missing(page, f"Depuis : inscription nᵒ {carried.seq}, vote, faute de consentement") == []


def test_a_carried_vote_reads_as_a_decision_made_by_vote(carried):
    page = read(carried.seq)
    said = (
        "adopté par un vote",
        "Le consentement n’a pas été atteint : ce texte a été adopté par un vote.",
        "en vigueur",
        "premier lundi",
        "À revoir le",
        "Responsable",
        "3 sur 3",
        "quorum atteint",
        "2/3 (environ 66,7 %)",
        "Alix — pour",
        "Bachir — pour",
        "Camille — contre",
        f"Ouverture du vote : inscription nᵒ {carried.body['opening']}",
    )
    assert missing(page, *said) == []
    assert "adoptée par consentement" not in page


def test_its_own_address_is_announced_by_its_page(carried, voting):
    home = Collective.objects.get(local=True)
    uri = f"{home.uri}/decisions/{carried.seq}"
    answer = Client().get(reverse("register_entry", args=[carried.seq]))
    assert uri in answer["Link"]
    opening = Client().get(reverse("register_entry", args=[carried.body["opening"]]))
    assert "decisions/" not in opening.headers.get("Link", "")


def test_a_rejected_text_is_no_decision(voting):
    entry = counted(voting.cast, against=2)
    page = read(entry.seq)
    assert missing(page, "non adopté", "Texte soumis au vote", "1/3 (environ 33,3 %)", "Camille — contre") == []
    assert [said for said in ("en vigueur", "À revoir le", "Responsable", "/decisions/") if said in page] == []


def test_a_forgotten_name_is_a_number_beside_its_choice(carried, voting):
    forget_name(voting.cast.camille)
    page = read(carried.seq)
    assert "Camille" not in page
    assert "sociétaire nᵒ 3 — contre" in page


def altered(entry: Entry, **changes) -> Entry:
    body = {name: value for name, value in {**entry.body, **changes}.items() if value is not ...}
    return enter(collective=entry.collective, kind="vote", body=body, terms=entry.terms, at=now())


def test_other_outcomes_say_what_they_are(carried):
    void = altered(carried, outcome="void", quorum_reached=False, voted=1, count={"for": 0, "against": 0, "abstain": 1},
                   share=None, ballots=[{**carried.body["ballots"][0], "choice": ""}])  # fmt: skip
    page = read(void.seq)
    assert missing(page, "sans effet", "quorum non atteint", "1 sur 3", "aucune voix", "n’a pas voté") == []
    withheld = altered(carried, outcome="withheld", count={}, share=None, quorum_reached=None, ballots=...)
    page = read(withheld.seq)
    assert missing(page, "Rien n’a été dépouillé", "non dépouillé") == []
    assert [said for said in ("Qui a voté quoi", "Abstentions", "sur 3") if said in page] == []


def test_a_proxys_ballot_and_an_effect_that_failed_are_told(carried):
    first, second, third = carried.body["ballots"]
    taken_back = [{"giver": third["person"], "holder": first["person"]}]
    ballots = [{**first, "by": second["person"]}, second, third]
    entry = altered(carried, ballots=ballots, effect_refused="charter_stale", proxies_withdrawn=taken_back)
    page = read(entry.seq)
    assert missing(page, "par Bachir, qui portait son pouvoir", "n’a pas pu l’être", "Camille à Alix") == []


def test_a_text_that_could_take_effect_no_more_is_nowhere_called_adopted(carried):
    entry = altered(carried, effect_refused="charter_stale", title="Trop tard")
    page = read(entry.seq)
    assert missing(page, "assez de voix, mais sans effet", "il n’est pas adopté", "Texte soumis au vote", "2/3") == []
    assert [said for said in ("adopté par un vote", "en vigueur", "À revoir le", "Responsable") if said in page] == []
    opening = read(carried.body["opening"])
    assert [opening.count(said) for said in ("adopté par un vote", "assez de voix, mais sans effet")] == [1, 1]
    found = Client().get(reverse("register"), {"q": "trop tard"}).content.decode()
    assert "assez de voix, mais sans effet" in found
    assert "adopté par un vote" not in found
    assert 'Trop tard,"assez de voix, mais sans effet",,' in Client().get(reverse("register_csv")).content.decode()
    assert missing(read(entry.seq, accept_language="en"), "enough votes, but without effect", "it is not adopted") == []


def test_a_secret_vote_says_who_took_part_only_where_the_entry_does(carried):
    rules = {**carried.body["rules"], "tier": "secret", "floor": 3}
    people = [each["person"] for each in carried.body["ballots"]]
    told = read(altered(carried, rules=rules, ballots=..., participants=people).seq)
    assert missing(told, "secret : aucun nom n’est à côté d’un choix", "Qui a voté", "Alix, Bachir, Camille",
                   "moins de 3 bulletins") == []  # fmt: skip
    assert "Qui a voté quoi" not in told
    untold = read(altered(carried, rules=rules, ballots=..., participants=None).seq)
    assert missing(untold, "Trop peu de personnes ont voté pour dire lesquelles.") == []
    assert "Alix, Bachir" not in untold


def test_an_extension_says_why_and_until_when(carried):
    body = {"title": "Se réunir au local", "opening": carried.body["opening"], "closed_at": carried.body["closed_at"],
            "closes_at": carried.body["closed_at"]}  # fmt: skip
    entry = enter(collective=carried.collective, kind="vote_extended", body=body, terms=carried.terms, at=now())
    page = read(entry.seq)
    assert missing(page, "vote secret prolongé", "une seule fois", "Nouvelle fin", "Ouverture du vote") == []
    assert f"inscription nᵒ {entry.seq}, vote secret prolongé" in read(carried.body["opening"])


def test_they_read_in_english_too(carried):
    page = read(carried.seq, accept_language="en")
    assert missing(page, "2/3 (about 66.7%)", "adopted by a vote", "in favour") == []
    opening = read(carried.body["opening"], accept_language="en")
    assert missing(opening, "more than 1/2 (50%)", "it adopts nothing") == []


# --- list, files, feed -----------------------------------------------------------------------------------


def test_the_list_is_searched_by_kind_and_state(carried):
    visitor, page = Client(), reverse("register")
    found = visitor.get(page, {"genre": "vote", "etat": "in_force"}).content.decode()
    assert missing(found, "Se réunir au local", "vote, faute de consentement", "adopté par un vote", "en vigueur") == []
    assert "Rien ne correspond" in visitor.get(page, {"genre": "vote", "etat": "replaced"}).content.decode()
    assert "Rien ne correspond" in visitor.get(page, {"genre": "fallback", "etat": "in_force"}).content.decode()
    listed = page_of(visitor.get(page))
    assert faults(listed) == []


def test_files_tell_what_came_of_it(carried):
    table = Client().get(reverse("register_csv"), {"genre": "vote"}).content.decode()
    assert "Se réunir au local,en vigueur,2027-06-01" in table
    (row,) = json.loads(Client().get(reverse("register_json"), {"genre": "vote"}).content)["entries"]
    assert (row["outcome"], row["state"]) == ("carried", "in_force")
    (row,) = Client().get(reverse("api_register"), {"kind": "vote", "state": "in_force"}).json()["entries"]
    assert (row["outcome"], row["seq"]) == ("carried", carried.seq)


def test_files_call_a_rejected_text_rejected(voting):
    counted(voting.cast, against=2)
    table = Client().get(reverse("register_csv"), {"genre": "vote"}).content.decode()
    assert "Se réunir au local,non adopté,," in table


def test_the_feed_of_decisions_has_what_a_vote_adopted_and_nothing_else(carried):
    altered(carried, outcome="rejected", title="Rejeté")
    root = ElementTree.fromstring(Client().get(reverse("register_feed")).content)  # noqa: S314 - our own
    entries = root.findall("{*}entry")
    assert [each.findtext("{*}title") for each in entries] == ["Se réunir au local"]
    assert missing(entries[0].findtext("{*}summary"), "en vigueur", "vote, faute de consentement") == []
    assert entries[0].findtext("{*}id").endswith(f"/registre/{carried.seq}")


# --- words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("1/2", "1/2 (50 %)"),
        ("2/3", "2/3 (environ 66,7 %)"),
        ("1/8", "1/8 (12,5 %)"),
        ("1/1", "1/1 (100 %)"),
        ("0/1", "0/1 (0 %)"),
        ("1999/2000", "1999/2000 (environ 100 %)"),
        ("", ""),
        (None, ""),
    ],
)
def test_shares_are_exact_with_their_per_cent(share, said):
    with translation.override("fr"):
        assert exact_share(share).replace("\xa0", " ") == said


def test_words_of_unknown_codes_stay():
    with translation.override("fr"):
        assert (vote_outcome("new"), vote_choice("new"), vote_choice("")) == ("new", "new", "n’a pas voté")
