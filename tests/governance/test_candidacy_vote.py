"""The secret vote on an admission that consent did not settle: when it opens, who casts it, and what it comes to."""

from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from governance.actions.candidacy_due import tend_candidacies
from governance.actions.charter import adopt_charter
from governance.actions.polls import close_poll, due_polls
from governance.errors import IllegalStep, NotFound
from governance.models import CandidacyText, Charter, ConsentSession, Decision, Entry, Poll
from governance.queries.candidacies import candidacies
from governance.queries.candidacy_view import candidacy_view
from governance.queries.poll_list import polls
from governance.queries.polls import poll_view, terms_of_poll
from governance.queries.register import check_register, register_page
from governance.queries.register_search import row_of, states_of
from governance.queries.shapes import RegisterSearch
from governance.queries.waiting import waiting_for
from governance.rules.candidacy import Stage
from governance.rules.charter import Terms, check, parts
from governance.rules.register import commitment
from network import clock
from network.actions.collectives import end_membership
from network.models import Membership, MembershipState
from tests import factories
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock
from tests.governance.polling import vote

REASON = "Nous n’avançons plus sur ce que Fanny a promis."


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def way(cast, time):
    return begin(cast, time)


def begin(cast, time, *, of_class=None, **figures):
    """A candidacy under a charter that allows a vote, and here no adjournment before it."""
    text, terms = parts(Charter.objects.filter(collective=cast.collective).latest("version").document)
    said = {"cooptation.vote_allowed": True, "cooptation.adjourn_max": 0, "ballot.secrecy_floor": 3}
    said |= {name.replace("__", "."): value for name, value in figures.items()}
    classes = deepcopy(dict(terms.classes))
    classes["cooptation"] = {**classes["cooptation"], **(of_class or {})}
    adopt_charter(collective=cast.collective, text=text, terms=Terms({**terms.figures, **said}, classes))
    return Candidate(cast, time)


def objected(way, version=1):
    """Camille objects, and the room takes the objection up."""
    cast = way.cast
    way.answer(cast.alix, cast.bachir)
    way.answer(cast.camille, **OBJECTION)
    way.reveal()
    for member in (cast.alix, cast.bachir):
        way.acts(member, "judge", objection=version, agree="yes")
    way.acts(cast.bachir, "close_test", objection=version)


def parked(way, version=1):
    until = (clock.now() + timedelta(days=1)).date().isoformat()
    way.acts(way.cast.bachir, "choose_exit", version=version, exit="defer", reason=REASON, until=until)


def voting(way) -> Poll:
    """From the wish to the vote."""
    way.heard().on_the_table()
    objected(way)
    parked(way)
    return Poll.objects.get()


def closed(way, days=8):
    """The time of the vote runs out; once more if it was prolonged, because too few had voted."""
    for _ in range(2):
        way.time.days(days)
        for poll_id in due_polls():
            close_poll(poll_id=poll_id)
    return Poll.objects.get()


def test_spent_adjournments_open_a_secret_vote_of_the_frozen_electorate(way, cast):
    poll = voting(way)
    assert (way.state.stage, way.state.proposal) == (Stage.VOTE, poll.session.proposal_id)
    assert ConsentSession.objects.get().stage == "fallback"
    roll = {each.member_id for each in poll.roll.all()}
    assert roll == way.state.electorate == {each.pk for each in (*cast.three, cast.dominique)}
    terms = terms_of_poll(poll)
    assert (poll.tier, str(terms.threshold), terms.threshold_reached, terms.proxies) == ("secret", "2/3", True, False)
    assert str(terms.quorum) == way.charter.document["classes"]["cooptation"]["quorum"]
    for member in (*cast.three, cast.dominique):
        assert "poll_vote" in [each.kind for each in waiting_for(member, clock.now())]
    assert not waiting_for(cast.fanny, clock.now())
    assert not Decision.objects.exists()


def test_the_opening_tells_nobodys_words(way, cast):
    voting(way)
    opening = Entry.objects.get(kind="fallback").body
    kept = CandidacyText.objects.get(role="decision", text=REASON)
    assert opening["reason"] == f"sha256:{commitment(kept.salt, REASON)}"
    for said in ("Fanny", "Les retours", "documentation", REASON):
        assert said not in str(opening)
    assert opening["vote"]["rules"]["tier"] == "secret"
    assert len(opening["vote"]["roll"]) == 4


