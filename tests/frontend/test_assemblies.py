"""A whole decision through plain forms, three browsers without script; rights, keys, and what stays typed."""

import pytest
from django.test import Client
from django.urls import reverse

from frontend.convening import timed
from governance.actions.circles import join_circle
from governance.actions.due import due_reviews, review_due
from governance.models import Assembly, Decision, Entry, Proposal
from governance.queries.rooms import load, room_view
from network import clock
from network.actions.collectives import suspend_membership
from tests.frontend.room_cast import HIDDEN, Room, fresh_key, make_room
from tests.governance.test_hybrid import to_call


@pytest.fixture
def room(db) -> Room:
    return make_room()


ARGUMENT = "La salle ferme à 22 h et nous finissons plus tard."


def integrating(room):
    """Camille's objection qualifies."""
    room.to_call()
    room.alix.press("act-position-consent")
    room.bachir.press("act-position-consent")
    room.camille.press(
        "act-position-objection", argument=ARGUMENT, consequence="Des gens partiraient avant.", ground="side_effect"
    )
    room.bachir.fill("act-reveal")
    assert ARGUMENT in room.alix.look()
    for desk in (room.alix, room.bachir):
        desk.press("act-judge-1-yes")
    room.bachir.press("act-close_test-1")


def test_a_page_that_shows_an_older_change_lifts_nothing(room):
    integrating(room)
    room.alix.fill("act-offer_amendment", text="Nous nous réunissons au local à 18 h.")
    room.camille.look()
    pressed = {"key": room.camille.key(), "act": room.camille.buttons()["act-confirm_resolved-1"]}
    room.alix.fill("act-offer_amendment", text="Rien ne change.")
    answer = room.camille.client.post(reverse("assembly_act", args=[room.camille.pk]), pressed)
    assert answer.status_code == 409
    assert "La page a changé entre-temps. Relisez avant de répondre." in answer.content.decode()
    assert "l’objection serait levée" not in room.camille.look()
    assert "l’objection serait levée" in room.camille.press("act-confirm_resolved-1")


def test_whole_consent_by_plain_forms(room):
    integrating(room)
    room.alix.fill("act-offer_amendment", text="Nous nous réunissons au local à 18 h.")
    room.camille.press("act-confirm_resolved-1")
    room.bachir.fill("act-accept_amendment-1")
    for desk in room.three:
        desk.press("act-position-consent")
    room.bachir.fill("act-reveal")
    decision = Decision.objects.get()
    assert decision.text == "Nous nous réunissons au local à 18 h."
    page = room.camille.look()
    assert reverse("register_entry", args=[decision.entry.seq]) in page
    room.bachir.fill("act-close")
    room.bachir.press("act-draw_up_minutes")
    minutes = room.alix.client.get(reverse("minutes", args=[room.alix.pk])).content.decode()
    assert "Se réunir au local" in minutes
    for desk in (room.alix, room.bachir, room.camille):
        approve(desk)
    assert Entry.objects.filter(kind="minutes").count() == 1
    public = Client().get(reverse("minutes", args=[room.alix.pk]))
    assert public.status_code == 200


def approve(desk):
    desk.look()
    if "act-approve_minutes" in desk.buttons():
        desk.press("act-approve_minutes")


def test_room_page_says_where_we_are(room):
    room.to_call()
    page = room.camille.look()
    assert "point 1 sur 2" in page
    assert "3\u00a0présents, quorum atteint" in page
    assert page.count("<h1>") == 1
    assert "Ma position" in page
    assert "Appel à objections" in page
    assert 'aria-current="step"' in page


def test_before_reveal_no_page_of_others_holds_a_choice(room):
    room.to_call()
    room.camille.press("act-position-objection", argument=ARGUMENT, consequence="Un effet.", ground="side_effect")
    room.bachir.press("act-position-concern", argument="Penser aux trains.")
    for desk in (room.alix, room.dominique):
        page = desk.look()
        assert "2 personnes sur 3 ont répondu." in page
        assert ARGUMENT not in page
        assert "Penser aux trains" not in page
        assert 'aria-pressed="true"' not in page
        proposal = desk.client.get(reverse("proposition", args=[room.cast.proposal.pk])).content.decode()
        assert ARGUMENT not in proposal
        assert "trains" not in proposal
    hall = room.alix.client.get(reverse("assembly_hall", args=[room.alix.pk])).content.decode()
    assert ARGUMENT not in hall
    assert "2 personnes sur 3 ont répondu." in hall
    mine = room.camille.look()
    assert mine.count('aria-pressed="true"') == 1
    assert "Votre réponse est enregistrée." in mine


