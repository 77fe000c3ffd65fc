"""The minutes: every mention, names behind marks, and journals that cannot be altered unseen."""

from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from governance.actions.assemblies import convene
from governance.actions.leaving import forget_name
from governance.actions.written import act_on_proposal
from governance.models import Entry, Minutes, RoomStep, Step
from governance.queries.assemblies import minutes_view
from governance.queries.register import check_register, entry_view
from governance.rules.electing import Election
from governance.rules.minutes_election import tell_election
from governance.rules.naming import conceal, mark, reveal
from governance.rules.session import Answer, evolve
from network.clock import now
from tests.governance.conftest import OBJECTION
from tests.governance.voting import Voting


@pytest.fixture
def approved(cast):
    """A decision after an objection, an incident, a hand-over; the minutes are approved and entered."""
    cast.to_call()
    cast.do(cast.alix, "note_incident", text="La visio a coupé deux minutes.")
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.camille, "withdraw_objection", objection=1)
    cast.answer(version=1, call=2)
    cast.do(cast.bachir, "reveal", version=1, call=2)
    cast.do(cast.bachir, "hand_over", person=cast.camille.pk)
    cast.do(cast.camille, "accept_facilitation")
    cast.do(cast.camille, "close")
    cast.do(cast.camille, "draw_up_minutes")
    digest = minutes_view(cast.assembly.pk, viewer=cast.alix).digest
    for member in cast.three[:2]:
        cast.do(member, "approve_minutes", digest=digest)
    return cast