def test_carried_opens_the_probation(way, cast):
    poll = voting(way)
    for member in (cast.alix, cast.bachir):
        vote(poll, member)
    vote(poll, cast.dominique, "abstain")
    vote(poll, cast.camille, "against")  # two of three that were expressed: reached is enough
    poll.refresh_from_db()
    assert (poll.outcome, poll.result["share"]) == ("carried", "2/3")
    assert (way.state.stage, way.state.vote, way.state.proposal) == (Stage.PROBATION, "carried", None)
    assert Membership.objects.get(member=cast.fanny).state == MembershipState.PROBATION
    assert Decision.objects.get().entry == poll.entry
    kinds = list(
        Entry.objects.exclude(kind="charter").order_by("seq").values_list("kind", "body__vote", "body__outcome")
    )
    assert [each[0] for each in kinds] == ["fallback", "vote", "candidacy"]
    assert kinds[-1][1:] == ("carried", "probation")
    told = str([each.body for each in Entry.objects.exclude(kind="charter")])
    assert "Fanny" not in told
    assert "ballots" not in poll.entry.body
    assert check_register(cast.collective).first_bad is None


def test_who_was_voted_in_goes_on_to_be_a_member(way, cast, time):
    poll = voting(way)
    for member in (*cast.three, cast.dominique):
        vote(poll, member)
    time.days(170)
    tend_candidacies()
    time.days(20)
    tend_candidacies()
    assert way.state.stage is Stage.MEMBER
    assert ConsentSession.objects.get().stage == "fallback"


def test_rejected_declines_and_the_appeal_stays_open(way, cast):
    poll = voting(way)
    for member in (cast.alix, cast.bachir):
        vote(poll, member)
    for member in (cast.camille, cast.dominique):
        vote(poll, member, "against")
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, "rejected")
    assert Entry.objects.get(kind="candidacy").body["vote"] == "rejected"
    assert not Decision.objects.exists()
    assert not Membership.objects.filter(member=cast.fanny, state=MembershipState.PROBATION).exists()
    way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue.")
    way.do(cast.dominique, "panel_vote", send_back="yes", text="La synthèse n’a pas été lue.")
    assert (way.state.stage, way.state.proposal) == (Stage.DECISION, None)


def test_a_decision_sent_back_is_taken_anew_and_may_come_to_another_vote(way, cast):
    poll = voting(way)
    for member in (*cast.three, cast.dominique):
        vote(poll, member, "against")
    way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue.")
    way.do(cast.dominique, "panel_vote", send_back="yes", text="La synthèse n’a pas été lue.")
    way.on_the_table()
    assert [each.author for each in way.session_state().pending()] == [cast.camille.pk]
    way.answer()
    way.reveal()
    way.acts(cast.camille, "withdraw_objection", objection=1)
    way.answer()
    way.reveal()
    assert (way.state.stage, Poll.objects.count()) == (Stage.PROBATION, 1)


def test_a_vote_in_which_nobody_takes_part_adopts_nothing(way, cast):
    voting(way)
    assert closed(way).outcome == "void"
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, "void")


def test_so_few_ballots_that_they_would_tell_adopt_nothing(way, cast):
    poll = voting(way)
    vote(poll, cast.alix)
    vote(poll, cast.bachir)
    assert closed(way).outcome == "withheld"
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, "withheld")
    assert way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue.")


def test_so_few_voters_that_no_vote_is_secret_leave_it_to_consent(cast, time):
    way = begin(cast, time, ballot__secrecy_floor=5).heard().on_the_table()
    objected(way)
    parked(way)
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, "too_few")
    assert not Poll.objects.exists()
    assert Entry.objects.get(kind="candidacy").body["vote"] == "too_few"
    told = candidacy_view(way.pk, viewer=cast.fanny).vote
    assert (told.too_few, told.called, told.id) == (True, 4, None)


