"""Pages of elections and lots, as people see them without script."""

import re
import subprocess
from datetime import timedelta
from hashlib import sha256
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from frontend.live import draw_mine, draw_state
from governance.models import Election, Lot, Mandate
from governance.queries.rooms import load, room_view, state_for
from governance.queries.shapes import AUDIENCES
from network.clock import day_of, now
from tests import factories
from tests.frontend.reading import page_of
from tests.governance.conftest import make_cast
from tests.governance.rules.test_lot_process import key as secret
from tests.governance.rules.test_lot_process import mark
from tests.governance.test_charter_versions import elsewhere
from tests.governance.voting import ROLE, Voting


@pytest.fixture
def voting(db):
    cast = make_cast()
    factories.node("Nœud Démo")
    return Voting(cast)


def browser(member) -> Client:
    client = Client()
    client.force_login(member.account)
    return client


def page(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode())


def test_asking_for_an_election_and_putting_it_on_an_agenda(voting):
    cast, alix = voting.cast, browser(voting.cast.alix)
    assert "Demander une élection" in page(alix, "elections")
    wrong = alix.post(reverse("election_new"), {"circle": cast.circle.pk, "role": "", "mission": "Garder ceci."})
    assert wrong.status_code == 400
    assert "Garder ceci." in wrong.content.decode()
    said = {"circle": cast.circle.pk, "role": "animation", "months": "900"}
    too_long = alix.post(reverse("election_new"), said)
    assert "au plus 36" in too_long.content.decode()
    made = alix.post(reverse("election_new"), {**said, "months": "12"}, follow=True)
    assert "Élection sans candidat" in made.content.decode()
    election = Election.objects.get(role="animation")
    cast.convene()
    assert "Assemblée" in page(alix, "election", election.pk)
    put = alix.post(reverse("election_agenda", args=[election.pk]), {"assembly": cast.assembly.pk}, follow=True)
    assert "à l’ordre du jour" in put.content.decode()
    assert "Élection\u202f: animation" in page(alix, "assembly", cast.assembly.pk)


def test_convening_with_an_election(voting):
    alix = browser(voting.cast.alix)
    assert f'value="{voting.election.pk}"' in page(alix, "assembly_new", election=voting.election.pk)
    said = {
        "circle": voting.cast.circle.pk,
        "title": "Assemblée",
        "starts_at": "2030-01-01T18:00",
        "elections": [voting.election.pk],
        "others": "",
    }
    made = alix.post(reverse("assembly_new"), said, follow=True)
    assert "trésorerie" in made.content.decode()


def test_election_and_proposition_link_the_charter_under_which_they_were_opened(voting):
    cast = voting.to_ballot().cast
    elsewhere(cast, **{"consent.call_minutes": 15})
    under = f'href="{reverse("charter_version", args=[1])}"'
    alix = browser(cast.alix)
    assert under in page(alix, "election", voting.election.pk)
    cast.enter()  # opened under the new version
    proposition = page(alix, "proposition", cast.proposal.pk)
    assert under not in proposition
    assert f'href="{reverse("charter_version", args=[2])}"' in proposition


def test_the_room_offers_a_ballot_and_no_frame_holds_its_name(voting):
    cast = voting.to_ballot().cast
    alix = browser(cast.alix)
    text = page(alix, "assembly", cast.assembly.pk)
    assert "Écrire un nom sur mon bulletin" in text
    form = page(alix, "assembly_act_page", cast.assembly.pk, "cast_ballot")
    assert "Camille" in form
    number = voting.state().round
    said = {"kind": "cast_ballot", "round": number, "person": cast.camille.pk, "key": uuid4(), "page": "1"}
    done = alix.post(reverse("assembly_act", args=[cast.assembly.pk]), said, follow=True)
    assert "Votre bulletin porte le nom de Camille" in done.content.decode()
    marked = "le nom de Camille"
    for audience in AUDIENCES:
        assert marked not in draw_state(state_for(load(cast.assembly.pk), audience), "fr")
    for other in (cast.bachir, cast.camille, cast.dominique):
        assert marked not in draw_mine(room_view(cast.assembly.pk, viewer=other), "fr")
        assert marked not in page(browser(other), "election", voting.election.pk)
    assert "Bulletins dévoilés" not in page(alix, "election", voting.election.pk)