def alter(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


MENTIONS = [
    "Convocation : le ",
    "par Bachir",
    "pour le ",
    "adressée à Alix, Bachir, Camille",
    "Ouverture : le ",
    "Clôture : le ",
    "Lieu : Liévin. Mode : ",
    "Ordre du jour : Se réunir au local ; Questions diverses",
    "Animation : Camille",
    "Secrétariat : ",
    "Scrutation : ",
    "Présent·es (3) : Alix, Bachir, Camille",
    "Absent·es (0) : personne",
    "Réputé·es présent·es",
    "Représenté·es : personne. Pouvoirs détenus : aucun. Voix : une par personne",
    "Passations : le ",
    "Bachir à Camille",
    "Documents soumis : version 1 (`sha256:",
    "Rapports : 3 avis sur le motif",
    "Débats : ",
    "Alix, réaction : Cela me va.",
    "> Nous nous réunissons au local chaque premier mardi du mois.",
    "consentement : 2, réserve : 0, objection : 1, sans position : 0",
    "Quorum : 3 présent·es sur 3 à la clôture, 3 à l’ouverture",
    "Objection 1 de Camille",
    "retirée par son auteur·e",
    "Inscription n° 2 au registre, empreinte `",
    "Journal de la décision : ",
    "Journal de la réunion : ",
    "La visio a coupé deux minutes.",
    "Règles appliquées : `sha256:",
]


def test_every_mention_is_there(approved):
    text = minutes_view(approved.assembly.pk, viewer=approved.alix).text
    assert [mention for mention in MENTIONS if mention not in text] == []


ELECTED = [
    "Bulletins, 3 : Alix nomme Camille ; Bachir nomme Camille ; Camille nomme Alix."
    " Quorum : 2 présent·es sur 3 à la clôture, 3 à l’ouverture",
    "Appel 1 sur la version 1 : consentement : 1, réserve : 1, objection : 1, sans position : 0."
    " Quorum : 3 présent·es sur 3 à la clôture, 3 à l’ouverture",
    "Bachir : réserve (À deux, ce serait mieux.)",
    "Objection 1 de Alix, effet nuisible : Trop long. Conséquence : On s’épuise."
    " État : levée par la version 2, ce que confirme son auteur·e",
    "Retenu pour lever une objection, mandat écourté : Six mois pour essayer.",
    "Appel 1 sur la version 2 : consentement : 3, réserve : 0, objection : 0, sans position : 0."
    " Quorum : 2 présent·es sur 3 à la clôture, 3 à l’ouverture",
    "Camille a accepté le mandat, pour 6 mois",
]


def test_every_mention_of_an_election_is_there_and_in_its_entry(cast):
    """Whoever leaves and comes back shows that presence is told at both ends, of the ballot and of each call."""
    voting = Voting(cast)
    voting.to_ballot().cast_ballots()
    voting.do(cast.alix, "leave")
    voting.at(cast.bachir, "open_names")
    for member in (cast.bachir, cast.camille):
        voting.at(member, "say_reasons", text="Les comptes lui parlent.")
    voting.at(cast.bachir, "close_names")
    for member in (cast.bachir, cast.camille):
        voting.at(member, "keep_voice")
    voting.at(cast.bachir, "close_voices")
    voting.do(cast.alix, "check_in")
    voting.at(cast.bachir, "propose", person=cast.camille.pk, grounds="Rigueur dite par deux voix.")
    said = {"text": "Trop long.", "consequence": "On s’épuise.", "ground": "side_effect"}
    voting.do(cast.alix, "position", version=1, call=1, choice="objection", **said)
    voting.do(cast.bachir, "position", version=1, call=1, choice="concern", text="À deux, ce serait mieux.")
    voting.do(cast.camille, "position", version=1, call=1, choice="consent")
    voting.do(cast.bachir, "reveal", version=1, call=1)
    voting.do(cast.bachir, "judge", objection=1, agree="yes")
    voting.do(cast.camille, "judge", objection=1, agree="yes")
    voting.do(cast.bachir, "close_test", objection=1)
    voting.do(cast.alix, "offer_change", version=1, change="shorter", text="Six mois pour essayer.", months=6)
    voting.do(cast.alix, "confirm_resolved", objection=1)
    voting.do(cast.bachir, "accept_amendment", version=1, objection=1)
    for member in (cast.alix, cast.bachir, cast.camille):
        voting.do(member, "position", version=2, call=1, choice="consent")
    voting.do(cast.alix, "leave")
    voting.do(cast.bachir, "reveal", version=2, call=1)
    voting.at(cast.camille, "accept_mandate")
    voting.do(cast.bachir, "close")
    voting.do(cast.bachir, "draw_up_minutes")
    text = minutes_view(cast.assembly.pk, viewer=cast.alix).text
    assert [mention for mention in ELECTED if mention not in text] == [], text
    body = Entry.objects.get(kind="election").body
    assert body["ballot"] == {"present_at_opening": 3, "present_at_closing": 2}
    assert [(r["present_at_opening"], r["present"]) for r in body["calls"][0]["reveals"]] == [(3, 3), (3, 2)]
    objection = body["calls"][0]["objections"][0]
    assert ([each["agree"] for each in objection["judgments"]], objection["juries"]) == ([True, True], [])
    judged = with_judges(voting.state(), cast)
    told = "\n".join(tell_election(judged, {member.pk: member.name for member in cast.three}.get))
    assert "    - Désaccord de Bachir : Un an passe vite.\n    - Jury, Camille : oui (C’est long.)" in told
    assert check_register(cast.collective).first_bad is None


def with_judges(state: Election, cast) -> Election:
    """The same election, had Bachir disagreed with the objection and a jury looked at it."""
    (person, call), at = next(iter(state.calls.items())), now()
    judged = evolve(
        call.objections[0],
        judgments=(Answer(cast.bachir.pk, False, "Un an passe vite.", at),),
        jury_votes=(Answer(cast.camille.pk, True, "C’est long.", at),),
    )
    return evolve(state, calls={person: evolve(call, objections=(judged,))})


def test_a_rejected_text_is_told_in_full(cast):
    cast.to_call()
    cast.do(cast.alix, "withdraw", reason="Trop tôt.")
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    text = minutes_view(cast.assembly.pk, viewer=cast.alix).text
    assert "> Nous nous réunissons au local chaque premier mardi du mois." in text
    assert "retirée" in text


def test_what_is_done_after_the_closing_is_not_in_the_minutes(cast):
    """They are drawn up when somebody finds the time: by then the decision may have been reopened in writing."""
    cast.to_adopted()
    cast.do(cast.bachir, "close")
    done = Step.objects.count()
    act_on_proposal(
        proposal_id=cast.proposal.pk, actor=cast.camille, kind="reopen", key=uuid4(),
        payload={"fact": "Le local est vendu.", "text": "Nous n’y entrons plus.", "consequence": "Personne ne vient.",
                 "ground": "effectiveness"},
    )  # fmt: skip
    cast.do(cast.bachir, "draw_up_minutes")
    kept = Minutes.objects.get()
    assert "Objection 1" not in kept.text
    assert "adoptée par consentement" in kept.text
    assert {each["kind"]: len(each["marks"]) for each in kept.journals}["decision"] == done < Step.objects.count()
    for member in cast.three[:2]:
        cast.do(member, "approve_minutes", digest=kept.digest)
    assert check_register(cast.collective).first_bad is None


def test_a_decision_opened_after_the_closing_was_only_discussed(cast, clock):
    """A point nobody came to, decided in the next meeting before the minutes of this one are drawn up."""
    first = cast.convene()
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "close")
    clock.advance(days=1)
    agenda = [("", cast.proposal.pk)]
    cast.assembly = convene(
        actor=cast.bachir, circle_id=cast.circle.pk, title="Suite", starts_at=clock.now(), agenda=agenda
    )
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "go_to_item", item=1)
    cast.do(cast.alix, "withdraw", reason="Trop tôt.")
    cast.assembly = first
    cast.do(cast.bachir, "draw_up_minutes")
    kept = Minutes.objects.get()
    assert "Point discuté, sans décision." in kept.text
    assert "Trop tôt" not in kept.text
    assert [each["kind"] for each in kept.journals] == ["meeting"]


def test_neither_entry_nor_stored_text_holds_a_name(approved):
    entry = Entry.objects.get(kind="minutes")
    stored = Minutes.objects.get()
    for name in ("Alix", "Bachir", "Camille"):
        assert name not in str(entry.body)
        assert name not in stored.text
    assert "text" not in entry.body
    assert "Camille" in entry_view(entry.seq).text


