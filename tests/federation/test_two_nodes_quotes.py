"""A quote asked across two real nodes over real signed HTTP: agreed, refused, withdrawn; the page shows it to both.

The time that an answer takes is printed (`pytest -s`), never asserted: waiting has a generous guard.
"""

import http.client
import re
import time
from urllib.parse import urlencode

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes

PASSWORD = "correct horse battery"  # as seed.set_up gives it


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Lille offers, by the hour at 55 €; Tours follows Lille and knows the offer."""
    folder, ports = tmp_path_factory.mktemp("quotes"), (free_port(), free_port())
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    lille, tours = (
        new_node(folder / name, port=port, env=env) for name, port in zip(("lille", "tours"), ports, strict=True)
    )
    try:
        told = ask(lille, "set_up('Lille', 'alix')", "publish('alix', 'Installation', 'hourly', 5500)")
        offer = told[1]["uri"]
        lille.start()
        wait_for(lambda: rows(lille, "SELECT 1 FROM federation_rendered WHERE uri = ?", offer), "the offer's document")
        ask(tours, "set_up('Tours', 'dominique')", f"follow('dominique', {lille.origin!r})")
        tours.start()
        wait_for(lambda: rows(tours, "SELECT 1 FROM network_offer WHERE uri = ?", offer), "the offer")
        yield lille, tours, offer
    finally:
        for node in (lille, tours):
            node.stop()


def state(node, uri):
    """Return state, hours, cents, words and agreement of a request, as one node has it; nothing if it has not."""
    sql = "SELECT state, quantity, amount_cents, message, answer, agreement FROM network_quote WHERE uri = ?"
    found = rows(node, sql, uri)
    return found[0] if found else None


def in_state(node, uri, wanted):
    return lambda: (found := state(node, uri)) and found[0] == wanted and found


def test_an_agreement_is_the_same_on_both_sides(nodes):
    lille, tours, offer = nodes
    begun = time.monotonic()
    uri = ask(tours, f"ask_quote('dominique', {offer!r}, '1.5', 'Trois postes.')")["uri"]
    found = wait_for(in_state(lille, uri, "asked"), "the request")
    assert (float(found[1]), found[2], found[3]) == (1.5, 8250, "Trois postes.")
    asker = rows(lille, "SELECT m.name, m.origin FROM network_quote q JOIN network_member m ON m.id = q.asker_id")
    assert asker == [("Dominique", tours.origin)]
    ask(lille, f"answer_quote({uri!r}, 'Mardi matin.', accept=True)")
    answered = wait_for(in_state(tours, uri, "agreed"), "the Accept")
    assert answered == state(lille, uri)
    assert answered[4] == "Mardi matin."
    assert answered[5].startswith(f"{lille.origin}/agreements/")
    print(f"\nasked, accepted and known on both sides after {time.monotonic() - begun:.1f} s")  # noqa: T201


@pytest.mark.parametrize("who", ["lille", "tours"])
def test_done_is_done_on_both_sides(nodes, who):
    lille, tours, offer = nodes
    uri = ask(tours, f"ask_quote('dominique', {offer!r}, '1')")["uri"]
    wait_for(in_state(lille, uri, "asked"), "the request")
    ask(lille, f"answer_quote({uri!r}, '', accept=True)")
    wait_for(in_state(tours, uri, "agreed"), "the Accept")
    here, there = (lille, tours) if who == "lille" else (tours, lille)
    ask(here, f"finish_quote({uri!r})")
    wait_for(in_state(there, uri, "done"), "the end of the agreement")


def test_a_refusal_arrives_with_its_words(nodes):
    lille, tours, offer = nodes
    uri = ask(tours, f"ask_quote('dominique', {offer!r}, '3')")["uri"]
    wait_for(in_state(lille, uri, "asked"), "the request")
    ask(lille, f"answer_quote({uri!r}, 'Pas avant <mars>.', accept=False)")
    assert wait_for(in_state(tours, uri, "refused"), "the Reject")[4] == "Pas avant <mars>."


def test_a_request_taken_back_is_so_on_both_sides(nodes):
    lille, tours, offer = nodes
    uri = ask(tours, f"ask_quote('dominique', {offer!r}, '3')")["uri"]
    wait_for(in_state(lille, uri, "asked"), "the request")
    ask(tours, f"withdraw_quote({uri!r})")
    assert wait_for(in_state(lille, uri, "withdrawn"), "the Undo")


class Browser:
    """A logged-in person without script: forms, cookies, redirects."""

    def __init__(self, node, username):
        self.node, self.cookies = node, {}
        self.post("/compte/connexion", login=username, password=PASSWORD)

    def get(self, path):
        return self._send("GET", path)

    def post(self, path, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))[1]
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        return self._send("POST", path, body)

    def _send(self, method, path, body=None):
        headers = {
            "Host": self.node.origin.removeprefix("http://"),
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **({"Content-Type": "application/x-www-form-urlencoded"} if body else {}),
        }
        link = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=60)
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read().decode()
        finally:
            link.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status in {301, 302, 303}:
            return self.get(answer.headers["Location"].removeprefix(self.node.origin))
        assert answer.status == 200, (answer.status, text)
        return text


def test_two_people_do_it_in_their_pages(nodes):
    lille, tours, offer = nodes
    dominique, alix = Browser(tours, "dominique"), Browser(lille, "alix")
    pk = rows(tours, "SELECT id FROM network_offer WHERE uri = ?", offer)[0][0]
    assert f"/offres/{pk}/devis" in dominique.get(f"/offres/{pk}")
    page = dominique.post(f"/offres/{pk}/devis", quantity="2", message="À domicile ?")
    assert "110" in page
    uri = rows(tours, "SELECT uri FROM network_quote ORDER BY id DESC LIMIT 1")[0][0]
    wait_for(in_state(lille, uri, "asked"), "the request")
    here = rows(lille, "SELECT id FROM network_quote WHERE uri = ?", uri)[0][0]
    assert "1 demande reçue" in alix.get("/")
    thread = f"/compte/demandes/{here}"
    assert "À domicile ?" in alix.get(thread)
    alix.post(thread, act="accept", answer="Oui, jeudi.")
    wait_for(in_state(tours, uri, "agreed"), "the Accept")
    there = rows(tours, "SELECT id FROM network_quote WHERE uri = ?", uri)[0][0]
    assert "Oui, jeudi." in dominique.get(f"/compte/demandes/{there}")
