"""Elections in the live room: the journal, the mandate, the register; what is sealed stays sealed."""

import json
import logging
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from governance.actions.assemblies import convene
from governance.actions.circles import end_mandate
from governance.actions.elections import call_election, put_on_agenda
from governance.drawing import PLAIN, hand
from governance.errors import DomainError, Invalid, NotEntitled, NotFound, TermMissing
from governance.models import Charter, CircleMember, Election, ElectionStep, Entry, Mandate
from governance.queries.elections import election_page, elections
from governance.queries.meeting import meeting_of, people_of
from governance.queries.records import journals_of
from governance.queries.register import check_register
from governance.queries.rooms import load, room_view, state_for
from governance.queries.shapes import AUDIENCES
from governance.queries.states import assembly_row, names_of, room_of, terms_of
from governance.queries.waiting import waiting_for
from governance.rules.election import replay
from governance.rules.election_terms import election_terms
from governance.rules.mandates import Stint, last_day, term
from governance.rules.minutes import narrate
from governance.rules.minutes_election import tell_election
from governance.rules.session import Step
from network.clock import day_of, now
from tests.governance.voting import ROLE, Voting


@pytest.fixture
def voting(cast) -> Voting:
    return Voting(cast)


def test_an_election_ends_with_a_mandate_and_an_entry_in_one_go(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    mandate = Mandate.objects.get()
    assert (mandate.member, mandate.role, mandate.circle) == (cast.camille, "trésorerie", cast.circle)
    entry = Entry.objects.get(kind="election")
    assert (mandate.how, mandate.entry) == ("election", entry)
    assert Stint(mandate.starts_on, mandate.ends_on) == term(day_of(now()), 12)
    assert entry.body["mandates"][0]["ends_on"] == entry.body["ends_on"] == mandate.ends_on.isoformat()
    assert (entry.body["outcome"], entry.body["months"], entry.body["ballots"]) == ("done", 12, 3)
    assert check_register(cast.collective).first_bad is None
    page = election_page(voting.election.pk, viewer=cast.dominique)
    assert [held[0].name for held in page.holders] == ["Camille"]
    assert page.election.register_seq == entry.seq
    Mandate.objects.update(ended_at=now())
    assert election_page(voting.election.pk, viewer=cast.dominique).holders == ()


def test_one_member_does_not_take_away_what_an_election_gave(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    with pytest.raises(NotEntitled, match="mandate_by_decision"):
        end_mandate(actor=cast.alix, mandate_id=Mandate.objects.get().pk, reason="Non.")


def test_the_longest_mandate_that_the_charter_allows_is_given(voting):
    Election.objects.update(months=36)
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    mandate = Mandate.objects.get()
    assert mandate.ends_on == last_day(mandate.starts_on, terms_of(Charter.objects.get()))


def held(cast, member, starts_on, days, **more) -> Mandate:
    last = starts_on + timedelta(days=days - 1)
    return Mandate.objects.create(
        circle=cast.circle, member=member, role=ROLE["role"], starts_on=starts_on, ends_on=last, **more
    )


def test_whoever_holds_the_role_still_is_renewed_the_day_after(voting):
    cast, today = voting.cast, day_of(now())
    before = held(cast, cast.camille, today - timedelta(days=300), 320)
    voting.to_answer().at(cast.camille, "accept_mandate")
    renewed = Mandate.objects.exclude(pk=before.pk).get()
    assert Stint(renewed.starts_on, renewed.ends_on) == term(before.ends_on + timedelta(days=1), 12)
    assert Entry.objects.get(kind="election").body["starts_on"] == renewed.starts_on.isoformat()


def test_a_mandate_given_meanwhile_does_not_keep_the_person_chosen_from_accepting(voting):
    cast, today = voting.to_answer().cast, day_of(now())
    for years in (0, 1):  # as often as the charter lets them
        held(cast, cast.camille, today + timedelta(days=365 * years), 365)
    voting.at(cast.camille, "accept_mandate")
    elected = Mandate.objects.get(how="election")
    assert elected.starts_on == today + timedelta(days=730)


def test_whom_the_charter_lets_rest_is_known_before_the_ballot(voting):
    cast, today = voting.cast, day_of(now())
    for years in (0, 1):
        held(cast, cast.camille, today - timedelta(days=365 * (2 - years)), 365)
    voting.to_ballot()
    choices = room_view(cast.assembly.pk, viewer=cast.alix).mine.act("cast_ballot")
    offered = next(field.choices for field in choices.fields if field.name == "person")
    assert [label for _value, label in offered] == ["Alix", "Bachir"]
    assert [who.name for who in room_view(cast.assembly.pk, viewer=cast.alix).state.election.resting] == ["Camille"]
    with pytest.raises(Invalid, match="must_rest"):
        voting.at(cast.alix, "cast_ballot", person=cast.camille.pk)
    voting.at(cast.alix, "cast_ballot", person=cast.bachir.pk)


def test_who_has_left_the_circle_meanwhile_is_told_to_hold_no_mandate(voting):
    cast = voting.to_answer().cast
    CircleMember.objects.filter(member=cast.camille).update(until=now())
    voting.at(cast.camille, "accept_mandate")
    assert not Mandate.objects.exists()
    body = Entry.objects.get(kind="election").body
    assert (body["outcome"], body["holders"], [each["why"] for each in body["without"]]) == (
        "done",
        [],
        ["not_in_circle"],
    )
    assert [who.name for who in election_page(voting.election.pk, viewer=cast.alix).without] == ["Camille"]


def test_a_new_date_is_a_later_day_where_the_node_is(voting, clock, settings):
    settings.TIME_ZONE = "Europe/Paris"
    clock.instant = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    cast = voting.to_propose().cast
    for call, nominee in enumerate((cast.camille, cast.alix), start=1):
        voting.at(cast.bachir, "propose", person=nominee.pk, grounds="Une voix, bien dite.")
        for member in sorted(cast.three, key=lambda each: each == nominee):
            voting.do(member, "position", version=1, call=call, choice="consent")
        voting.do(cast.bachir, "reveal", version=1, call=call)
        voting.at(nominee, "decline_mandate", reason="Non.")
    voting.at(cast.bachir, "declare_vacant", reason="Personne.")
    with pytest.raises(Invalid, match="date_past"):
        voting.at(cast.bachir, "set_new_date", until="2026-11-22")
    voting.at(cast.bachir, "set_new_date", until="2026-11-23")
    assert voting.state().until == "2026-11-23"
    assert tell_election(voting.state(), str)[-1] == "- Nouvelle date : le 23/11/2026"


def charter_with(**changed) -> None:
    charter = Charter.objects.get()
    figures = {name: changed.get(name, value) for name, value in charter.document["figures"].items()}
    Charter.objects.create(
        collective=charter.collective,
        version=2,
        digest="sha256:x",
        document={**charter.document, "figures": {k: v for k, v in figures.items() if v is not None}},
        adopted_at=now(),
    )


def test_a_charter_without_figures_for_mandates_elects_nobody(voting):
    charter_with(**{"mandate.cooling_months": None})
    with pytest.raises(TermMissing) as missing:
        call_election(actor=voting.cast.alix, circle_id=voting.cast.circle.pk, **ROLE)
    assert missing.value.facts["term"] == "mandate.cooling_months"
    with pytest.raises(TermMissing):
        voting.enter()


def test_no_election_is_for_longer_than_any_mandate(voting):
    cast = voting.cast
    charter_with(**{"mandate.max_months": 6})
    with pytest.raises(Invalid, match="months_out_of_bounds") as refused:
        call_election(actor=cast.alix, circle_id=cast.circle.pk, **ROLE)
    assert refused.value.facts["months"] == 6
    voting.enter()  # asked for while the charter allowed a year
    for member in cast.three:
        voting.do(member, "agree_role", version=1, agree="yes")
    with pytest.raises(Invalid, match="months_out_of_bounds"):
        voting.do(cast.bachir, "open_ballot", version=1)
    with pytest.raises(Invalid, match="months_out_of_bounds"):
        voting.do(cast.bachir, "edit_role", version=1, **{**ROLE, "months": 7})
    voting.do(cast.bachir, "edit_role", version=1, **{**ROLE, "months": 6})


def test_the_entry_holds_no_name_and_no_words_about_anybody(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    told = json.dumps(Entry.objects.get(kind="election").body, ensure_ascii=False)
    for word in ("Alix", "Bachir", "Camille", "Rigueur dite"):
        assert word not in told
    kept = Election.objects.get().texts.values()
    assert "Rigueur dite par deux voix." in {each["text"] for each in kept}


def test_the_journal_is_append_only_and_replays(voting):
    cast = voting.to_answer().cast
    rows = ElectionStep.objects.filter(election=voting.election)
    steps = [Step(row.kind, row.actor_id, row.at, row.payload, row.seq) for row in rows]
    charter = Election.objects.get().charter
    terms = election_terms(terms_of(charter), frozenset(a["id"] for a in charter.document["articles"]))
    assert replay(steps, terms) == voting.state()
    with pytest.raises(Exception, match=r"(?i)written once|never"), transaction.atomic():
        rows.first().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ElectionStep.objects.create(election=voting.election, seq=1, kind="x", at=now())
    assert cast.assembly.pk == Election.objects.get().assembly_id


def test_the_same_act_twice_is_one_act_and_another_under_its_key_is_refused(voting):
    cast, key = voting.to_ballot().cast, uuid4()
    number = voting.state().round
    first = voting.do(cast.alix, "cast_ballot", key=key, round=number, person=cast.camille.pk)
    seq = voting.state().seq
    assert voting.do(cast.alix, "cast_ballot", key=key, round=number, person=cast.camille.pk) == first
    assert voting.state().seq == seq
    with pytest.raises(DomainError, match="key_reused"):
        voting.do(cast.alix, "cast_ballot", key=key, round=number, person=cast.alix.pk)


def test_the_electorate_is_frozen_when_the_election_comes_to_the_table(voting):
    from governance.actions.circles import join_circle

    cast = voting.enter().cast
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    assert sorted(Election.objects.get().electorate) == sorted(member.pk for member in cast.three)
    voting.do(cast.dominique, "check_in")
    with pytest.raises(NotEntitled, match="not_elector"):
        voting.do(cast.dominique, "agree_role", version=1, agree="yes")


# --- what is sealed


def names_in(value: object, words: tuple[str, ...], path: str = "") -> list[str]:
    """Where a dump names somebody as the one on a ballot, or counts them."""
    if isinstance(value, dict):
        return [hit for key, part in value.items() for hit in names_in(part, words, f"{path}.{key}")]
    if isinstance(value, list | tuple):
        return [hit for part in value for hit in names_in(part, words, path)]
    return [path] if path.split(".")[-2:-1] in ([word] for word in words) else []


BALLOT_PLACES = ("ballots", "tally", "named", "voices", "sealed")


def test_sealed_ballots_are_in_no_view_frame_or_answer_of_others(voting, caplog):
    caplog.set_level(logging.DEBUG)
    cast = voting.to_ballot().cast_ballots().cast
    for audience in AUDIENCES:
        state = state_for(load(cast.assembly.pk), audience)
        document = json.loads(PLAIN.state(state, "fr"))["state"]["election"]
        assert (document["ballots"], document["tally"], document["said"]) == ([], [], [])
        assert document["answered_count"] == 3
        assert hand().state(state, "fr")
    for viewer, named in ((cast.alix, "Camille"), (cast.camille, "Alix")):
        view = room_view(cast.assembly.pk, viewer=viewer)
        assert view.mine.ballot.named.name == named
    assert room_view(cast.assembly.pk, viewer=cast.dominique).mine.ballot is None
    page = election_page(voting.election.pk, viewer=cast.alix)
    assert (page.election.ballots, page.election.tally) == ((), ())
    client = Client()
    client.login(username="dominique", password="motdepasse-1")
    for address in (f"assemblies/{cast.assembly.pk}", f"elections/{voting.election.pk}", "elections"):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 200
        assert names_in(answer.json(), BALLOT_PLACES) == []
    for receipt in voting.receipts:
        assert not {"person", "named"} & set(asdict(receipt)["facts"])
        assert "Camille" not in str(asdict(receipt))
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [each for each in said if "cast_ballot" in each or "Camille" in each]


def test_parts_of_people_who_named_differently_are_different(voting):
    from governance.queries.parts import parts_of

    cast = voting.to_ballot().cast_ballots().cast
    found = parts_of(load(cast.assembly.pk), {cast.alix: "member", cast.camille: "member"})
    drawn = {member.pk: PLAIN.mine(part.view, "fr") for member, part in ((cast.alix, found[cast.alix.pk]),)}
    assert found[cast.alix.pk] is not found[cast.camille.pk]
    assert json.loads(drawn[cast.alix.pk])["mine"]["ballot"]["named"]["name"] == "Camille"


def test_the_tally_shows_after_the_reasons_and_in_no_order_of_count(voting):
    cast = voting.to_ballot().cast_ballots().cast
    voting.at(cast.bachir, "open_names")
    opened = room_view(cast.assembly.pk, viewer=cast.alix).state.election
    assert (len(opened.ballots), opened.tally) == (3, ())
    for member in cast.three:
        voting.at(member, "say_reasons", text="Ses raisons.")
    voting.at(cast.bachir, "close_names")
    told = room_view(cast.assembly.pk, viewer=cast.alix).state.election.tally
    assert [(who.name, count) for who, count in told] == [("Alix", 1), ("Camille", 2)]


def test_sealed_positions_on_a_person_stay_sealed(voting):
    cast = voting.to_call().cast
    words = {"text": "Trop de mandats déjà.", "consequence": "Elle s’épuiserait.", "ground": "side_effect"}
    voting.do(cast.alix, "position", version=1, call=1, choice="objection", **words)
    for audience in AUDIENCES:
        assert "Trop de mandats" not in PLAIN.state(state_for(load(cast.assembly.pk), audience), "fr")
    assert room_view(cast.assembly.pk, viewer=cast.bachir).mine.position is None
    assert room_view(cast.assembly.pk, viewer=cast.alix).mine.position.choice == "objection"


def test_a_consent_to_one_person_does_not_count_for_the_next(voting):
    cast = voting.to_call().cast
    pressed = room_view(cast.assembly.pk, viewer=cast.bachir).mine.act("position").fixed
    for member in (cast.alix, cast.bachir, cast.camille):
        voting.do(member, "position", **pressed, choice="consent")
    voting.do(cast.bachir, "reveal", **pressed)
    voting.at(cast.camille, "decline_mandate", reason="Déjà deux mandats.")
    voting.at(cast.bachir, "propose", person=cast.alix.pk, grounds="Une voix, bien dite.")
    with pytest.raises(DomainError, match="stale_version"):
        voting.do(cast.bachir, "position", **pressed, choice="consent")
    again = room_view(cast.assembly.pk, viewer=cast.bachir).mine.act("position").fixed
    assert (pressed, again) == ({"version": 1, "call": 1}, {"version": 1, "call": 2})


def test_the_table_is_not_left_while_ballots_are_open(voting):
    cast = voting.to_ballot().cast
    with pytest.raises(DomainError, match="call_open"):
        voting.do(cast.bachir, "go_to_item", item=1)
    assert room_view(cast.assembly.pk, viewer=cast.bachir).mine.act("go_to_item").refusal == "call_open"


# --- doors


def test_a_vacant_election_is_entered_too(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "decline_mandate", reason="Déjà deux mandats.")
    voting.at(cast.bachir, "propose", person=cast.alix.pk, grounds="Une voix, bien dite.")
    for member in (cast.bachir, cast.camille, cast.alix):
        voting.do(member, "position", version=1, call=2, choice="consent")
    voting.do(cast.bachir, "reveal", version=1, call=2)
    voting.at(cast.alix, "decline_mandate", reason="Je pars.")
    voting.at(cast.bachir, "declare_vacant", reason="Personne cette fois.")
    voting.at(cast.bachir, "choose_lot")
    body = Entry.objects.get(kind="election").body
    assert (body["outcome"], body["holders"], Mandate.objects.count()) == ("lot", [], 0)
    assert [each["declined"] for each in body["proposed"]] == [True, True]


def test_the_minutes_tell_the_election(voting):
    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    assembly = assembly_row(cast.assembly.pk)
    room = room_of(assembly)
    text = narrate(meeting_of(assembly, room, names_of(people_of(assembly, room)), journals_of(assembly, room)))
    for told in ("Élection sans candidat", "trésorerie", "Camille a accepté", "Rigueur dite par deux voix", "nᵒ"):
        assert told in text.replace("n° ", "nᵒ "), text


def test_asking_for_an_election(cast):
    with pytest.raises(NotEntitled, match="not_in_circle"):
        call_election(actor=cast.dominique, circle_id=cast.circle.pk, **ROLE)
    with pytest.raises(Invalid, match="field_missing"):
        call_election(actor=cast.alix, circle_id=cast.circle.pk, **{**ROLE, "role": " "})
    with pytest.raises(Invalid, match="field_too_long"):
        call_election(actor=cast.alix, circle_id=cast.circle.pk, **{**ROLE, "role": "r" * 61})
    with pytest.raises(Invalid, match="months_out_of_bounds"):
        call_election(actor=cast.alix, circle_id=cast.circle.pk, **{**ROLE, "months": 37})
    with pytest.raises(NotFound, match="circle_unknown"):
        call_election(actor=cast.alix, circle_id=999, **ROLE)


def test_a_charter_without_figures_for_elections_says_which(cast):
    charter = Charter.objects.get()
    figures = {name: v for name, v in charter.document["figures"].items() if name != "election.ballot_minutes"}
    Charter(
        collective=charter.collective,
        version=2,
        digest="sha256:x",
        document={**charter.document, "figures": figures},
        adopted_at=now(),
    ).save()
    with pytest.raises(TermMissing) as missing:
        call_election(actor=cast.alix, circle_id=cast.circle.pk, **ROLE)
    assert missing.value.facts["term"] == "election.ballot_minutes"


def test_an_election_joins_the_agenda_of_a_convened_assembly_only(voting):
    cast = voting.cast
    cast.convene()
    put_on_agenda(actor=cast.alix, election_id=voting.election.pk, assembly_id=cast.assembly.pk)
    assert [item.title for item in room_view(cast.assembly.pk, viewer=cast.alix).state.items][-1] == "trésorerie"
    with pytest.raises(DomainError, match="already_on_agenda"):
        put_on_agenda(actor=cast.alix, election_id=voting.election.pk, assembly_id=cast.assembly.pk)
    assert elections(viewer=cast.alix)[0].assembly_id == cast.assembly.pk
    other = call_election(actor=cast.alix, circle_id=cast.circle.pk, **ROLE)
    with pytest.raises(NotEntitled):
        put_on_agenda(actor=cast.dominique, election_id=other.pk, assembly_id=cast.assembly.pk)
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    with pytest.raises(DomainError, match="not_now"):
        put_on_agenda(actor=cast.alix, election_id=other.pk, assembly_id=cast.assembly.pk)


def test_what_is_decided_was_announced_in_time(voting, clock):
    """A meeting short of notice discusses; one that opens before its hour, or gains an election, decides no sooner."""
    cast, week = voting.cast, timedelta(days=7)
    asked = {"actor": cast.alix, "circle_id": cast.circle.pk, "title": "x"}
    told = {"agenda": [("Nouvelles", None)], "elections": [voting.election.pk]}
    convene(**asked, starts_at=now(), **told)  # the charter asks for no notice
    charter_with(**{"assembly.notice_days": 7})
    short = now() + timedelta(days=6)
    with pytest.raises(Invalid, match="notice_short") as refused:
        convene(**asked, starts_at=short, **told)
    assert (refused.value.facts["field"], refused.value.facts["until"]) == ("starts_at", now() + week)
    convene(**asked, starts_at=short, agenda=[("Nouvelles", None)])
    cast.assembly = convene(**asked, starts_at=now() + week, **told)
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.alix, "open")
    cast.do(cast.alix, "go_to_item", item=1)
    with pytest.raises(DomainError, match="notice_runs"):
        cast.do(cast.alix, "go_to_item", item=2)
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.current.id == 1
    clock.advance(days=7)
    cast.do(cast.alix, "go_to_item", item=2)
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.election.stage == "role"


def test_an_election_put_on_an_agenda_has_a_notice_of_its_own(voting, clock):
    cast = voting.cast
    charter_with(**{"assembly.notice_days": 7})
    asked = {"actor": cast.alix, "circle_id": cast.circle.pk, "title": "x", "agenda": [("Nouvelles", None)]}
    cast.assembly = convene(**asked, starts_at=now() + timedelta(days=9))
    clock.advance(days=1)
    put_on_agenda(actor=cast.alix, election_id=voting.election.pk, assembly_id=cast.assembly.pk)
    clock.advance(days=3)
    other = call_election(actor=cast.alix, circle_id=cast.circle.pk, **ROLE)
    with pytest.raises(DomainError, match="notice_late"):
        put_on_agenda(actor=cast.alix, election_id=other.pk, assembly_id=cast.assembly.pk)
    clock.advance(days=3)
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.alix, "open")
    with pytest.raises(DomainError, match="notice_runs"):
        cast.do(cast.alix, "go_to_item", item=2)  # the notice of the meeting is over, not the election's


def test_strangers_learn_of_no_election(voting):
    with pytest.raises(NotFound):
        election_page(voting.election.pk, viewer=voting.cast.fanny)
    assert elections(viewer=None) == ()
    with pytest.raises(Invalid, match="election_unknown"):
        convene(actor=voting.cast.alix, circle_id=voting.cast.circle.pk, title="x", starts_at=now(), elections=[9999])


def test_who_leaves_takes_the_words_about_them_along(voting):
    from governance.actions.leaving import forget_name

    cast = voting.to_answer().cast
    voting.at(cast.camille, "accept_mandate")
    assert Election.objects.get().texts
    forget_name(cast.camille)
    assert Election.objects.get().texts == {}
    assert check_register(cast.collective).first_bad is None


def test_what_an_election_waits_for_is_on_the_list_of_each(voting):
    cast = voting.to_ballot().cast
    voting.at(cast.alix, "cast_ballot", person=cast.camille.pk)
    asked = {
        member.name: [each.kind for each in waiting_for(member, now()) if each.kind.startswith("election")]
        for member in (cast.bachir, cast.alix, cast.fanny)
    }
    assert asked == {"Bachir": ["election_ballot"], "Alix": [], "Fanny": []}