def test_a_forgotten_name_leaves_text_and_hashes_whole(approved):
    mark = Minutes.objects.get().digest
    forget_name(approved.camille)
    seq = Entry.objects.get(kind="minutes").seq
    text = entry_view(seq).text
    assert "Camille" not in text
    assert "sociétaire n° 3" in text
    assert "Alix" in text
    assert check_register(approved.collective).first_bad is None
    assert entry_view(seq).body["digest"] == mark


def test_names_written_in_a_correction_become_marks(cast):
    cast.to_adopted()
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    draft = minutes_view(cast.assembly.pk, viewer=cast.alix)
    cast.do(cast.bachir, "amend_minutes", text=f"{draft.text}\nCamille apporte les clés.\n")
    assert "Camille" not in Minutes.objects.get(version=2).text
    assert "Camille apporte les clés." in minutes_view(cast.assembly.pk, viewer=cast.alix).text


@pytest.mark.parametrize(
    ("table", "statement", "kind"),
    [
        (Step, "UPDATE governance_step SET kind = 'pass' WHERE id = %s", "decision"),
        (Step, "UPDATE governance_step SET at = '2020-01-01 00:00:00' WHERE id = %s", "decision"),
        (RoomStep, "UPDATE governance_roomstep SET kind = 'leave' WHERE id = %s", "meeting"),
        (RoomStep, "UPDATE governance_roomstep SET seq = 9000 WHERE id = %s", "meeting"),
    ],
)
def test_an_altered_act_is_named(approved, table, statement, kind):
    row = table.objects.order_by("seq")[2]
    alter(statement, row.pk)
    whole = check_register(approved.collective)
    assert (whole.first_bad, whole.why) == (Entry.objects.get(kind="minutes").seq, "record")
    assert whole.detail.split()[0] == kind
    assert whole.detail.split()[2] == "3"


def test_an_altered_text_is_named(approved):
    alter("UPDATE governance_minutes SET text = 'Autre chose'")
    assert check_register(approved.collective).why == "minutes"


def test_an_altered_charter_is_named(approved):
    alter("UPDATE governance_charter SET digest = 'sha256:0'")
    assert (check_register(approved.collective).first_bad, check_register(approved.collective).why) == (1, "charter")


def drawn(cast):
    cast.to_adopted()
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    return minutes_view(cast.assembly.pk, viewer=cast.alix).text


def rename(member, name):
    member.name = name
    member.save(update_fields=["name"])


def test_two_people_of_one_name_stay_apart_also_through_a_correction(cast):
    rename(cast.camille, "Alix")
    text = drawn(cast)
    assert "Présent·es (3) : Alix (sociétaire n° 1), Bachir, Alix (sociétaire n° 3)" in text
    stored = Minutes.objects.get(version=1).text
    cast.do(cast.bachir, "amend_minutes", text=f"{text}\nMerci à Alix.")
    assert Minutes.objects.get(version=2).text == f"{stored}\nMerci à ⟦1,3⟧."
    assert minutes_view(cast.assembly.pk, viewer=cast.alix).text == f"{text}\nMerci à Alix."


def test_a_member_whose_name_is_a_number_spoils_no_mark(cast):
    rename(cast.camille, "2")
    text = drawn(cast)
    assert "Présent·es (3) : Alix, Bachir, 2" in text
    assert "⟦" not in text


words = st.text("abé ⟦⟧1AnneRey.\n", max_size=40).filter(lambda text: "⟦" not in text)
called = st.lists(st.sampled_from(["Anne", "Anne Rey", "Rey", "2", "Anne (n° 1)", "n° 2", "(n° 2)"]), max_size=6)


@given(words, st.lists(st.sampled_from(["Anne", "Anne Rey", "Rey", "é"]), unique=True))
def test_concealed_is_revealed_again(text, names):
    tags = [f"n° {number}" for number, _ in enumerate(names, start=1)]
    assert reveal(conceal(text, names, tags), names, tags) == text


@given(called, st.randoms(use_true_random=False))
def test_everybody_has_a_label_of_their_own_which_leads_back_to_their_mark(names, chance):
    tags = [f"n° {number}" for number, _ in enumerate(names, start=1)]
    marks = [mark(chance.randrange(len(names)) + 1) for _ in range(4)] if names else []
    text = ", ".join(marks)
    told = reveal(text, names, tags)
    assert len(set(told.split(", "))) == len(set(marks)) or not names
    assert conceal(told, names, tags) == text


def test_forgetting_one_of_a_name_keeps_the_other():
    tags = ["n° 3", "n° 5"]
    assert reveal("⟦1⟧, ⟦2⟧, ⟦1,2⟧", ["", "Anne"], tags) == "n° 3, Anne, Anne"
    assert reveal("⟦1,2⟧", ["", ""], tags) == "n° 3 ou n° 5"
