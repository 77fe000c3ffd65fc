"""What a vote leaves: its place and its state in the register, its review, its minutes, and where it is listed."""

import pytest

from governance.actions import effects
from governance.actions.due import due_reviews, review_due
from governance.actions.polls import close_poll
from governance.actions.register import enter
from governance.errors import IllegalStep
from governance.models import Decision, Entry, Minutes, Poll, Proposal
from governance.queries.agenda import propositions_for
from governance.queries.assemblies import convening_choices, minutes_view
from governance.queries.circles import circle_page
from governance.queries.register import check_register, entry_view, register_page
from governance.queries.shapes import RegisterSearch
from governance.queries.waiting import waiting_for
from network.clock import now
from tests.governance.conftest import OBJECTION
from tests.governance.polling import allow_votes, to_vote, vote
from tests.governance.secret_voting import opened
from tests.governance.secret_voting import vote as secret_vote


@pytest.fixture
def poll(cast, clock) -> Poll:
    allow_votes(cast)
    return to_vote(cast)


def carry(cast, poll):
    """Two for, one against: the last ballot closes the vote."""
    for member, choice in ((cast.alix, "for"), (cast.bachir, "for"), (cast.camille, "against")):
        vote(poll, member, choice)
    return Entry.objects.get(kind="vote")


def reject(cast, poll):
    for member in cast.three:
        vote(poll, member, "for" if member is cast.alix else "against")
    return Entry.objects.get(kind="vote")


def rows(**search):
    return {each.seq: each for each in register_page(search=RegisterSearch(**search)).entries}


def kinds(member):
    return [each.kind for each in waiting_for(member, now())]


def to_day(clock, year, month, day):
    clock.set(clock.instant.replace(year=year, month=month, day=day))


# --- the register ----------------------------------------------------------------------------------------


def test_a_vote_whose_effect_was_refused_is_no_decision_and_an_older_entry_that_does_not_say_is(cast, poll):
    entry = carry(cast, poll)
    older = {name: value for name, value in entry.body.items() if name != "effect_refused"}
    for body in (older, {**older, "effect_refused": "charter_stale"}):
        enter(collective=cast.collective, kind="vote", body=body, terms=entry.terms, at=now())
    every, (first, second, refused) = rows(), range(entry.seq, entry.seq + 3)
    assert [every[seq].state for seq in (first, second, refused)] == ["in_force", "in_force", ""]
    assert (every[refused].outcome, every[refused].review_on) == ("carried", None)
    assert {first, second} == set(rows(decided=True)) == set(rows(state="in_force"))


def test_a_carried_vote_is_in_force_then_to_review(cast, poll, clock):
    entry = carry(cast, poll)
    row = rows()[entry.seq]
    assert (row.kind, row.outcome, row.state, str(row.review_on)) == ("vote", "carried", "in_force", "2027-06-01")
    to_day(clock, 2027, 6, 1)
    assert rows(state="to_review").keys() == {entry.seq}
    assert entry_view(entry.seq).state == "to_review"


def test_what_a_vote_did_not_carry_is_no_decision_and_has_no_review(cast, poll):
    entry = reject(cast, poll)
    row = rows()[entry.seq]
    assert (row.outcome, row.state, row.review_on) == ("rejected", "", None)
    assert rows(state="in_force") == {}
    assert rows(decided=True) == {}


def test_a_void_vote_is_no_decision(cast, poll, clock):
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    entry = Entry.objects.get(kind="vote")
    assert (rows()[entry.seq].outcome, rows()[entry.seq].state) == ("void", "")


def test_it_is_found_by_kind_by_state_and_by_words(cast, poll):
    entry, opening = carry(cast, poll), Entry.objects.get(kind="fallback")
    assert rows(kind="vote").keys() == {entry.seq}
    assert rows(kind="fallback").keys() == {opening.seq}
    assert rows(kind="vote", state="in_force").keys() == {entry.seq}
    assert rows(words="premier LUNDI").keys() == {entry.seq}
    assert rows(decided=True).keys() == {entry.seq}
    assert {"fallback", "vote"} <= set(register_page().kinds)