def test_adjourned_first_as_often_as_the_charter_says(cast, time):
    way = begin(cast, time, cooptation__adjourn_max=1).heard().on_the_table()
    objected(way)
    parked(way)
    assert way.state.stage is Stage.ADJOURNED
    end_membership(collective=cast.collective, member=cast.dominique)
    way.taken_up_again()
    parked(way)
    assert way.state.stage is Stage.VOTE
    assert {each.member_id for each in Poll.objects.get().roll.all()} == {each.pk for each in cast.three}


def integrated_once(way):
    """The objection is lifted by a condition; another comes, against the text as changed."""
    cast = way.cast
    objected(way)
    text = "Nous accueillons la personne, qui publiera d’abord sa documentation."
    way.acts(cast.alix, "offer_amendment", version=1, text=text)
    way.acts(cast.camille, "confirm_resolved", objection=1)
    way.acts(cast.bachir, "accept_amendment", version=1, objection=1)
    objected(way, 2)


def refuse(way):
    way.acts(way.cast.bachir, "choose_exit", version=2, exit="fallback", reason="Ajourner ne changerait rien.")


REFUSING = {"fallback": True, "exits": ["defer", "fallback"]}


def test_the_circle_may_refuse_to_adjourn_where_the_class_has_that_exit(cast, time):
    way = begin(cast, time, of_class=REFUSING, cooptation__adjourn_max=2, consent__fallback_min_loops=1)
    way.heard().on_the_table()
    integrated_once(way)
    refuse(way)
    poll = Poll.objects.get()
    assert (way.state.stage, way.state.adjournments) == (Stage.VOTE, 0)
    assert (poll.tier, poll.version) == ("secret", 2)  # though the class says that its votes are open
    for member in (*cast.three, cast.dominique):
        vote(poll, member)
    assert way.state.stage is Stage.PROBATION


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ({"cooptation__vote_allowed": False}, "fallback_not_allowed"),
        ({"ballot__secrecy_floor": 5}, "too_few_for_secrecy"),
    ],
)
def test_no_way_out_to_a_vote_that_cannot_open(cast, time, figures, code):
    said = {"cooptation__adjourn_max": 2, "consent__fallback_min_loops": 1, **figures}
    way = begin(cast, time, of_class=REFUSING, **said).heard().on_the_table()
    integrated_once(way)
    with pytest.raises(IllegalStep) as refused:
        refuse(way)
    assert refused.value.code == code
    parked(way, 2)
    assert way.state.stage is Stage.ADJOURNED
    assert not Poll.objects.exists()


def test_nobody_is_excluded_by_a_vote(cast, time):
    way = begin(cast, time, of_class=REFUSING)
    tend_candidacies()
    way.pk = Membership.objects.get(member=cast.dominique).member.candidacies.get().pk
    way.do(cast.alix, "propose_exclusion", article="partage", fact="Le 2 mars, un fait.", nature="values")
    way.do(cast.camille, "hear", assembly=way.meet("Audition").pk, present="no")
    way.on_the_table()
    objected(way)
    with pytest.raises(IllegalStep, match="fallback_not_allowed"):
        way.acts(cast.bachir, "choose_exit", version=1, exit="fallback", reason="Votons.")
    parked(way)
    assert (way.state.stage, Poll.objects.exists()) == (Stage.MEMBER, False)


def test_the_candidate_learns_of_the_vote_and_no_more(way, cast):
    poll = voting(way)
    told = candidacy_view(way.pk, viewer=cast.fanny).vote
    assert (told.id, told.closes_at, told.outcome) == (None, poll.closes_at, "")
    assert candidacy_view(way.pk, viewer=cast.dominique).vote.id == poll.pk
    with pytest.raises(NotFound):
        poll_view(poll.pk, viewer=cast.fanny)
    with pytest.raises(NotFound):
        vote(poll, cast.fanny)
    for member in (*cast.three, cast.dominique):
        vote(poll, member, "against")
    told = candidacy_view(way.pk, viewer=cast.fanny)
    assert (told.vote.outcome, told.vote.id) == ("rejected", None)
    assert ("counted", None) in [(kind, who) for _, kind, who in told.history]
    assert [row.stage for row in candidacies(cast.fanny)] == ["declined"]


