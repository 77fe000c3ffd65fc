"""Binding acts of a member of another node: signed by his node, waiting for it, or refused, as the charter says."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from federation import tasks
from federation.errors import Refused
from federation.models import Entrance as Session
from federation.models import ProofKey
from federation.signin import acts
from federation.signin.entrances import end
from governance.actions.assemblies import act
from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.errors import TermMissing, WrongState
from governance.models import ActSignature, Charter, Entry, SignatureState, Step
from governance.queries.register import check_register
from governance.queries.remote import proof_digest, signatures_of, verifiable
from governance.queries.sockets import Entrance, standing
from governance.rules.register import canonical, commitment, plain
from governance.rules.remote import BINDING, committed, opens
from network import clock
from network.actions.collectives import admit_member
from network.models import Member
from network.queries.collectives import home_collective
from tests.federation.proving import noted
from tests.federation.test_signin_home import browser, enter, home  # noqa: F401 - fixtures
from tests.governance.conftest import OBJECTION, Cast, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def far(home, browser, here):  # noqa: F811
    """Bachir's home is another node; he entered, is an active member here, and sits in the circle with two others."""
    assert enter(browser, home).status_code == 302
    bachir = Member.objects.get(uri=home.person.uri)
    collective = home_collective()
    camille, dominique = make_member("Camille"), make_member("Dominique")
    for member in (camille, dominique, bachir):
        admit_member(collective=collective, member=member)
    adopt_template(collective=collective)
    circle = open_circle(actor=camille, collective=collective, name="Cercle", members=[camille, dominique, bachir])
    cast = Cast(collective, circle, camille, dominique, bachir, here, here)
    cast.home = home
    return cast


def figure(cast, name, value):
    """The charter in force, with another figure (tests write it: a change is a decision)."""
    charter = Charter.objects.get(collective=cast.collective)
    document = charter.document
    document["figures"][name] = value
    if value is None:
        del document["figures"][name]
    with connection.cursor() as cursor:
        cast_to = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
        cursor.execute(
            f"UPDATE governance_charter SET document = {cast_to} WHERE id = %s",  # noqa: S608
            [json.dumps(document), charter.pk],
        )


def wait_hours(cast, hours):
    figure(cast, "remote.signature_wait_hours", hours)


def position(cast, member, key=None, **payload):
    payload = {"version": 1, "call": 1, "choice": "consent"} | payload
    return act(assembly_id=cast.assembly.pk, actor=member, kind="position", payload=payload, key=key or uuid4())


def test_position_is_signed_by_his_node_which_sees_a_commitment_only(far):
    far.to_call()
    position(far, far.camille, choice="concern", text="Une réserve qui reste ici.")
    row = ActSignature.objects.get()
    assert (row.state, row.kind) == (SignatureState.WAITING, "position")
    tasks.sign_act(row.pk)
    row.refresh_from_db()
    assert row.state == SignatureState.SIGNED
    seen = json.dumps(far.home.signed)
    assert "reste ici" not in seen
    assert "concern" not in seen
    assert row.salt not in seen
    assert set(far.home.signed[0]) == {
        "@context", "type", "actor", "collective", "place", "kind", "version", "call", "commitment", "key", "instant",
    }  # fmt: skip
    assert far.home.signed[0]["actor"] == far.camille.uri


def test_whose_objection_is_lifted_signs_by_which_text(far):
    far.to_call()
    far.answer(far.alix, far.bachir)
    far.do(far.camille, "position", version=1, call=1, **OBJECTION)
    far.do(far.bachir, "reveal", version=1, call=1)
    for member in (far.alix, far.bachir):
        far.do(member, "judge", objection=1, agree="yes")
    far.do(far.bachir, "close_test", objection=1)
    far.do(far.alix, "offer_amendment", version=1, text="À 18 h.")
    far.do(far.bachir, "offer_amendment", version=1, text="Rien ne change.")
    with pytest.raises(WrongState, match="stale_version"):
        far.do(far.camille, "confirm_resolved", objection=1, offer=1)
    far.do(far.camille, "confirm_resolved", objection=1, offer=2)
    row = ActSignature.objects.get(kind="confirm_resolved")
    tasks.sign_act(row.pk)
    signed = ActSignature.objects.get(pk=row.pk)
    told = {"version": 1, "objection": 1, "offer": 2}
    assert signed.proof["version"] == 1
    assert opens(signed.proof, signed.salt, told)
    assert not opens(signed.proof, signed.salt, {**told, "offer": 1})


def test_members_of_this_node_need_no_signature(far):
    far.to_call()
    position(far, far.alix)
    assert ActSignature.objects.count() == 0
    assert "position" in BINDING


def test_same_act_again_is_one_act_one_signature(far):
    far.to_call()
    key = uuid4()
    assert position(far, far.camille, key) == position(far, far.camille, key)
    assert ActSignature.objects.count() == 1
    row = ActSignature.objects.get()
    tasks.sign_act(row.pk)
    tasks.sign_act(row.pk)
    assert len(far.home.signed) == 1
    assert Step.objects.filter(key=key).count() == 1


