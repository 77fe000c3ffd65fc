"""Elections and candidacies with a member of another node: what their node signs, and what no signature ever tells."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from federation import tasks
from federation.bundles import bundle
from federation.signin import acts
from governance.actions.assemblies import act
from governance.actions.candidacies import act_on
from governance.actions.candidacy_follow import erase_words
from governance.errors import NotEntitled, WrongState
from governance.models import ActSignature, CandidacyStep, ElectionStep, Entry, SignatureState
from governance.queries.candidacy_view import candidacy_view
from governance.queries.register import check_register
from governance.queries.remote import proof_digest, signatures_of, verifiable
from governance.rules.register import canonical, commitment
from governance.rules.remote import opens
from network.actions.collectives import admit_member
from network.clock import now
from network.models import Account, Member
from tests.federation.test_signed_acts import far, figure, wait_hours  # noqa: F401 - fixture
from tests.federation.test_signin_home import browser, home  # noqa: F401 - fixtures
from tests.governance.candidacy_cast import Candidate, Clock, answers, marks
from tests.governance.conftest import make_member
from tests.governance.registers import verifier
from tests.governance.voting import Voting

pytestmark = pytest.mark.django_db(transaction=True)


def signed(row):
    """What is kept is by the member's own key, and of this very act."""
    row.refresh_from_db()
    assert row.state == SignatureState.SIGNED
    acts.verify(row.proof, {name: value for name, value in row.proof.items() if name != "proof"})
    return row.proof


def kinds(**of):
    return [row.kind for row in ActSignature.objects.filter(**of).order_by("pk")]


def all_hold(cast, *, found="", left=(), with_names=True):
    """The rows and the file, by two programs that share no code; `left`: what the second names as not checked."""
    assert check_register(cast.collective).first_bad is None
    data = bundle(cast.collective, with_names=with_names).decode()
    told, unchecked = verifier().check(data)
    assert unchecked == [*left]
    assert found in " ".join(told)
    return json.loads(data)


# --- elections ------------------------------------------------------------------------------------------------


@pytest.fixture
def voting(far):  # noqa: F811
    """Three vote; the one who is proposed, and accepts, has another node for home."""
    return Voting(far)