def test_position_may_change_until_the_reveal(room):
    room.to_call()
    room.camille.press("act-position-objection", argument=ARGUMENT, consequence="Un effet.", ground="side_effect")
    room.camille.press("act-position-consent", argument="Un argument oublié dans le champ.")
    for desk in (room.alix, room.bachir):
        desk.press("act-position-consent")
    room.bachir.fill("act-reveal")
    assert Decision.objects.count() == 1
    assert "oublié" not in room.alix.look()


def test_objection_without_argument_is_refused_and_nothing_typed_is_lost(room):
    room.to_call()
    page = room.camille.press("act-position-objection", consequence="Ce que j’ai déjà écrit.")
    assert room.camille.status == 400
    assert "Écrivez votre argument" in page
    assert "Ce que j’ai déjà écrit." in page
    assert "Personne sur 3 n’a encore répondu." in page


def test_same_key_gets_the_same_receipt_and_one_act(room):
    room.enter()
    room.alix.look()
    data = {"key": room.alix.key(), "act": room.alix.buttons()["act-ask_to_speak"]}
    address = reverse("assembly_act", args=[room.alix.pk])
    first = room.alix.client.post(address, data)
    again = room.alix.client.post(address, data)
    assert (first.status_code, again.status_code) == (302, 302)
    assert room.cast.assembly.steps.filter(kind="ask_to_speak").count() == 1


def test_same_key_for_another_act_is_refused_with_a_fresh_key(room):
    room.enter()
    room.alix.look()
    key, address = room.alix.key(), reverse("assembly_act", args=[room.alix.pk])
    room.alix.client.post(address, {"key": key, "act": room.alix.buttons()["act-ask_to_speak"]})
    answer = room.alix.client.post(address, {"key": key, "act": "kind=ask_to_speak&why=point_of_order"})
    assert answer.status_code == 409
    assert key not in answer.content.decode()