def test_adopted_decision_opens_the_commitment_and_anybody_can_verify(far):
    far.to_call()
    position(far, far.camille, choice="concern", text="Première version, remplacée.")
    position(far, far.camille)
    tasks.keep_entrances()
    for member in (far.alix, far.bachir):
        position(far, member)
    far.do(far.bachir, "reveal", version=1, call=1)
    entry = Entry.objects.get(kind="decision")
    replaced, kept = entry.body["signatures"]
    assert replaced["opened"] is None
    assert "remplacée" not in json.dumps(entry.body)
    assert kept["opened"]["payload"]["choice"] == "consent"
    assert kept["signature"] == "signed"
    assert far.camille.uri not in json.dumps(entry.body)
    cited = next(each for each in verifiable(entry) if each["key"] == kept["key"])
    assert opens(cited["document"], cited["opened"]["salt"], cited["opened"]["payload"])
    assert kept["proof"] == commitment(cited["proof_salt"], canonical(plain(cited["document"])).decode())
    acts.verify(cited["document"], {name: value for name, value in cited["document"].items() if name != "proof"})
    assert check_register(far.collective).first_bad is None
    ActSignature.objects.all().delete()
    assert check_register(far.collective).first_bad is None
    assert verifiable(entry) == []


def test_home_away_keeps_the_act_waiting_visibly_and_its_signature_enters_later(far, clock):
    far.to_call()
    far.home.sign_status = 503
    position(far, far.camille)
    tasks.keep_entrances()
    assert [line.state for line in signatures_of(proposal_id=far.proposal.pk)] == ["waiting"]
    assert ActSignature.objects.get().why == "signature_unreachable"
    for member in (far.alix, far.bachir):
        position(far, member)
    far.do(far.bachir, "reveal", version=1, call=1)
    decision = Entry.objects.get(kind="decision")
    assert decision.body["signatures"][0]["signature"] == "waiting"
    assert decision.body["signatures"][0]["proof"] is None
    far.home.sign_status = 200
    clock.advance(minutes=30)
    tasks.keep_entrances()
    later = Entry.objects.get(kind="signature")
    assert later.body["cites"] == decision.seq
    assert later.body["proof"] == proof_digest(ActSignature.objects.get())
    assert later.body["opened"] is None
    tasks.keep_entrances()
    assert Entry.objects.filter(kind="signature").count() == 1
    assert check_register(far.collective).first_bad is None


def test_what_never_came_is_shown_as_missing(far, clock):
    far.to_call()
    far.home.sign_status = 503
    position(far, far.camille)
    clock.advance(hours=73)
    tasks.keep_entrances()
    assert [line.state for line in signatures_of(proposal_id=far.proposal.pk)] == ["missing"]


def test_charter_that_lets_nothing_wait_refuses_what_his_node_does_not_sign(far):
    wait_hours(far, 0)
    far.to_call()
    far.home.sign_status = 503
    key = uuid4()
    with pytest.raises(WrongState) as refused:
        position(far, far.camille, key)
    assert refused.value.code == "signature_unreachable"
    assert (ActSignature.objects.count(), Step.objects.filter(key=key).count()) == (0, 0)
    far.home.sign_status = 200
    position(far, far.camille, key)
    row = ActSignature.objects.get()
    assert row.state == SignatureState.SIGNED
    assert opens(row.proof, row.salt, Step.objects.get(key=key).payload)
    assert position(far, far.camille, key)
    assert len([seen for seen in far.home.signed if seen["key"] == str(key)]) == 2


def test_refused_act_leaves_no_signature(far):
    wait_hours(far, 0)
    far.to_call()
    with pytest.raises(WrongState):
        position(far, far.camille, version=7)
    assert ActSignature.objects.count() == 0


def test_missing_figure_blocks_with_its_name(far):
    wait_hours(far, None)
    far.to_call()
    with pytest.raises(TermMissing) as missing:
        position(far, far.camille)
    assert missing.value.facts["term"] == "remote.signature_wait_hours"
    position(far, far.alix)


def test_approval_of_minutes_is_signed_and_enters_with_them(far):
    far.to_adopted()
    far.do(far.bachir, "go_to_item", item=2)
    far.do(far.bachir, "close")
    far.do(far.bachir, "draw_up_minutes")
    digest = far.assembly.minutes.get().digest
    far.do(far.camille, "approve_minutes", digest=digest)
    tasks.keep_entrances()
    assert [line.state for line in signatures_of(assembly_id=far.assembly.pk)] == ["signed"]
    far.do(far.alix, "approve_minutes", digest=digest)
    entry = Entry.objects.get(kind="minutes")
    assert entry.body["signatures"][0]["opened"]["payload"] == {"digest": digest}
    assert check_register(far.collective).first_bad is None