def test_an_election_is_signed_step_by_step_and_verified_by_all(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    tasks.keep_entrances()
    of = kinds(election=voting.election)
    assert of == ["agree_role", "cast_ballot", "keep_voice", "position", "accept_mandate"]
    assert kinds(election=None) == []
    for row in ActSignature.objects.all():
        assert signed(row)["place"].endswith(f"/elections/{voting.election.pk}")
    entry = Entry.objects.get(kind="election")
    opened = {each["kind"]: each["opened"] for each in entry.body["signatures"]}
    assert [kind for kind, content in opened.items() if content] == ["position", "accept_mandate"]
    assert opened["position"]["payload"]["choice"] == "consent"
    assert cast.camille.uri not in json.dumps(entry.body)
    later = Entry.objects.filter(kind="signature")
    assert later.count() == 5
    parts = all_hold(cast, found="5 actes signés par d'autres nœuds, vérifiés")
    assert len(parts["acts"]) == 5
    assert "acts" not in all_hold(cast, with_names=False)


def test_a_ballot_is_never_told_from_a_pass_nor_opened(voting):
    figure(voting.cast, "election.allow_pass", True)
    cast = voting.to_ballot().cast
    voting.at(cast.camille, "cast_ballot", person=cast.alix.pk)
    voting.at(cast.camille, "pass_ballot")
    tasks.keep_entrances()
    assert kinds(election=voting.election) == ["agree_role", "cast_ballot", "cast_ballot"]
    assert [line.kind for line in signatures_of(election_id=voting.election.pk)] == [
        "agree_role", "cast_ballot", "cast_ballot",
    ]  # fmt: skip
    seen = json.dumps(cast.home.signed)
    assert "pass" not in seen
    assert '"person"' not in seen
    row = ActSignature.objects.last()
    assert row.salt not in seen
    assert opens(signed(row), row.salt, ElectionStep.objects.get(key=row.key).payload)
    assert not Entry.objects.filter(kind__in=["election", "signature"]).exists()


def test_words_about_the_person_proposed_stay_out_of_the_register(voting):
    cast = voting.to_propose().cast
    voting.at(cast.bachir, "propose", person=cast.alix.pk, grounds="Elle sait compter.")
    for member in (cast.bachir, cast.camille):
        text = {"choice": "concern", "text": "Elle a déjà deux mandats."} if member is cast.camille else {}
        voting.do(member, "position", version=1, call=1, **({"choice": "consent"} | text))
    voting.do(cast.alix, "position", version=1, call=1, choice="consent")
    voting.do(cast.bachir, "reveal", version=1, call=1)
    voting.at(cast.alix, "accept_mandate")
    entry = Entry.objects.get(kind="election")
    assert "deux mandats" not in json.dumps(entry.body, ensure_ascii=False)
    assert all(each["opened"] is None for each in entry.body["signatures"])
    tasks.keep_entrances()
    all_hold(cast)


def test_an_election_where_nothing_may_wait_refuses_what_is_not_signed(voting):
    cast = voting.cast
    wait_hours(cast, 0)
    voting.to_ballot()
    cast.home.sign_status = 503
    with pytest.raises(WrongState, match="signature_unreachable"):
        voting.at(cast.camille, "cast_ballot", person=cast.alix.pk)
    assert not ElectionStep.objects.filter(kind="cast_ballot").exists()
    cast.home.sign_status = 200
    voting.at(cast.camille, "cast_ballot", person=cast.alix.pk)
    signed(ActSignature.objects.get(kind="cast_ballot"))


def test_a_key_that_was_used_elsewhere_carries_no_act_through(voting):
    """One key, one act: nobody slips an act past its signature under the key of another."""
    cast, key = voting.to_ballot().cast, uuid4()
    voting.do(cast.camille, "cast_ballot", key=key, round=voting.state().round, person=cast.alix.pk)
    row = Candidate(cast, None)
    cast.fanny = make_member("Fanny")
    row.expressed().do(cast.fanny, "ask_sponsor", person=cast.camille.pk)
    with pytest.raises(WrongState, match="key_reused"):
        row.do(cast.camille, "confirm_sponsor", key=key, organisation="Ailleurs")
    assert not CandidacyStep.objects.filter(kind="confirm_sponsor").exists()


# --- candidacies ----------------------------------------------------------------------------------------------


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def way(far, time):  # noqa: F811
    """Fanny, whose home is the other node too, asks; Alix and somebody of that node (here Bachir) sponsor her."""
    cast = far
    cast.fanny = stranger(cast, "fanny")
    cast.bachir, cast.camille = cast.camille, cast.bachir
    made = Candidate(cast, time)
    time.days(0)
    return made


def stranger(cast, name):
    uri = cast.home.resident(name).uri
    return Member.objects.create(uri=uri, origin=cast.home.peer.origin, name=name.title(), handle=name)


def test_a_candidacy_is_signed_by_candidate_and_sponsor_and_who_evaluated_is_told_to_nobody(way):
    cast = way.cast
    way.evaluated()
    tasks.keep_entrances()
    assert kinds(candidacy=way.pk) == ["express", "confirm_sponsor", "evaluate"]
    told = [(line.person, line.kind) for line in candidacy_view(way.pk, viewer=cast.alix).signatures]
    assert told == [("Fanny", "express"), ("Bachir", "confirm_sponsor")]
    own = candidacy_view(way.pk, viewer=cast.bachir).signatures
    assert [line.kind for line in own] == ["express", "confirm_sponsor", "evaluate"]
    assert "evaluate" not in {line.kind for line in candidacy_view(way.pk, viewer=cast.fanny).signatures}
    seen = json.dumps(cast.home.signed, ensure_ascii=False)
    assert "atelier" not in seen
    assert "manifest" not in seen


def test_the_entry_cites_whom_it_names_and_hides_all_others_among_digests(way):
    cast = way.cast
    way.evaluated()
    tasks.keep_entrances()
    way.do(cast.fanny, "withdraw")
    entry = Entry.objects.get(kind="candidacy")
    cited = [(each["kind"], each["opened"]) for each in entry.body["signatures"]]
    assert cited == [("express", None), ("confirm_sponsor", None), ("withdraw", None)]
    evaluation = ActSignature.objects.get(kind="evaluate")
    hidden = entry.body["sealed_signatures"]
    assert (len(hidden), proof_digest(evaluation) in hidden) == (8, True)
    assert str(evaluation.key) not in json.dumps([entry.body, verifiable(entry)])
    parts = all_hold(cast)
    assert {each["document"]["kind"] for each in parts["acts"]} == {"confirm_sponsor"}  # Fanny has no session here
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_actsignature SET proof_salt = %s WHERE kind = 'evaluate'", ["00" * 32])
    assert check_register(cast.collective).why == "signature"
    with pytest.raises(CommandError, match="signature d’un autre nœud"):
        call_command("verify_register")


def test_who_acted_from_another_node_takes_their_own_proof_along_and_it_tells_no_choice(way, browser):  # noqa: F811
    """From the page where only they read of it. Another member finds nothing at its address; nor does a visitor."""
    cast = way.cast
    way.evaluated()
    tasks.keep_entrances()
    row = ActSignature.objects.get(kind="evaluate")
    address, page = reverse("act_proof", args=[row.key]), reverse("candidacy", args=[way.pk])
    assert address in browser.get(page).content.decode()
    answer = browser.get(address)
    assert answer.status_code == 200
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    told = answer.json()
    assert told["document"] == signed(row)
    acts.verify(told["document"], {name: value for name, value in told["document"].items() if name != "proof"})
    assert row.salt not in answer.content.decode(), "with it an evaluation could be shown to who asks for it"
    assert set(told) == {"document", "proof_salt", "proof_digest", "entry"}
    way.do(cast.fanny, "withdraw")
    entry, told = Entry.objects.get(kind="candidacy"), browser.get(address).json()
    assert told["proof_digest"] == commitment(told["proof_salt"], canonical(told["document"]).decode())
    assert told["proof_digest"] in entry.body["sealed_signatures"]
    assert told["entry"] == entry.seq
    other = Client(headers={"host": "localhost:8000"})
    assert other.get(address).status_code == 302
    other.force_login(Account.objects.get(member=cast.alix))
    assert address not in other.get(page).content.decode()
    assert other.get(address).status_code == 404


def test_an_entry_about_somebody_looks_the_same_whether_or_not_another_node_signed(way):
    cast = way.cast
    way.announced(make_member("Gaston"))
    way.do(way.row.person, "withdraw")
    assert len(Entry.objects.get(kind="candidacy").body["sealed_signatures"]) == 8
    assert check_register(cast.collective).first_bad is None


def test_position_in_the_decision_about_somebody_is_signed_and_its_words_are_not_opened(way):
    cast, words = way.cast, "Elle arrive souvent en retard."
    way.heard().on_the_table()
    way.answer(cast.alix, cast.camille)
    way.answer(cast.bachir, choice="concern", text=words)
    way.reveal()
    entry = Entry.objects.get(kind="decision")
    assert words not in json.dumps(entry.body, ensure_ascii=False)
    assert [each["opened"] for each in entry.body["signatures"] if each["kind"] == "position"] == [None]
    tasks.keep_entrances()
    all_hold(cast)


def test_erased_words_cannot_be_tried_against_what_was_signed(way, time):
    way.evaluated()
    tasks.keep_entrances()
    assert ActSignature.objects.get(kind="evaluate").salt
    time.days(400)
    assert erase_words(now())
    assert ActSignature.objects.get(kind="evaluate").salt == ""
    assert check_register(way.cast.collective).first_bad is None


def test_home_is_not_asked_for_what_the_candidacy_refuses(way):
    cast = way.cast
    wait_hours(cast, 0)
    zoe = stranger(cast, "zoe")
    admit_member(collective=cast.collective, member=zoe)
    cast.home.signed.clear()
    way.cast.fanny = make_member("Gaston")
    way.expressed()
    with pytest.raises(NotEntitled):
        act_on(
            candidacy_id=way.pk, actor=zoe, kind="confirm_sponsor", payload={"organisation": "Ailleurs"}, key=uuid4()
        )
    assert cast.home.signed == []
    assert ActSignature.objects.count() == 0


def test_candidate_of_another_node_signs_the_charter_at_home_or_does_not_ask(far, time):  # noqa: F811
    wait_hours(far, 0)
    far.fanny = stranger(far, "fanny")
    way = Candidate(far, time)
    with pytest.raises(WrongState, match="signature_no_session"):
        way.expressed()
    assert CandidacyStep.objects.count() == 0


def test_the_page_of_a_decision_leads_to_ones_own_proof_alone(far, browser):  # noqa: F811
    far.to_call()
    far.do(far.camille, "position", version=1, call=1, choice="consent")
    page = reverse("proposition", args=[far.proposal.pk])
    assert "/registre/preuves/" not in browser.get(page).content.decode(), "it is not signed yet"
    tasks.keep_entrances()
    row = ActSignature.objects.get(kind="position")
    address = reverse("act_proof", args=[row.key])
    assert address in browser.get(page).content.decode()
    assert browser.get(address).json()["document"] == signed(row)
    other = Client(headers={"host": "localhost:8000"})
    other.force_login(Account.objects.get(member=far.alix))
    assert "position" in other.get(page).content.decode()
    assert address not in other.get(page).content.decode()
    assert other.get(address).status_code == 404


# --- the file ---------------------------------------------------------------------------------------------------


def test_false_proofs_in_the_file_are_named(far):  # noqa: F811
    far.to_call()
    for member in far.three:
        act(
            assembly_id=far.assembly.pk, actor=member, kind="position", key=uuid4(),
            payload={"version": 1, "call": 1, "choice": "consent"},
        )  # fmt: skip
    tasks.keep_entrances()
    far.do(far.bachir, "reveal", version=1, call=1)
    parts, alone = all_hold(far, found="1 actes signés"), verifier()
    for change, said in (
        (lambda p: p["acts"][0]["document"].update(instant="2026-01-01T00:00:00.000000Z"), "preuve"),
        (lambda p: p["acts"].append({**p["acts"][0], "proof_salt": "00" * 32}), "deux preuves pour un seul engagement"),
        (lambda p: p["acts"].insert(0, {**p["acts"][0], "proof_salt": "00" * 32}), "deux preuves"),
        (lambda p: p["acts"].clear(), "« acts »"),
        (lambda p: p.pop("acts"), "« acts »"),
        (lambda p: p["keys"].pop(next(n for n, k in enumerate(p["keys"]) if "/u/" in k["id"])), "n'est pas dans"),
    ):
        false = json.loads(json.dumps(parts))
        change(false)
        with pytest.raises(alone.Bad, match=said):
            alone.check(json.dumps(false, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def test_two_members_with_one_key_do_not_spoil_each_others_proofs(far):  # noqa: F811
    zoe, key = stranger(far, "zoe"), uuid4()
    far.to_call()
    payload = {"version": 1, "call": 1, "choice": "consent"}
    act(assembly_id=far.assembly.pk, actor=far.camille, kind="position", payload=payload, key=key)
    tasks.keep_entrances()
    mine = ActSignature.objects.get()
    other = ActSignature.objects.get()
    other.pk, other.member, other.proof = None, zoe, {**mine.proof, "commitment": "sha256:" + "0" * 64}
    other.facts, other.session = {**mine.facts, "commitment": "sha256:" + "0" * 64}, None
    other.save()
    for member in (far.alix, far.bachir):
        act(assembly_id=far.assembly.pk, actor=member, kind="position", payload=payload, key=uuid4())
    far.do(far.bachir, "reveal", version=1, call=1)
    assert [each["document"]["actor"] for each in verifiable(Entry.objects.get(kind="decision"))] == [far.camille.uri]
    all_hold(far)


def test_answers_of_the_candidate_are_theirs(way):
    way.expressed()
    row = ActSignature.objects.get(kind="express")
    values = {
        "collective": way.cast.collective.pk, "signed": way.charter.digest, "answers": answers(way.charter),
        "organisation": "Éclats",
    }  # fmt: skip
    assert opens(row.facts, row.salt, values)
    assert not opens(row.facts, row.salt, values | {"answers": marks(way.charter)})