def test_the_opening_leads_to_what_came_of_it(cast, poll):
    opening = Entry.objects.get(kind="fallback")
    assert entry_view(opening.seq).later == ()
    entry = carry(cast, poll)
    (later,) = entry_view(opening.seq).later
    assert (later.seq, later.kind, later.outcome) == (entry.seq, "vote", "carried")


def test_only_a_vote_that_carried_replaces_what_it_reviews(cast, poll):
    first = carry(cast, poll)
    body = {**first.body, "cites": first.seq, "outcome": "rejected"}
    enter(collective=cast.collective, kind="vote", body=body, terms=first.terms, at=now())
    assert rows()[first.seq].state == "in_force"
    again = enter(
        collective=cast.collective, kind="vote", body=body | {"outcome": "carried"}, terms=first.terms, at=now()
    )
    assert (rows()[first.seq].state, rows()[again.seq].state) == ("replaced", "in_force")
    assert len(entry_view(first.seq).later) == 2


def test_a_trial_that_a_vote_adopted_lapses_on_its_day(cast, poll, clock):
    first = carry(cast, poll)
    body = first.body | {"follow_up": {**first.body["follow_up"], "ends_on": "2027-01-31"}}
    trial = enter(collective=cast.collective, kind="vote", body=body, terms=first.terms, at=now())
    assert rows()[trial.seq].state == "in_force"
    to_day(clock, 2027, 2, 1)
    assert rows(state="lapsed").keys() == {trial.seq}


def test_names_are_read_through_commitments(cast, poll):
    entry = carry(cast, poll)
    assert "Camille" not in str(entry.body)
    assert {"Alix", "Bachir", "Camille"} <= set(entry_view(entry.seq).names.values())
    opening = entry_view(entry.body["opening"])
    assert {"Alix", "Bachir", "Camille"} <= set(opening.names.values())


# --- reviews ---------------------------------------------------------------------------------------------


def test_its_review_opens_once_as_a_draft_with_what_was_said_against_it(cast, poll, clock):
    carry(cast, poll)
    session = poll.session
    assert due_reviews() == []
    assert not review_due(session_id=session.pk), "too early"
    to_day(clock, 2027, 6, 1)
    assert due_reviews() == [session.pk]
    before = session.steps.count()
    assert review_due(session_id=session.pk)
    assert not review_due(session_id=session.pk)
    assert due_reviews() == []
    assert session.steps.count() == before, "the session ended where consent was not reached"
    draft = Proposal.objects.get(follows=Decision.objects.get())
    assert (draft.proposer, draft.responsible, draft.text) == (cast.alix, cast.alix, poll.text)
    reason, *against = draft.driver.split("\n")
    assert reason == "Nos réunions en ligne laissent des membres de côté."
    assert against == [f"- Objection : {OBJECTION['text']} {OBJECTION['consequence']}"], "the same one is said once"
    (choice,) = convening_choices(cast.alix).reviews
    assert choice.concerns == (against[0].removeprefix("- "),)


def test_a_rejected_text_is_not_reviewed(cast, poll, clock):
    reject(cast, poll)
    to_day(clock, 2027, 6, 1)
    assert due_reviews() == []
    assert not review_due(session_id=poll.session_id)


def test_whoever_answers_for_it_is_reminded_before_its_review(cast, poll, clock):
    carry(cast, poll)
    to_day(clock, 2027, 5, 1)
    assert "review_due" not in kinds(cast.alix), "31 days before"
    clock.advance(days=1)
    assert "review_due" in kinds(cast.alix)
    assert "review_due" not in kinds(cast.bachir)
    to_day(clock, 2027, 6, 1)
    review_due(session_id=poll.session_id)
    assert "review_due" not in kinds(cast.alix), "the draft waits instead"
    assert "review" in kinds(cast.alix)