def test_what_a_member_signed_counts_after_new_keys_and_not_after_stolen_ones(far):
    """Their node has replaced their key since: a proof made before counts, unless the key was stolen."""
    far.to_call()
    position(far, far.camille)
    tasks.keep_entrances()
    row = ActSignature.objects.get()
    asked = {name: value for name, value in row.proof.items() if name != "proof"}
    method = ProofKey.objects.filter(key_id=row.proof["proof"]["verificationMethod"])
    method.update(retired_at=clock.now() + timedelta(seconds=1))
    acts.verify(row.proof, asked)
    method.update(revoked_at=clock.now())
    with pytest.raises(Refused):
        acts.verify(row.proof, asked)


def test_no_session_no_signature(far, browser):  # noqa: F811
    wait_hours(far, 0)
    far.to_call()
    browser.post("/compte/deconnexion")
    with pytest.raises(WrongState) as refused:
        position(far, far.camille)
    assert refused.value.code == "signature_no_session"


@pytest.mark.parametrize("lie", ["another act", "no proof", "another key", "another member", "later", "form"])
def test_false_signature_is_refused(far, lie):
    wait_hours(far, 0)
    far.to_call()
    true, other = far.home.sign, far.home.resident("mallory").uri

    def sign(said):
        if lie == "another act":
            return true(said | {"commitment": "sha256:" + "0" * 64})
        if lie == "no proof":
            return said
        if lie == "another key":
            far.home.edwards[said["actor"]] = far.home.edwards[other]
            return true(said)
        if lie == "another member":
            return true(said | {"actor": other}) | {"actor": said["actor"]}
        signed = true(said)
        if lie == "form":  # truly signed, and nothing that a register can hold
            return noted(signed, far.home.edwards[said["actor"]], note=1.5)
        return signed | {"proof": signed["proof"] | {"created": "2099-01-01T00:00:00Z"}}

    far.home.sign = sign
    with pytest.raises(WrongState) as refused:
        position(far, far.camille)
    assert refused.value.code == "signature_refused"
    assert ActSignature.objects.count() == 0


def test_objection_and_its_withdrawal_are_signed_too(far):
    far.to_call()
    position(
        far, far.camille, choice="objection", text="La salle ferme trop tôt pour nous.",
        consequence="Une partie des gens partirait avant la fin.", ground="side_effect",
    )  # fmt: skip
    for member in (far.alix, far.bachir):
        position(far, member)
    far.do(far.bachir, "reveal", version=1, call=1)
    number = 1
    far.do(far.camille, "withdraw_objection", objection=number)
    assert [line.kind for line in signatures_of(proposal_id=far.proposal.pk)] == ["position", "withdraw_objection"]
    tasks.keep_entrances()
    assert {line.state for line in signatures_of(proposal_id=far.proposal.pk)} == {"signed"}


def test_commitments_hide_and_bind():
    one, two = committed("00" * 32, {"choice": "consent"}), committed("11" * 32, {"choice": "consent"})
    assert len({one, two, committed("00" * 32, {"choice": "concern"})}) == 3


def test_register_page_offers_the_proofs(far):
    far.to_call()
    for member in (far.camille, far.alix, far.bachir):
        position(far, member)
    tasks.keep_entrances()
    far.do(far.bachir, "reveal", version=1, call=1)
    entry = Entry.objects.get(kind="decision")
    reader = Client(headers={"host": "localhost:8000"})
    page = reader.get(f"/registre/{entry.seq}").content.decode()
    assert "Bachir" in page
    assert f"/registre/{entry.seq}/signatures.json" in page
    listed = reader.get(f"/registre/{entry.seq}/signatures.json").json()["signatures"]
    assert listed[0]["document"]["actor"] == far.camille.uri


def test_act_tried_again_after_a_lost_answer_is_the_same_act(far):
    """His node signed, we did not hear it: the same key, tried again, asks for the same commitment."""
    wait_hours(far, 0)
    far.to_call()
    key, lost = uuid4(), far.home.sign
    far.home.sign_status = 503
    with pytest.raises(WrongState):
        position(far, far.camille, key)
    first = lost(far.home.signed[0])
    far.home.sign_status = 200
    far.home.sign = lambda said: first if said["commitment"] == first["commitment"] else said
    position(far, far.camille, key)
    row = ActSignature.objects.get()
    assert row.proof == first
    assert row.facts["instant"] == first["instant"]


def test_who_does_not_belong_costs_their_node_nothing(far):
    far.to_call()
    outsider = Member.objects.create(
        uri=f"{far.home.peer.origin}/u/zoe", origin=far.home.peer.origin, name="Zoé", handle="zoe"
    )
    with pytest.raises(Exception, match="assembly_unknown"):
        position(far, outsider)
    assert ActSignature.objects.count() == 0
    assert far.home.signed == []


def test_sockets_of_an_ended_session_do_not_hold(far):
    far.to_call()
    row = Session.objects.get()
    socket = Entrance(row.session_key, row.account_id, far.camille.pk)
    assert standing(far.assembly.pk, [socket]) == {socket}
    Member.objects.filter(pk=far.camille.pk).update(muted=True)
    assert standing(far.assembly.pk, [socket]) == frozenset()
    Member.objects.filter(pk=far.camille.pk).update(muted=False)
    end(row, "revoked")
    assert standing(far.assembly.pk, [socket]) == frozenset()
