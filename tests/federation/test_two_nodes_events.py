"""Events across two real nodes over real signed HTTP: in the other's agenda, cancelled there, gone from there."""

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes


def ask_event(node, call):
    """Run a function of tests/federation/seed_events.py on the node's data; return what it tells."""
    code = f"from tests.federation import seed_events as seed; seed.{call}"
    return node.tells(code)[-1]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Lille has a monthly fair; Tours follows Lille."""
    folder, ports = tmp_path_factory.mktemp("events"), (free_port(), free_port())
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    lille, tours = (
        new_node(folder / name, port=port, env=env) for name, port in zip(("lille", "tours"), ports, strict=True)
    )
    try:
        ask(lille, "set_up('Lille', 'alix')")
        fair = ask_event(lille, "publish('alix', 'Foire du samedi')")
        lille.start()
        first = f"{fair['uri']}/{fair['slots'][0]}"
        wait_for(lambda: rows(lille, "SELECT 1 FROM federation_rendered WHERE uri = ?", first), "the first document")
        ask(tours, "set_up('Tours', 'dominique')", f"follow('dominique', {lille.origin!r})")
        tours.start()
        yield lille, tours, fair
    finally:
        for node in (lille, tours):
            node.stop()


def read(node, path):
    """Return status and text of a page, as a visitor sees it."""
    status, _headers, body = node.request("GET", path)
    return status, body.decode()


def copies(node, title):
    """Return state, place and note of each date that the node holds of another's event, in order."""
    return rows(
        node,
        "SELECT e.state, d.state, d.place_name, d.note FROM network_eventdate d JOIN network_event e"
        " ON e.id = d.event_id WHERE e.title = ? AND NOT e.local ORDER BY d.starts_at",
        title,
    )


def test_dates_told_before_the_follow_are_caught_up_with_then_cancelled_then_gone(nodes):
    lille, tours, fair = nodes
    title = "Foire du samedi"
    number = len(fair["slots"])
    wait_for(lambda: len(copies(tours, title)) == number, "the dates")
    assert set(copies(tours, title)) == {("confirmed", "confirmed", "Liévin", "")}
    assert read(tours, "/agenda")[1].count(title) >= number
    ask_event(lille, f"cancel_date({fair['uri']!r}, {fair['slots'][1]!r}, 'Salle fermée')")
    wait_for(lambda: ("cancelled", "confirmed", "Liévin", "Salle fermée") in copies(tours, title), "the cancellation")
    assert "Salle fermée" in read(tours, "/agenda")[1]
    ask_event(lille, f"withdraw({fair['uri']!r})")
    wait_for(lambda: {state for state, *_ in copies(tours, title)} == {"withdrawn"}, "the Deletes")
    assert title not in read(tours, "/agenda")[1]


def test_a_new_event_arrives_and_leaves_with_its_organiser(nodes):
    lille, tours, _fair = nodes
    ask(lille, "join('alix', 'bachir')")
    made = ask_event(lille, "single('bachir', 'Atelier du soir', 200)")
    wait_for(lambda: copies(tours, "Atelier du soir"), "the workshop")
    assert "Atelier du soir" in read(lille, f"/evenements/{made['pk']}")[1]
    ask(lille, "leave('bachir')")
    end = (
        "SELECT e.title, e.state, d.state FROM network_event e JOIN network_eventdate d ON d.event_id = e.id"
        " WHERE e.uri LIKE ?"
    )
    gone = [("", "withdrawn", "withdrawn")]  # once the person is gone too, the words they chose are
    wait_for(lambda: rows(tours, end, f"{made['uri']}/%") == gone, "the end")
    assert read(lille, f"/evenements/{made['pk']}")[0] == 404