def test_what_reviews_it_replaces_it(cast, poll, clock):
    first = carry(cast, poll)
    to_day(clock, 2027, 6, 1)
    review_due(session_id=poll.session_id)
    draft = Proposal.objects.get(follows=Decision.objects.get())
    body = {**first.body, "cites": draft.follows.entry.seq}
    enter(collective=cast.collective, kind="decision", body=body, terms=first.terms, at=now())
    assert rows()[first.seq].state == "replaced"


# --- where proposals and decisions are listed ---------------------------------------------------------------


def listed(member):
    (row,) = propositions_for(member)
    return row.group, row.why


def test_a_proposal_being_voted_on_is_not_decided_yet(cast, poll, clock):
    assert listed(cast.alix) == ("for_me", "vote")
    vote(poll, cast.alix)
    assert listed(cast.alix) == ("consulting", "")
    assert listed(cast.dominique) == ("consulting", ""), "she is not on the roll"
    clock.advance(hours=168)
    assert listed(cast.bachir) == ("consulting", ""), "over, and not counted yet"
    close_poll(poll_id=poll.pk)
    assert listed(cast.bachir) == ("decided", "")


def test_the_circle_shows_the_vote_going_on_then_the_decision(cast, poll):
    Proposal.objects.create(circle=cast.circle, proposer=cast.alix, title="Autre idée")
    page = circle_page(cast.circle.pk, viewer=cast.alix)
    assert {stage for _, _, stage in page.proposals} == {"fallback", "draft"}
    assert page.decisions == ()
    entry = carry(cast, poll)
    page = circle_page(cast.circle.pk, viewer=cast.alix)
    assert [stage for _, _, stage in page.proposals] == ["draft"]
    assert [(seq, title) for seq, title, *_ in page.decisions] == [(entry.seq, "Se réunir au local")]


def test_a_circle_shows_no_decision_that_a_vote_did_not_make(cast, poll):
    reject(cast, poll)
    page = circle_page(cast.circle.pk, viewer=cast.alix)
    assert (page.proposals, page.decisions) == ((), ())


# --- minutes ---------------------------------------------------------------------------------------------


def minutes(cast) -> str:
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    return minutes_view(cast.assembly.pk, viewer=cast.alix).text


def approve(cast):
    for member in cast.three[:2]:
        cast.do(member, "approve_minutes", digest=Minutes.objects.latest("version").digest)


def test_the_minutes_tell_the_opening_of_the_vote_and_its_rules(cast, poll):
    told, opening = minutes(cast), Entry.objects.get(kind="fallback")
    mentions = [
        "renvoyée à un vote, faute de consentement (Nous n’avançons plus)",
        "- Vote pour ou contre ce texte : nominatif, ouvert le 21/11/2026",
        "fin prévue le 28/11/2026",
        "quorum, 1/2 des personnes appelées ; adopté avec plus de 1/2 de pour parmi les pour et les contre",
        "à égalité, non adopté ; pouvoirs admis",
        "- Appelé·es à voter (3) : Alix, Bachir, Camille",
        "le vote n’était pas clos à la fin de la réunion",
        "Scrutation : personne, les votes étant comptés par le nœud",
        f"Inscription n° {opening.seq} au registre, empreinte `{opening.head}`.",
    ]
    assert [each for each in mentions if each not in told] == []
    assert "adoptée par consentement" not in told
    approve(cast)
    assert check_register(cast.collective).first_bad is None


def test_the_count_of_a_vote_closed_after_the_meeting_is_not_in_its_minutes(cast, poll, clock):
    """They may be drawn up when the result is known: what is not of the meeting is not told, and nothing false."""
    vote(poll, cast.alix)
    cast.do(cast.bachir, "close")
    clock.advance(minutes=5)
    vote(poll, cast.bachir)
    vote(poll, cast.camille, "against")
    assert Decision.objects.exists()
    cast.do(cast.bachir, "draw_up_minutes")
    told = minutes_view(cast.assembly.pk, viewer=cast.alix).text
    assert "le vote n’était pas clos à la fin de la réunion" in told
    assert "Votes : 3 sur 3" not in told
    assert f"sous le n° {Entry.objects.get(kind='vote').seq}" not in told


