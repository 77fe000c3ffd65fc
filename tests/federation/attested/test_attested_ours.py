"""What we prove: attestations, memberships and decisions, signed, served, told to those who read them, and ended."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation import attested, attesting, dispatch, queries, tasks
from federation.errors import Unwelcome
from federation.models import Activity, Announced, Node, Rendered, SignedObject
from federation.queries import node_actor
from federation.rules import proofs, strict_json
from federation.rules.multibase import from_multikey
from governance.actions.charter import adopt_template
from governance.actions.register import enter
from governance.models import Circle, ConsentSession, Decision, Proposal
from network.actions.collectives import admit_member, end_membership
from network.actions.leaving import mark_member_gone
from network.actions.trust import renew_vouch, vouch, withdraw_vouch
from network.clock import now
from network.models import Collective, Membership, MembershipState
from network.queries.webs import load
from tests import factories
from tests.federation.conftest import ORIGIN, make_follower
from tests.federation.proving import proves
from tests.federation.proving import vouch as vouch_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def toile(here, p1):
    """A follower of the node, on a node that runs Toile."""
    Node.objects.create(origin=p1.origin, software="toile")
    make_follower(p1.actor("node", "Application"), node_actor())
    return p1


@pytest.fixture
def others(here, p2):
    """A follower of Alix and one of the collective, on a node that runs something else."""
    make_follower(p2.actor("carol"), here.uri)
    make_follower(p2.actor("dan"), Collective.objects.get().uri)
    return p2


@pytest.fixture
def bachir(here):
    return factories.member("Bachir", handle="bachir", belongs_to=Collective.objects.get())


def received(peer):
    dispatch.deliver_due()
    return [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]


def get(client, uri, accept="application/activity+json"):
    return client.get(uri.removeprefix(ORIGIN), headers={"Accept": accept})


def holds(client, document):
    """Whether the document verifies with the key that its author's own address serves."""
    received = strict_json.parse(json.dumps(document).encode())
    owner = get(client, received["attributedTo"]).json()
    (listed,) = [key for key in owner["assertionMethod"] if key["id"] == received["proof"]["verificationMethod"]]
    key = Ed25519PublicKey.from_public_bytes(from_multikey(listed["publicKeyMultibase"]))
    return listed["controller"] == owner["id"] and proofs.verifies(proofs.read(received, now=now()), key)


# --- attestations ----------------------------------------------------------------------------------------


def test_an_attestation_is_signed_served_and_told_to_those_who_read_it(here, bachir, toile, others, client):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    attesting.announce_vouch(row.pk)
    (create,) = received(toile)
    assert (create["type"], create["id"], create["actor"]) == ("Create", f"{row.uri}/create", here.uri)
    thing = create["object"]
    assert (thing["subject"], thing["object"], thing["kind"], thing["level"]) == (here.uri, bachir.uri, "charte", 3)
    assert thing["relationship"] == "https://w3id.org/toile/ns#vouchesFor"
    assert thing == get(client, row.uri).json()
    assert thing["@context"][0] == "https://www.w3.org/ns/activitystreams"
    assert holds(client, thing)
    assert not holds(client, {**thing, "level": 1})
    assert received(others) == []
    assert get(client, f"{row.uri}/create").status_code == 200
    assert get(client, row.uri, "text/html").headers["Location"] == f"/membres/{bachir.pk}"


def test_what_is_told_reads_as_the_same_fact_to_the_last_microsecond(here, bachir, toile, clock):
    clock.advance(microseconds=123456)
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    attesting.announce_vouch(row.pk)
    from federation import actors
    from federation.rules.translate.attestations import read_attestation

    told = read_attestation(actors.expanded(received(toile)[0]["object"]))
    (ours,) = load().facts.surviving
    assert told.line == ours.line