def test_htmx_gets_partials_receipt_and_fresh_key(room):
    room.to_call()
    room.alix.look()
    key = room.alix.key()
    data = {"key": key, "act": room.alix.buttons()["act-position-consent"]}
    address = reverse("assembly_act", args=[room.alix.pk])
    answer = room.alix.client.post(address, data, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Enregistrée à" in text
    assert '<hx-partial hx-target="#key-act" hx-swap="outerHTML">' in text
    assert key not in text
    assert "<textarea" not in text
    assert "<html" not in text


def test_htmx_refusal_is_one_partial(room):
    room.to_call()
    room.alix.look()
    data = {"key": room.alix.key(), "act": room.alix.buttons()["act-position-objection"]}
    answer = room.alix.client.post(reverse("assembly_act", args=[room.alix.pk]), data, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.content.decode().count("<hx-partial") == 1
    stale = {"key": fresh_key(), "act": "kind=position&version=7&call=1&choice=consent"}
    answer = room.alix.client.post(reverse("assembly_act", args=[room.alix.pk]), stale, headers={"HX-Request": "true"})
    assert answer.status_code == 409


def test_text_field_is_emptied_once_its_text_is_taken(room):
    room.enter()
    room.alix.press("act-submit")
    for desk in room.three:
        desk.press("act-answer_driver-clear")
    room.bachir.press("act-accept_driver")
    room.bachir.press("act-start")
    room.camille.look()
    data = {"key": room.camille.key(), "act": room.camille.buttons()["act-take_turn"], "words": "Pourquoi le mardi ?"}
    answer = room.camille.client.post(
        reverse("assembly_act", args=[room.camille.pk]), data, headers={"HX-Request": "true"}
    )
    assert 'hx-target="#words"' in answer.content.decode()
    assert "Pourquoi le mardi ?" in room.alix.look()


def test_dialog_is_a_fragment_for_htmx_and_a_page_without(room):
    room.enter()
    room.bachir.look()
    address = room.bachir.links()["act-hand_over"]
    page = room.bachir.client.get(address).content.decode()
    fragment = room.bachir.client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in page
    assert "<html" not in fragment
    assert 'id="dialog-title"' in fragment


def test_form_of_an_act_whose_moment_has_passed(room):
    """In the dialog a sentence and a way out, never a whole page; without script the page of a refusal."""
    room.enter()
    address = reverse("assembly_act_page", args=[room.alix.pk, "reveal"])
    late = room.bachir.client.get(address, headers={"HX-Request": "true"})
    assert late.status_code == 409
    assert "data-close" in late.content.decode()
    assert "<html" not in late.content.decode()
    assert room.bachir.client.get(address).status_code == 409
    assert room.bachir.client.get(address.replace("reveal", "adopt")).status_code == 404


def test_form_of_an_act_keeps_what_was_typed(room):
    room.enter()
    page = room.bachir.fill("act-pause", reason="")
    assert room.bachir.status == 400
    assert "Ce champ est nécessaire." in page
    assert 'id="act_reason"' in page


def test_facilitation_passes_on(room):
    room.enter()
    room.bachir.fill("act-hand_over", person=room.cast.camille.pk)
    room.camille.press("act-accept_facilitation")
    assert "Animation\u202f: Camille." in room.alix.look()
    assert 'id="act-pause"' in room.camille.look()
    assert 'id="act-pause"' not in room.bachir.look()


def test_refused_steps_say_why_to_the_facilitator(room):
    room.to_call()
    page = room.bachir.look()
    assert "Pas encore possible" in page
    assert "Révéler les positions" in page
    assert "Révéler les positions" not in room.alix.look()


def test_csrf_is_checked(room):
    strict = Client(enforce_csrf_checks=True)
    strict.login(username="alix", password="motdepasse-1")
    data = {"key": fresh_key(), "act": "kind=check_in"}
    answer = strict.post(reverse("assembly_act", args=[room.alix.pk]), data)
    assert answer.status_code == 403
    assert room.cast.assembly.steps.count() == 0


def test_get_has_no_effect(room):
    assert room.alix.client.get(reverse("assembly_act", args=[room.alix.pk])).status_code == 405


def test_strangers_and_visitors_stay_out(room):
    stranger = Client()
    stranger.login(username="fanny", password="motdepasse-1")
    for name in ("assembly", "assembly_hall", "minutes"):
        assert stranger.get(reverse(name, args=[room.alix.pk])).status_code == 404
    answer = stranger.post(reverse("assembly_act", args=[room.alix.pk]), {"key": fresh_key(), "act": "kind=check_in"})
    assert answer.status_code in (403, 404)
    visitor = Client().get(reverse("assembly", args=[room.alix.pk]))
    assert visitor.status_code == 302
    assert reverse("account_login") in visitor["Location"]


def test_observer_follows_without_position(room):
    room.to_call()
    page = room.dominique.look()
    assert "Vous suivez sans prendre position." in page
    assert "act-position-consent" not in room.dominique.buttons()


def test_act_that_does_not_exist(room):
    answer = room.alix.client.post(
        reverse("assembly_act", args=[room.alix.pk]), {"key": fresh_key(), "act": "kind=adopt"}
    )
    assert answer.status_code == 400


def test_convene_with_a_proposal_on_the_agenda(room):
    client = room.bachir.client
    page = client.get(reverse("assembly_new") + f"?proposition={room.cast.proposal.pk}").content.decode()
    assert "Se réunir au local" in page
    answer = client.post(
        reverse("assembly_new"),
        {
            "circle": room.cast.circle.pk, "title": "Assemblée de juin", "starts_at": "2027-06-05T18:00",
            "place": "Lens", "proposals": [room.cast.proposal.pk], "others": "Questions diverses\n\nTour de table",
        },
        follow=True,
    )  # fmt: skip
    text = answer.content.decode()
    assert "Assemblée de juin" in text
    assert "Tour de table" in text
    listing = client.get(reverse("assemblies")).content.decode()
    assert "3 points" in listing


def test_convening_says_what_is_missing(room):
    answer = room.bachir.client.post(
        reverse("assembly_new"), {"circle": room.cast.circle.pk, "title": "", "starts_at": "x"}
    )
    assert answer.status_code == 400
    assert "points à corriger" in answer.content.decode()


def test_only_members_of_a_circle_convene(room):
    page = room.dominique.client.get(reverse("assembly_new")).content.decode()
    assert "Vous n’êtes dans aucun cercle" in page


def test_points_are_given_their_time_as_the_circle_is_convened(room):
    client = room.bachir.client
    page = client.get(reverse("assembly_new")).content.decode()
    assert f'name="minutes_proposals_{room.cast.proposal.pk}"' in page
    data = {
        "circle": room.cast.circle.pk, "title": "Assemblée de juin", "starts_at": "2027-06-05T18:00",
        "proposals": [room.cast.proposal.pk], f"minutes_proposals_{room.cast.proposal.pk}": "x",
        "others": "Questions diverses, 10 min\nTour de table",
    }  # fmt: skip
    refused = client.post(reverse("assembly_new"), data)
    assert refused.status_code == 400
    assert "Questions diverses, 10 min" in refused.content.decode(), "what was typed stays"
    data[f"minutes_proposals_{room.cast.proposal.pk}"] = "45"
    page = client.post(reverse("assembly_new"), data, follow=True).content.decode()
    assert "0 min sur 45 prévues" in page
    assert "0 min sur 10 prévues" in page
    made = Assembly.objects.get(title="Assemblée de juin")
    items = room_view(made.pk, viewer=room.cast.bachir).state.items
    assert [(each.title, each.minutes) for each in items] == [
        ("Se réunir au local", 45), ("Questions diverses", 10), ("Tour de table", 0),
    ]  # fmt: skip


def test_review_that_is_due_is_suggested_with_its_concerns(room, monkeypatch):
    room.to_call()
    for desk in room.three[:2]:
        desk.press("act-position-consent")
    room.camille.press("act-position-concern", argument="Penser aux derniers trains.")
    room.bachir.fill("act-reveal")
    room.bachir.fill("act-close")
    assert "révision est venue" not in room.bachir.client.get(reverse("assembly_new")).content.decode()
    monkeypatch.setattr(clock, "_offset", lambda: 500 * 86_400.0)
    for each in due_reviews():
        review_due(session_id=each)
    review = Proposal.objects.exclude(follows=None).get()
    page = room.bachir.client.get(reverse("assembly_new")).content.decode()
    assert "révision est venue" in page
    assert "Penser aux derniers trains." in page
    data = {
        "circle": room.cast.circle.pk, "title": "Revoir", "starts_at": "2028-06-05T18:00", "others": "",
        "reviews": [review.pk], f"minutes_reviews_{review.pk}": "20",
    }  # fmt: skip
    assert room.bachir.client.post(reverse("assembly_new"), data).status_code == 302
    item = room_view(Assembly.objects.get(title="Revoir").pk, viewer=room.cast.bachir).state.items[0]
    assert (item.proposal_id, item.minutes) == (review.pk, 20)
    again = room.bachir.client.get(reverse("assembly_new")).content.decode()
    assert "révision est venue" not in again, "it is on an agenda to come"


@pytest.mark.parametrize(
    ("line", "point"),
    [
        ("Questions diverses, 10 min", ("Questions diverses", 10)),
        ("Budget (1 minute)", ("Budget", 1)),
        ("Tour de table — 15 minutes", ("Tour de table", 15)),
        ("10 min", ("10 min", 0)),
        ("Les 3 min de silence", ("Les 3 min de silence", 0)),
        ("Long, 900 min", ("Long, 900 min", 0)),
        ("Zone 51", ("Zone 51", 0)),
    ],
)
def test_minutes_are_read_at_the_end_of_a_line(line, point):
    assert timed(line) == point


def test_a_crowd_is_named_in_part_in_the_room_and_whole_on_a_page(room, monkeypatch):
    """Everybody gets the names again at every act: of a crowd the first, and a page for the others."""
    room.enter()
    there = "Alix, Bachir, Camille"
    assert there in room.alix.look()
    assert reverse("assembly_people", args=[room.alix.pk]) not in room.alix.page
    monkeypatch.setattr("frontend.live.NAMED", 2)
    page = room.alix.look()
    assert there not in page
    assert "Alix, Bachir et 1 autre personne" in page
    everybody = reverse("assembly_people", args=[room.alix.pk])
    assert everybody in page
    listed = room.alix.client.get(everybody).content.decode()
    assert all(f"<li>{name}</li>" in listed for name in ("Alix", "Bachir", "Camille"))
    assert "Observent" not in listed  # nobody does
    assert Client().get(everybody).status_code == 302


def test_a_position_written_for_somebody_suspended_since_is_refused_in_words(room):
    """By the forms of both people: the one who is asked to confirm it, and the secretary who writes it down again."""
    cast = room.cast
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.convene()
    for desk in room.three:
        desk.pk = cast.assembly.pk
    cast.do(cast.bachir, "name_secretary", person=cast.camille.pk)
    for member in cast.three:
        cast.do(member, "check_in")
    room.camille.fill("act-check_in_person", person=cast.dominique.pk)
    room.bachir.press("act-open")
    room.bachir.press("act-go_to_item")
    to_call(cast)
    room.camille.look()
    form = room.camille.client.get(room.camille.links()["act-enter_position"]).content.decode()
    typed = {"person": cast.dominique.pk, "second": cast.bachir.pk, "means": "paper", "choice": "consent"}
    room.camille.fill("act-enter_position", **typed)
    room.bachir.look()
    suspend_membership(collective=cast.collective, member=cast.dominique)
    said = "L’appartenance de cette personne est suspendue"
    data = {"key": room.bachir.key(), "act": room.bachir.buttons()["act-confirm_position-1"]}
    act_url = reverse("assembly_act", args=[cast.assembly.pk])
    assert said in room.bachir.client.post(act_url, data, follow=True).content.decode()
    data = {**dict(HIDDEN.findall(form)), **typed}
    assert said in room.camille.client.post(act_url, data, follow=True).content.decode()
    assert cast.dominique.pk not in load(cast.assembly.pk).state.sealed
