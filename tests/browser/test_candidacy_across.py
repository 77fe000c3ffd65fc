"""A candidacy across two nodes: who asks, and one who sponsors and evaluates, live elsewhere than the collective."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests import services
from tests.browser.people import Person
from tests.browser.test_candidacy import ARTICLES, DAY
from tests.browser.test_entering import SIGNED, enters, looks_right
from tests.federation.test_admission import said
from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.governance.registers import PATH, verifier

WORD = "correct horse battery"
STEPS = "SELECT count(*) FROM governance_candidacystep WHERE kind = ?"
PAPER = (
    "SELECT s.uri FROM network_membership s JOIN network_member m ON m.id = s.member_id"
    " WHERE m.handle = 'fanny' AND s.uri != ''"
)
KEPT = "SELECT 1 FROM federation_signedobject WHERE uri = ? AND kind = 'membership'"


@pytest.fixture
def nodes(tmp_path):
    """The collective's node at Lille, with Alix, Bachir and Camille; at Tours Dominique and Fanny. One clock."""
    clock, ports = tmp_path / "clock", (services.free_port(), services.free_port())
    peers = " ".join(f"127.0.0.1:{port}" for port in ports)
    env = {"TOILE_FEDERATION_TEST_PEERS": peers, "TOILE_CLOCK_OFFSET_FILE": str(clock)}
    made = [
        services.new_node(tmp_path / name, port=port, env=env)
        for name, port in zip(("lille", "tours"), ports, strict=True)
    ]
    lille, tours = made
    try:
        ask(lille, "set_up('Lille', 'alix')", "join('alix', 'bachir')", "join('alix', 'camille')")
        said(lille, "found()")
        lille.start()
        ask(
            tours,
            "set_up('Tours', 'dominique')",
            "join('dominique', 'fanny')",
            f"follow('dominique', {lille.origin!r})",
        )
        tours.start()
        yield lille, tours, clock
    finally:
        for node in made:
            node.stop()


def at(browser, node, name, width=1280, *, script=True):
    """Somebody logged in at their own node."""
    person = Person(browser, node.origin, width, script=script).goes("/compte/connexion")
    return person.fills(login=name, password=WORD).sends("Se connecter")


def with_own_node(browser, there, home, name, width=1280):
    """Somebody of `home`, entered at `there`; also their browser at home."""
    own = at(browser, home, name, width)
    guest = Person(browser, there.origin, width)
    guest.context.add_cookies(own.context.cookies())
    enters(guest, home, name, look=lambda person: None)  # test_entering.py looks at these pages
    guest.page.set_viewport_size({"width": width, "height": 900})
    return guest, own


def seed(node, call):
    code = f"from tests.federation import seed_far as seed; seed.{call}"
    return json.loads(node.manage("shell", "--no-imports", "-c", code).stdout.splitlines()[-1])


def evaluates(member, page):
    member.goes(f"{page}/appreciation")
    for article in ARTICLES:
        member.fills(**{f"mark-{article}": "manifest", f"fact-{article}": "Vu.", f"on-{article}": "2026-01-02"})
    return member