def test_a_renewal_is_an_update_and_a_withdrawal_a_signed_tombstone(here, bachir, toile, client, clock):
    row = vouch(actor=here, subject_id=bachir.pk, level=1)
    attesting.announce_vouch(row.pk)
    clock.advance(days=30)
    renew_vouch(actor=here, vouch_id=row.pk, level=2)
    attesting.announce_vouch(row.pk)
    withdraw_vouch(actor=here, vouch_id=row.pk)
    attesting.announce_vouch(row.pk)
    messages = received(toile)
    assert [(m["type"], m["id"].removeprefix(row.uri)) for m in messages] == [
        ("Create", "/create"),
        ("Update", "/update/2"),
        ("Delete", "/delete"),
    ]
    end = messages[2]["object"]
    assert (end["type"], end["id"], end["formerType"]) == ("Tombstone", row.uri, "Relationship")
    assert holds(client, end)
    served = get(client, row.uri)
    assert (served.status_code, served.json()) == (410, end)
    assert get(client, f"{row.uri}/create").status_code != 200  # it says no more what was taken back


def test_private_attestations_never_leave(here, bachir, toile, client):
    rows = [
        vouch(actor=here, subject_id=bachir.pk, level=2, kind="prestation", public=False),
        vouch(actor=here, subject_id=bachir.pk, level=2, kind="competence:https://n.example/skills/x", public=False),
    ]
    tasks.sweep()
    for row in rows:
        assert attesting.announce_vouch(row.pk) == []
        withdraw_vouch(actor=here, vouch_id=row.pk)
        assert get(client, row.uri).status_code == 404
    tasks.sweep()
    bodies = [bytes(body) for body in Activity.objects.values_list("body", flat=True)]
    bodies += [bytes(body) for body in Rendered.objects.values_list("body", flat=True)]
    assert not [body for body in bodies for row in rows if row.uri.encode() in body]
    assert not SignedObject.objects.filter(uri__in=[row.uri for row in rows]).exists()


def test_what_was_withdrawn_before_anybody_heard_needs_no_delete(here, bachir, toile):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    withdraw_vouch(actor=here, vouch_id=row.pk)
    tasks.sweep()
    assert not [m for m in received(toile) if row.uri in m["id"]]
    assert not queries.vouches_behind().exists()


def test_told_once_however_often_and_found_by_the_sweep(here, bachir, toile):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    assert list(queries.vouches_behind()) == [row]
    tasks.sweep()
    assert not queries.vouches_behind().exists()
    attesting.announce_vouch(row.pk)
    tasks.sweep()
    assert len([m for m in received(toile) if m["id"].startswith(row.uri)]) == 1


def test_a_worker_killed_before_the_end_announces_all_of_it_or_nothing(here, bachir, toile, monkeypatch):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(attesting, "queue", killed)
        with pytest.raises(KeyboardInterrupt):
            attesting.announce_vouch(row.pk)
    assert not Announced.objects.filter(uri=row.uri).exists()
    assert not Rendered.objects.filter(uri=row.uri).exists()
    tasks.sweep()
    assert [m["type"] for m in received(toile) if m["id"].startswith(row.uri)] == ["Create"]


def test_somebody_who_leaves_takes_back_what_they_attested(here, bachir, toile):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    tasks.sweep()
    mark_member_gone(uri=here.uri)
    tasks.sweep()
    assert f"{row.uri}/delete" in {m["id"] for m in received(toile)}


# --- memberships -----------------------------------------------------------------------------------------


def papers(peer, member):
    return [m for m in received(peer) if "/mem/" in m["id"] and m["object"].get("object", member.uri) == member.uri]


def test_an_admission_is_told_with_its_year(here, toile, client, clock):
    newcomer = factories.member("Camille", handle="camille")
    admit_member(collective=Collective.objects.get(), member=newcomer)
    tasks.sweep()
    (create,) = papers(toile, newcomer)
    thing = create["object"]
    assert (thing["attributedTo"], thing["subject"], thing["object"]) == (
        *[f"{ORIGIN}/g/cooperative-demo"] * 2,
        newcomer.uri,
    )
    assert thing["relationship"] == "https://w3id.org/toile/ns#hasMember"
    assert (thing["published"], thing["endTime"]) == ("2026-11-21T09:00:00Z", "2027-11-21T15:00:00Z")  # 31,557,600 s
    assert holds(client, thing)
    assert get(client, thing["id"]).json() == thing
    assert get(client, thing["id"], "text/html").headers["Location"] == f"/membres/{newcomer.pk}"