def test_a_sponsor_who_leaves_does_not_stop_what_the_others_decide(way, cast):
    poll = voting(way)
    with pytest.raises(IllegalStep, match="not_now"):
        way.do(cast.alix, "step_down")
    end_membership(collective=cast.collective, member=cast.alix)
    tend_candidacies()
    assert way.state.stage is Stage.VOTE
    for member in (cast.bachir, cast.camille, cast.dominique):
        vote(poll, member)
    closed(way)
    assert way.state.stage is Stage.PROBATION


def test_a_candidate_who_withdraws_is_not_voted_in(way, cast):
    factories.node()
    poll = voting(way)
    vote(poll, cast.bachir)
    assert "poll_vote" in [each.kind for each in waiting_for(cast.alix, clock.now())]
    way.do(cast.fanny, "withdraw")
    assert "poll_vote" not in [each.kind for each in waiting_for(cast.alix, clock.now())]
    assert [(each.id, each.waits) for each in polls(viewer=cast.alix)] == [(poll.pk, False)]
    client = Client()
    client.force_login(cast.alix.account)
    shown = client.get(f"/scrutins/{poll.pk}").content.decode()
    assert "La candidature a pris fin" in shown
    assert "Si je ne fais rien" not in shown
    for member in (cast.alix, cast.camille, cast.dominique):
        vote(poll, member)
    closed(way)
    assert way.state.stage is Stage.WITHDRAWN
    assert not Membership.objects.filter(member=cast.fanny, state=MembershipState.PROBATION).exists()
    entry = Entry.objects.get(kind="vote")
    assert (entry.body["outcome"], entry.body["effect_refused"]) == ("carried", "candidacy_not_decided_now")
    for page, said in ((f"/scrutins/{poll.pk}", "Le décompte tient, mais"), ("/scrutins", "Assez de voix, sans effet")):
        shown = client.get(page).content.decode()
        assert said in shown
        assert "Adopté par vote" not in shown
    assert not Decision.objects.exists(), "what has no effect is no decision"
    assert entry.seq not in states_of(cast.collective)
    assert (row_of(entry).review_on, register_page(search=RegisterSearch(decided=True)).total) == (None, 0)
    assert check_register(cast.collective).first_bad is None


def test_the_page_says_where_it_stands_to_candidate_and_members(way, cast):
    factories.node()
    poll = voting(way)
    page = f"/candidatures/{way.pk}"
    for member in (cast.fanny, cast.camille):
        client = Client()
        client.force_login(member.account)
        shown = client.get(page).content.decode()
        assert "Vote secret en cours" in shown
        assert "Rien n’est compté ni montré avant la fin" in shown
    vote(poll, cast.alix)
    closed(way)
    shown = client.get(page).content.decode()
    assert "rien n’est compté ni montré" in shown
    client.force_login(cast.fanny.account)
    assert "rien n’est compté ni montré" in client.get(page).content.decode()


def test_the_page_says_why_there_was_no_vote(cast, time):
    factories.node()
    way = begin(cast, time, ballot__secrecy_floor=5).heard().on_the_table()
    objected(way)
    parked(way)
    client = Client()
    client.force_login(cast.fanny.account)
    shown = client.get(f"/candidatures/{way.pk}").content.decode()
    assert "4 personnes seulement pouvaient y prendre part" in shown


def test_a_charter_that_allows_the_vote_says_how_long_and_how_many(cast):
    text, terms = parts(Charter.objects.get(collective=cast.collective).document)
    figures = {**terms.figures, "cooptation.vote_allowed": True}
    assert check(text, Terms(figures, terms.classes)) == []
    for name in ("poll.hours", "ballot.secrecy_floor"):
        less = {each: value for each, value in figures.items() if each != name}
        assert (name, "term_missing") in check(text, Terms(less, terms.classes))


def test_a_ballot_sent_twice_counts_once(way, cast):
    poll, key = voting(way), uuid4()
    assert vote(poll, cast.alix, key=key) == vote(poll, cast.alix, key=key)
    with pytest.raises(IllegalStep, match="already_voted"):
        vote(poll, cast.alix, "against")
    assert poll.secret_ballots.count() == 1