def test_the_count_of_a_vote_closed_in_the_meeting_is_in_its_minutes(cast, poll):
    entry = carry(cast, poll)
    told = minutes(cast)
    mentions = [
        "texte adopté par un vote, faute de consentement",
        "- Votes : 3 sur 3. pour : 2 ; contre : 1 ; abstention : 0. Part des pour : 2/3. Quorum atteint",
        "  - pour : Alix, Bachir",
        "  - contre : Camille",
        f"- Résultat inscrit au registre sous le n° {entry.seq}, empreinte `{entry.head}`",
    ]
    assert [each for each in mentions if each not in told] == []
    assert "n’était pas clos" not in told
    approve(cast)
    assert check_register(cast.collective).first_bad is None
    stored = Minutes.objects.latest("version").text
    assert [name for name in ("Alix", "Bachir", "Camille") if name in stored] == []


def test_a_rejected_text_is_told_in_full_with_its_count(cast, poll):
    reject(cast, poll)
    told = minutes(cast)
    assert "texte non adopté" in told
    assert "pour : 1 ; contre : 2 ; abstention : 0. Part des pour : 1/3" in told
    assert "> Nous nous réunissons au local chaque premier lundi du mois." in told


def test_a_text_that_could_take_effect_no_more_is_told_as_not_adopted(cast, poll, monkeypatch):
    monkeypatch.setattr(effects, "check_text", refuse)
    carry(cast, poll)
    told = minutes(cast)
    assert "texte non adopté, ce qu’il devait changer ne pouvant plus l’être malgré assez de voix pour" in told
    assert "pour : 2 ; contre : 1 ; abstention : 0. Part des pour : 2/3. Quorum atteint" in told
    assert "adopté par un vote" not in told


def refuse(*_):
    raise IllegalStep("charter_stale")


def test_a_vote_of_too_few_is_told_as_void(cast, poll, clock):
    vote(poll, cast.alix)
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    told = minutes(cast)
    assert "vote sans effet, trop peu de personnes ayant voté" in told
    assert "- Votes : 1 sur 3. pour : 1 ; contre : 0 ; abstention : 0. Part des pour : 1/1. Quorum non atteint" in told
    assert "> Nous nous réunissons au local chaque premier lundi du mois." in told


def test_of_a_secret_vote_the_minutes_tell_no_names_beside_choices(cast, clock):
    poll = opened(cast)
    for member, choice in zip((*cast.three, cast.dominique), ("for", "for", "against", "abstain"), strict=True):
        secret_vote(poll, member, choice)
    told = minutes(cast)
    assert "Vote pour ou contre ce texte : secret" in told
    assert "pour : 2 ; contre : 1 ; abstention : 1" in told
    assert "  - pour : " not in told


def test_an_extended_vote_is_told_after_its_opening_and_the_minutes_keep_the_end_that_was_announced(cast, clock):
    poll = opened(cast)
    cast.do(cast.bachir, "close")
    secret_vote(poll, cast.alix)
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    extension = Entry.objects.get(kind="vote_extended")
    assert [each.seq for each in entry_view(poll.opening.seq).later] == [extension.seq]
    assert (rows()[extension.seq].state, rows()[extension.seq].outcome) == ("", "")
    assert listed(cast.bachir) == ("for_me", "vote")
    cast.do(cast.bachir, "draw_up_minutes")
    assert "fin prévue le 28/11/2026" in minutes_view(cast.assembly.pk, viewer=cast.alix).text
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    last = Entry.objects.get(kind="vote")
    assert (rows()[last.seq].outcome, rows()[last.seq].state, rows()[last.seq].review_on) == ("withheld", "", None)