def test_an_old_membership_gets_a_paper_that_begins_today(here, toile):
    """Alix joined long ago: the paper says that she is a member now, and for a year."""
    tasks.sweep()
    (create,) = papers(toile, here)
    assert create["object"]["published"] == "2026-11-21T09:00:00Z"


def test_the_paper_of_an_active_member_is_renewed_before_it_ends(here, toile, clock):
    tasks.sweep()
    clock.advance(days=330)
    tasks.sweep()
    assert len(papers(toile, here)) == 1
    clock.advance(days=6)
    assert queries.memberships_behind(clock.instant).exists()
    tasks.sweep()
    tasks.sweep()
    first, second = papers(toile, here)
    assert (second["type"], second["object"]["id"]) == ("Update", first["object"]["id"])
    assert second["object"]["published"] == "2027-10-23T09:00:00Z"


@pytest.mark.parametrize("how", ["end", "suspension"])
def test_an_end_or_a_suspension_leaves_a_signed_tombstone(here, toile, client, how):
    tasks.sweep()
    row = Membership.objects.get()
    if how == "end":
        end_membership(collective=row.collective, member=here)
    else:
        Membership.objects.update(state=MembershipState.SUSPENDED, revision=row.revision + 5)
    tasks.sweep()
    create, end = papers(toile, here)
    assert (end["type"], end["object"]["type"], end["object"]["id"]) == ("Delete", "Tombstone", create["object"]["id"])
    assert holds(client, end["object"])
    assert get(client, row.uri).status_code == 410


def test_whoever_comes_back_gets_a_new_paper(here, toile):
    tasks.sweep()
    row = Membership.objects.get()
    Membership.objects.update(state=MembershipState.SUSPENDED, revision=row.revision + 5)
    tasks.sweep()
    Membership.objects.update(state=MembershipState.ACTIVE, revision=row.revision + 6)
    tasks.sweep()
    created = [m["object"]["id"] for m in papers(toile, here) if m["type"] == "Create"]
    assert len(set(created)) == 2


def test_candidates_have_no_paper(here, toile):
    camille = factories.member("Camille", handle="camille")
    factories.candidate(Collective.objects.get(), camille)
    tasks.sweep()
    assert papers(toile, camille) == []


# --- decisions -------------------------------------------------------------------------------------------


def adopted(member, title, text, *, kind="decision", **more):
    """A decision and its entry, as an adoption leaves them, or (kind "vote") the vote that took its place."""
    collective = Collective.objects.get()
    charter = adopt_template(collective=collective)
    circle = Circle.objects.create(collective=collective, name="Cercle")
    proposal = Proposal.objects.create(circle=circle, proposer=member, title=title, text=text)
    session = ConsentSession.objects.create(proposal=proposal, charter=charter, electorate=[member.pk])
    body = {"title": title, "text": text, "proposer": member.name, **more}
    entry = enter(collective=collective, kind=kind, body=body, terms=charter.digest, at=now())
    return Decision.objects.create(
        session=session, version=1, title=title, text=text, review_on=now().date() + timedelta(days=180),
        responsible=member, entry=entry, adopted_at=now(),
    )  # fmt: skip