def keep(person, folder, name):
    """axe and no sideways scroll at both widths; the picture of each."""
    looks_right(person)
    for width in (1280, 390):
        person.page.set_viewport_size({"width": width, "height": 900})
        person.page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def test_from_request_to_member_across_two_nodes(nodes, browser, tmp_path):
    lille, tours, clock = nodes
    dominique, _own = with_own_node(browser, lille, tours, "dominique")
    seed(lille, f"welcome({tours.origin + '/u/dominique'!r})")
    fanny, _own = with_own_node(browser, lille, tours, "fanny")

    fanny.page.get_by_role("link", name="Demander à rejoindre").click()
    fanny.fills(**{f"fact-{article}": "Le 2 mars, un atelier ouvert." for article in ARTICLES})
    fanny.fills(organisation="Éclats").page.locator("[name=agrees]").check()
    keep(fanny, tmp_path, "request")
    fanny.sends("Signer et demander").reads("Demandez à des membres de vous parrainer.")
    page = fanny.page.url
    alix, bachir = (at(browser, lille, name, script=False) for name in ("alix", "bachir"))
    for sponsor, name in ((alix, "Alix"), (dominique, "Dominique")):
        fanny.goes(f"{page}/actes/ask_sponsor").page.locator("[name=person]").select_option(label=name)
        fanny.sends("Demander un parrainage")
        sponsor.goes(page).reads("On vous demande de parrainer cette personne.")
        sponsor.goes(f"{page}/actes/confirm_sponsor").fills(organisation=f"Atelier {name}").sends("Parrainer")
    keep(dominique, tmp_path, "sponsor")

    dominique.goes(page).sends("Annoncer la candidature").reads("Votre évaluation est attendue.")
    for member in (alix, bachir, dominique):
        evaluates(member, page)
        if member is dominique:
            keep(dominique, tmp_path, "evaluation")
        member.sends("Sceller mon évaluation").reads("sous scellé")
    assert "évaluation · " not in fanny.goes(page).page.locator("main").inner_text()
    alix.goes(page).sends("Ouvrir les évaluations").reads("manifeste : 3")
    dominique.goes(f"{page}/actes/synthesise").fills(text="Les valeurs sont vécues.").sends("Écrire la synthèse")
    wait_for(lambda: not rows(lille, "SELECT 1 FROM governance_actsignature WHERE state != 'signed'"), "signatures")
    dominique.goes(page).reads("Actes de membres d’autres nœuds").reads(SIGNED)
    keep(dominique, tmp_path, "hearing")
    fanny.goes(page).reads("Les valeurs sont vécues.").reads(SIGNED)
    keep(fanny, tmp_path, "hearing-candidate")

    told = said(lille, "meet('fanny', adjourn=False)")
    assert told["stage"] == "probation"
    for days, kind in ((1, "open_decision"), (172, "notice"), (190, "end_probation")):
        clock.write_text(str((told["days"] + days) * DAY))
        wait_for(lambda kind=kind: rows(lille, STEPS, kind)[0][0], kind)
    uri = wait_for(lambda: rows(lille, PAPER), "the paper")[0][0]
    assert wait_for(lambda: rows(tours, KEPT, uri), "the paper at home")
    assert proven(lille, uri)["object"] == f"{tours.origin}/u/fanny"
    own = at(browser, tours, "fanny")
    own.goes("/compte").page.get_by_role("link", name="Voir ma fiche").click()
    own.reads("Collectif Lille").reads("preuve signée")
    keep(own, tmp_path, "profile")
    fanny, _own = with_own_node(browser, lille, tours, "fanny")
    fanny.goes(page).reads("Membre")
    keep(fanny, tmp_path, "member")

    holds(lille, tmp_path)


def proven(node, uri):
    """Return a paper as a third reader gets it, who knows neither node: the proof is by a key that the Group lists."""
    paper = fetched(node, uri)
    group, proof = fetched(node, paper["attributedTo"]), paper["proof"]
    key = next(each for each in group["assertionMethod"] if each["id"] == proof["verificationMethod"])
    assert key["controller"] == group["id"] == paper["attributedTo"]
    alone = verifier()
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    covered = {name: value for name, value in paper.items() if name != "proof"}
    signed = b"".join(sha256(alone.canonical(part)).digest() for part in (options, covered))
    raw = alone.base58(key["publicKeyMultibase"][1:])
    Ed25519PublicKey.from_public_bytes(raw[2:]).verify(alone.base58(proof["proofValue"][1:]), signed)
    return paper


def fetched(node, address):
    assert address.startswith(node.origin)
    accept = {"Accept": "application/activity+json"}
    status, _headers, body = node.request("GET", address.removeprefix(node.origin), headers=accept)
    assert status == 200, address
    return json.loads(body)


def holds(node, folder):
    """The register by the command, its file by the program that stands alone; neither names who evaluated."""
    assert "Tout concorde" in node.manage("verify_register").stdout
    file = Path(folder) / "dossier.json"
    node.manage("export_register", "--names", str(file))
    done = subprocess.run([sys.executable, PATH, file], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, "actes signés par d'autres nœuds" in done.stdout) == (0, True), done.stdout
    parts = json.loads(file.read_text())
    assert {each["document"]["kind"] for each in parts["acts"]} == {"express", "confirm_sponsor", "announce"}
    assert all("sealed_signatures" in each["document"]["body"] for each in parts["entries"]
               if each["document"]["type"] in {"candidacy", "membership"})  # fmt: skip