@pytest.mark.parametrize("step", ["enter", "to_ballot", "to_propose", "to_call", "to_answer"])
def test_every_stage_draws_in_both_languages_for_everybody(voting, step):
    getattr(voting, step)()
    cast = voting.cast
    for language in ("fr", "en"):
        for audience in AUDIENCES:
            assert "trésorerie" in draw_state(state_for(load(cast.assembly.pk), audience), language)
        for member in (*cast.three, cast.dominique):
            assert draw_mine(room_view(cast.assembly.pk, viewer=member), language)
    assert page(browser(cast.bachir), "assembly_hall", cast.assembly.pk)


def test_the_outcome_on_the_page_in_the_register_and_among_the_circles(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    alix = browser(cast.alix)
    text = page(alix, "election", voting.election.pk)
    assert "Camille tient ce mandat" in text
    assert "Rigueur dite par deux voix." in text
    seq = re.search(r"/registre/(\d+)", text).group(1)
    entry = page(Client(), "register_entry", seq)
    assert "trésorerie" in entry
    assert "Camille" in entry
    assert "Rigueur dite" not in entry
    assert "trésorerie" in page(alix, "circles")


def held(cast, member, first, days=None) -> None:
    last = first + timedelta(days=days) if days else None
    Mandate.objects.create(circle=cast.circle, member=member, role=ROLE["role"], starts_on=first, ends_on=last)


def test_the_room_says_whom_the_charter_lets_rest(voting):
    cast, today = voting.cast, day_of(now())
    held(cast, cast.camille, today - timedelta(days=700), 300)
    held(cast, cast.camille, today - timedelta(days=390), 300)
    voting.to_ballot()
    assert "selon la charte\u202f: Camille<" in unescape(draw_state(state_for(load(cast.assembly.pk), "member"), "fr"))
    assert "by the charter: Camille<" in unescape(draw_state(state_for(load(cast.assembly.pk), "member"), "en"))


def test_who_accepted_and_was_given_nothing_is_told_with_what_to_do(voting):
    cast = voting.to_answer().cast
    held(cast, cast.camille, day_of(now()))
    voting.at(cast.camille, "accept_mandate")
    text = page(browser(cast.alix), "election", voting.election.pk)
    assert "Camille a accepté, mais n’a pas reçu ce mandat" in text
    assert reverse("circle", args=[cast.circle.pk]) in text
    entry = page(Client(), "register_entry", re.search(r"/registre/(\d+)", text).group(1))
    assert "Camille (tenait déjà ce rôle sans date de fin)" in entry


def lot_form(cast, **changed):
    at = localtime(now())
    return {
        "circle": cast.circle.pk,
        "role": ROLE["role"],
        "seats": "1",
        "months": "6",
        "pool": [member.pk for member in cast.three],
        "eligibility": "Tout le cercle.",
        "beacon_source": "Deux dés.",
        "beacon_format": "dice:#-#",
        "commits_end": (at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "reveals_end": (at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        **changed,
    }


def test_a_lot_without_script_from_the_form_to_the_mandate(voting):
    cast = voting.cast
    people = {member: browser(member) for member in cast.three}
    alix = people[cast.alix]
    wrong = alix.post(reverse("lot_new"), lot_form(cast, seats="9", eligibility="Garder ceci."))
    assert wrong.status_code == 400
    assert "Garder ceci." in wrong.content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page(alix, "lot_new")).group(1)
    said = lot_form(cast, key=key)
    for _twice in range(2):
        alix.post(reverse("lot_new"), said)
    lot = Lot.objects.get()
    other = alix.post(reverse("lot_new"), {**said, "seats": "2"})
    assert other.status_code == 400
    assert key not in other.content.decode()
    keys = {}
    for member, client in people.items():
        shown = client.post(reverse("lot_key", args=[lot.pk])).content.decode()
        keys[member] = re.search(r"readonly>([0-9a-f]{128})<", shown).group(1)
        mark = re.search(r'name="commitment" value="([0-9a-f]{64})"', shown).group(1)
        press(client, lot, "commit", commitment=mark)
    assert keys[cast.alix] not in str(list(lot.steps.values_list("payload", flat=True)))
    assert "ne se met pas à jour seule" in page(alix, "lot", lot.pk)
    press(alix, lot, "close_commits")
    for member, client in people.items():
        press(client, lot, "reveal_secret", secret=keys[member])
    press(alix, lot, "close_reveals")
    bad = press(alix, lot, "read_beacon", status=400, beacon="six et deux")
    assert "six et deux" in bad
    press(alix, lot, "read_beacon", beacon="dice:6-2")
    press(people[cast.bachir], lot, "read_beacon", beacon="dice:6-2")
    drawn = next(m for m in cast.three if "Le sort vous désigne" in page(people[m], "lot", lot.pk))
    press(people[drawn], lot, "accept_draw")
    assert f"{drawn.name} tient ce mandat" in page(alix, "lot", lot.pk)
    assert "ne se met pas à jour seule" not in page(alix, "lot", lot.pk)
    redo = page(alix, "lot_redo", tirage=lot.pk)
    lot.refresh_from_db()
    assert lot.identifier in redo
    assert Client().get(reverse("lot_redo"), {"tirage": lot.pk}).status_code == 404
    assert Client().get(reverse("lot_redo")).status_code == 200
    for entry in (lot.opening, lot.entry, lot.ending):
        assert page(Client(), "register_entry", entry.seq)


def drawn_lot(cast, **changed) -> tuple[Client, Lot]:
    """A lot drawn by three, with keys made by the node."""
    people = [browser(member) for member in cast.three]
    people[0].post(reverse("lot_new"), lot_form(cast, **changed))
    lot, keys = Lot.objects.get(), []
    for client in people:
        shown = client.post(reverse("lot_key", args=[lot.pk])).content.decode()
        keys.append(re.search(r"readonly>([0-9a-f]{128})<", shown).group(1))
        press(client, lot, "commit", commitment=re.search(r'name="commitment" value="([0-9a-f]{64})"', shown).group(1))
    press(people[0], lot, "close_commits")
    for client, key in zip(people, keys, strict=True):
        press(client, lot, "reveal_secret", secret=key)
    press(people[0], lot, "close_reveals")
    for client in people[:2]:
        press(client, lot, "read_beacon", beacon=changed.get("beacon_format", "dice:#-#").replace("#", "4"))
    return people[0], lot


def by_the_rule(sown: bytes, pool: list[str]) -> list[str]:
    """The order, as the page's own words tell how to find it."""
    left, drawn, counter = sorted(pool, key=str.encode), [], 0
    while left:
        x = int.from_bytes(sha256(sown + counter.to_bytes(8, "big")).digest(), "big")
        counter += 1
        if x < 2**256 - 2**256 % len(left):
            drawn.append(left.pop(x % len(left)))
    return drawn


def test_a_reader_redoes_a_draw_from_what_the_pages_say(voting):
    alix, lot = drawn_lot(voting.cast)
    redo = page_of(alix.get(reverse("lot_redo"), {"tirage": lot.pk}))
    given = {name: redo.with_id(name) for name in ("identifier", "beacon", "envelopes", "secrets", "pool", "redo")}
    secrets = []
    for line in given["envelopes"].text.split("\n")[:-1]:
        commitment, key = line.split()
        assert sha256(b"commit\0" + bytes.fromhex(key)).hexdigest() == commitment
        secrets.append(key[64:])
    assert sorted(secrets) == given["secrets"].text.split()
    identifier, beacon = (given[name].attributes["value"].encode() for name in ("identifier", "beacon"))
    sown = sha256(b"seed\0" + identifier + b"\0" + bytes.fromhex("".join(sorted(secrets))) + beacon)
    assert sown.hexdigest() == given["redo"].attributes["data-seed"]
    order = [each.text for each in page_of(alix.get(reverse("lot", args=[lot.pk]))).all("code") if "ol" in each.path]
    assert by_the_rule(sown.digest(), given["pool"].text.split()) == order
    lot.refresh_from_db()
    entry = page(Client(), "register_entry", lot.entry.seq)
    assert all(line in entry for line in (lot.identifier, *given["envelopes"].text.split(), sown.hexdigest()))


def test_the_commands_on_the_page_find_seed_and_commitments_and_run_nothing_else(voting, tmp_path):
    """The beacon's form is somebody's free text, and the line is there to be copied into a shell."""
    alix, lot = drawn_lot(voting.cast, beacon_format="l’urne'; touch pris; echo ' $(touch pris) `touch pris` #")
    read = page_of(alix.get(reverse("lot", args=[lot.pk])))
    commands = [each.text for each in read.all("code") if "data-command" in each.attributes]
    lines = [
        subprocess.run(["sh", "-c", each], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()[0]
        for each in commands
    ]
    lot.refresh_from_db()
    body = lot.entry.body
    assert lines == [body["seed"], *(each["commitment"] for each in body["commitments"])]
    assert list(tmp_path.iterdir()) == []


def test_no_second_reader_of_the_dice_sees_the_first(voting):
    cast = voting.cast
    people = [browser(member) for member in cast.three]
    people[0].post(reverse("lot_new"), lot_form(cast))
    lot = Lot.objects.get()
    for number, client in enumerate(people, start=1):
        press(client, lot, "commit", commitment=mark(number))
    press(people[0], lot, "close_commits")
    for number, client in enumerate(people, start=1):
        press(client, lot, "reveal_secret", secret=secret(number))
    press(people[0], lot, "close_reveals")
    press(people[0], lot, "read_beacon", beacon="dice:61-25")
    assert "dice:61-25" in page(people[0], "lot", lot.pk)
    assert "dice:61-25" not in page(people[1], "lot", lot.pk)
    assert "Ont déjà écrit\u202f: Alix" in page(people[1], "lot", lot.pk)
    differ = press(people[1], lot, "read_beacon", beacon="dice:1-25")
    assert "dice:61-25" not in differ
    assert "Les lectures diffèrent" in differ
    press(people[2], lot, "read_beacon", beacon="dice:61-25")
    assert "dice:61-25" in page(people[1], "lot", lot.pk)


TECHNICAL = "balise|engagement|graine|commit|commitment|identifiant|SHA-256|RFC|beacon|seed"
JARGON = re.compile(rf"(?<![\w-])(?:{TECHNICAL})s?(?![\w-])", re.IGNORECASE)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_of_a_lot_keep_their_technical_names_folded(voting, language):
    """Whoever has heard of none of them knows what to type and why; who wants to check finds them all."""
    cast = voting.cast
    alix = browser(cast.alix)
    alix.post(reverse("lot_new"), lot_form(cast))
    lot = Lot.objects.get()
    folded = {"new": ("SHA-256", "commit-reveal"), "lot": (lot.identifier,)}
    for name, address in (("new", reverse("lot_new")), ("lot", reverse("lot", args=[lot.pk]))):
        answer = alix.get(address, headers={"accept-language": language})
        assert answer["Content-Language"] == language
        read = page_of(answer)
        apart = " ".join(each.text for each in read.all("details"))
        assert all(said in apart for said in folded[name]), name
        main = read.all("main")[0].text
        for each in read.all("details"):
            main = main.replace(each.text, "")
        assert JARGON.findall(main) == [], name
    inputs = page_of(alix.get(reverse("lot_new"))).all("input")
    helped = [each for each in inputs if "aria-describedby" in each.attributes]
    asked = {each.attributes["name"] for each in helped}
    assert asked >= {"beacon_source", "beacon_format", "commits_end", "reveals_end", "beacon_at"}


def press(client, lot, kind, *, status=200, **said) -> str:
    answer = client.post(reverse("lot_act", args=[lot.pk]), {"kind": kind, "key": str(uuid4()), **said}, follow=True)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()