def test_a_decision_is_told_to_everybody_without_anything_personal(here, toile, others, client):
    row = adopted(here, "Admission de Zoé", "Zoé est admise, Alix l’accueille.")
    assert list(queries.decisions_behind()) == [row]
    tasks.sweep()
    entry, group = row.entry, Collective.objects.get().uri
    (create,) = [m for m in received(toile) if m["actor"] == group and m["object"]["type"] == "Note"]
    assert create in received(others)
    thing = create["object"]
    assert thing["id"] == f"{group}/decisions/{entry.seq}"
    assert thing["decision"] == {
        "collective": group,
        "seq": entry.seq,
        "entryDigest": entry.digest,
        "head": entry.head,
        "outcome": "adopted",
        "terms": entry.terms,
        "inForce": "2026-11-21T09:00:00Z",
        "review": f"{row.review_on}T00:00:00Z",
    }
    assert (thing["to"], thing["cc"]) == (
        ["https://www.w3.org/ns/activitystreams#Public"],
        [f"{group}/followers", f"{ORIGIN}/actor/followers"],
    )
    assert "Zoé" not in json.dumps(create, ensure_ascii=False)
    assert "Alix" not in json.dumps(create, ensure_ascii=False)
    assert holds(client, thing)
    assert get(client, thing["id"]).json() == thing
    assert get(client, thing["id"], "text/html").headers["Location"] == f"/registre/{entry.seq}"
    assert thing["url"] == f"{ORIGIN}/registre/{entry.seq}"
    assert not queries.decisions_behind().exists()
    tasks.announce("decision", Decision.objects.get().pk)
    assert Activity.objects.filter(object_uri=thing["id"]).count() == 1


def test_a_decision_by_vote_is_told_at_its_address_as_such_and_never_as_consent(here, toile, client):
    row = adopted(
        here, "Se réunir au local", "Au local.", kind="vote", outcome="carried", count={"for": 2, "against": 1}
    )
    tasks.sweep()
    entry, group = row.entry, Collective.objects.get()
    (create,) = [m for m in received(toile) if m["actor"] == group.uri and m["object"]["type"] == "Note"]
    thing = create["object"]
    assert thing["id"] == f"{group.uri}/decisions/{entry.seq}"
    told = thing["decision"]
    assert (told["outcome"], told["seq"], told["entryDigest"], told["head"]) == (
        "carried", entry.seq, entry.digest, entry.head,
    )  # fmt: skip
    assert f"décision n° {entry.seq} du registre, adoptée par un vote, faute de consentement." in thing["content"]
    assert "réunir" not in json.dumps(create, ensure_ascii=False)
    assert holds(client, thing)
    assert get(client, thing["id"]).json() == thing
    assert get(client, thing["id"], "text/html").headers["Location"] == f"/registre/{entry.seq}"
    page = client.get(f"/registre/{entry.seq}")
    assert thing["id"] in page.headers["Link"]
    assert thing["id"] in page.content.decode()


# --- handing on ------------------------------------------------------------------------------------------


def test_what_others_proved_is_handed_on_unaltered(here, toile, p2, client):
    zoe = proves(p2.actor("zoe"))
    thing = vouch_of(zoe, here.uri)
    body = json.dumps(thing, indent=1).encode()
    signed = attested.verify(body, source=zoe.uri, now=now())
    attested.store(signed, "attestation", about=here.uri)
    first, again = attested.relay(thing["id"]), attested.relay(thing["id"])
    assert first == again
    (announce,) = received(toile)
    assert (announce["type"], announce["actor"]) == ("Announce", node_actor())
    assert proofs.verifies(
        proofs.read(strict_json.parse(json.dumps(announce["object"]).encode()), now=now()), zoe.edwards.public_key()
    )
    assert get(client, announce["id"]).json() == announce
    with pytest.raises(Unwelcome):
        attested.relay("https://n.example/att/unheard")


def test_the_followers_of_a_node_known_to_prove_things_hear_of_ours(here, bachir, others, p2):
    """It need not call itself Toile."""
    zoe = proves(p2.actor("zoe"))
    signed = attested.verify(json.dumps(vouch_of(zoe, here.uri)).encode(), source=zoe.uri, now=now())
    attested.store(signed, "attestation", about=here.uri)
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    attesting.announce_vouch(row.pk)
    assert [m["id"] for m in received(others)] == [f"{row.uri}/create"]


def test_the_attestations_of_ours_last_as_long_as_the_row_says(here, bachir, toile):
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    attesting.announce_vouch(row.pk)
    assert row.expires_at - row.issued_at == timedelta(seconds=2 * 31_557_600)
    assert received(toile)[0]["object"]["endTime"] == "2028-11-20T21:00:00Z"
