"""The count of a vote: properties over random ballots, quorum bases by hand, and every figure at fault."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import IllegalStep, Invalid, NotEntitled, TermMissing
from governance.rules.charter import Terms, check
from governance.rules.polls import (
    CHOICES,
    LEAST_FLOOR,
    Outcome,
    PollTerms,
    Tier,
    check_cast,
    check_secret,
    participation_told,
    poll_terms,
    tally,
)
from governance.rules.templates import TEMPLATES, template

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHARES = st.builds(lambda n, d: Fraction(min(n, d), d), st.integers(0, 12), st.integers(1, 12))
THRESHOLDS = st.builds(lambda n, d: Fraction(d + min(n, d), 2 * d), st.integers(0, 12), st.integers(1, 12))
TIERS = st.sampled_from(Tier)
BALLOTS = st.lists(st.sampled_from(CHOICES), max_size=30)


def terms(**changes) -> PollTerms:
    figures = {"hours": 168, "tier": Tier.OPEN, "quorum": Fraction(1, 2), "threshold": Fraction(1, 2)}
    return PollTerms(**{**figures, "threshold_reached": False, "proxies": False, "floor": 0, **changes})


@st.composite
def votes(draw, tier=TIERS):
    """An electorate, its ballots, and the figures that they are counted under."""
    chosen = draw(BALLOTS)
    said = draw(tier)
    asked = terms(
        tier=said,
        quorum=draw(SHARES),
        threshold=draw(THRESHOLDS),
        threshold_reached=draw(st.booleans()),
        floor=draw(st.integers(3, 6)) if said is Tier.SECRET else 0,
    )
    return len(chosen) + draw(st.integers(0, 10)), chosen, asked


def by_hand(electorate: int, chosen: list[str], asked: PollTerms) -> Outcome:
    """The same outcome without a fraction: every comparison of shares is one of whole numbers."""
    voted, yes, no = len(chosen), chosen.count("for"), chosen.count("against")
    if asked.tier is Tier.SECRET and voted and voted < asked.floor:
        return Outcome.WITHHELD
    if not voted or voted * asked.quorum.denominator < asked.quorum.numerator * electorate:
        return Outcome.VOID
    above = yes * asked.threshold.denominator - asked.threshold.numerator * (yes + no)
    if yes == no or above < 0 or (above == 0 and not asked.threshold_reached):
        return Outcome.REJECTED
    return Outcome.CARRIED


# --- properties ------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(votes())
def test_the_count_is_that_of_whole_numbers(vote):
    assert tally(*vote).outcome is by_hand(*vote)


@settings(deadline=None)
@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_ballots_never_matters(vote, dice):
    electorate, chosen, asked = vote
    mixed = list(chosen)
    dice.shuffle(mixed)
    assert tally(electorate, mixed, asked) == tally(electorate, chosen, asked)
    assert tally(electorate, iter(chosen), asked) == tally(electorate, chosen, asked)


@settings(deadline=None)
@given(votes())
def test_nothing_is_a_float_and_everybody_is_counted_once(vote):
    electorate, chosen, asked = vote
    result = tally(electorate, chosen, asked)
    assert type(result.share) in {Fraction, type(None)}
    assert {type(number) for number in result.chosen.values()} == {int}
    assert tuple(result.chosen) == CHOICES
    assert sum(result.chosen.values()) == result.voted == len(chosen) <= result.electorate == electorate
    if result.share is not None:
        assert 0 <= result.share <= 1
        assert result.share * (result.chosen["for"] + result.chosen["against"]) == result.chosen["for"]


@settings(deadline=None)
@given(votes())
def test_an_abstention_changes_no_share_and_only_helps_the_quorum(vote):
    electorate, chosen, asked = vote
    before, after = tally(electorate + 1, chosen, asked), tally(electorate + 1, [*chosen, "abstain"], asked)
    assert after.share == before.share
    assert after.quorum_reached >= before.quorum_reached
    if before.quorum_reached and before.outcome is not Outcome.WITHHELD:
        assert after.outcome is before.outcome


@settings(deadline=None)
@given(votes(), st.integers(0, 15))
def test_as_many_for_as_against_never_carry(vote, many):
    electorate, chosen, asked = vote
    tie = ["for"] * many + ["against"] * many + [each for each in chosen if each == "abstain"]
    assert tally(max(electorate, len(tie)), tie, asked).outcome is not Outcome.CARRIED


@settings(deadline=None)
@given(votes())
def test_below_the_quorum_nothing_carries(vote):
    result, asked = tally(*vote), vote[2]
    if result.electorate == 0 or result.voted < asked.quorum * result.electorate or not result.voted:
        assert not result.quorum_reached
        assert result.outcome in {Outcome.VOID, Outcome.WITHHELD}
    else:
        assert result.quorum_reached


RANK = {Outcome.REJECTED: 0, Outcome.CARRIED: 1}


@settings(deadline=None)
@given(votes(tier=st.just(Tier.OPEN)))
def test_one_more_for_never_turns_carried_into_anything_else(vote):
    electorate, chosen, asked = vote
    before, after = tally(electorate + 1, chosen, asked), tally(electorate + 1, [*chosen, "for"], asked)
    if before.outcome is Outcome.CARRIED:
        assert after.outcome is Outcome.CARRIED
    if before.outcome in RANK and after.outcome in RANK:
        assert RANK[after.outcome] >= RANK[before.outcome]


@settings(deadline=None)
@given(votes(tier=st.just(Tier.OPEN)))
def test_one_more_against_never_turns_rejected_into_carried(vote):
    electorate, chosen, asked = vote
    before, after = tally(electorate + 1, chosen, asked), tally(electorate + 1, [*chosen, "against"], asked)
    if before.outcome is Outcome.REJECTED:
        assert after.outcome is Outcome.REJECTED


@settings(deadline=None)
@given(votes())
def test_changing_sides_for_the_text_never_harms_it(vote):
    electorate, chosen, asked = vote
    if "against" in chosen:
        turned = list(chosen)
        turned[turned.index("against")] = "for"
        if tally(electorate, chosen, asked).outcome is Outcome.CARRIED:
            assert tally(electorate, turned, asked).outcome is Outcome.CARRIED


@settings(deadline=None)
@given(votes())
def test_reached_asks_no_more_than_exceeded(vote):
    electorate, chosen, asked = vote
    strict, soft = ({**asked.__dict__, "threshold_reached": said} for said in (False, True))
    if tally(electorate, chosen, PollTerms(**strict)).outcome is Outcome.CARRIED:
        assert tally(electorate, chosen, PollTerms(**soft)).outcome is Outcome.CARRIED


@settings(deadline=None)
@given(votes(tier=st.just(Tier.SECRET)))
def test_fewer_secret_ballots_than_the_floor_are_withheld_whatever_they_say(vote):
    electorate, chosen, asked = vote
    result = tally(electorate, chosen, asked)
    assert (result.outcome is Outcome.WITHHELD) == (0 < len(chosen) < asked.floor)


@settings(deadline=None)
@given(votes(), st.text(max_size=5).filter(lambda text: text not in CHOICES))
def test_a_choice_that_is_none_is_never_counted(vote, other):
    electorate, chosen, asked = vote
    with pytest.raises(Invalid, match="ballots_malformed"):
        tally(electorate + 1, [*chosen, other], asked)


@settings(deadline=None)
@given(votes())
def test_more_ballots_than_people_are_never_counted(vote):
    electorate, chosen, asked = vote
    with pytest.raises(Invalid, match="ballots_malformed"):
        tally(electorate, [*chosen, *["abstain"] * (electorate - len(chosen) + 1)], asked)


# --- VOT-15: the base of the quorum, by hand ----------------------------------------------------------------
#
# entitled, excluded (concerned, or suspended at the opening: never on the roll), then of those on the roll: for,
# against and abstaining in person; for, against and abstaining by proxy; late (came after the close: not counted);
# quorum. Then what a person who counts on paper finds: electorate, ballots that count, how many the quorum asks for,
# outcome (threshold: more than 1/2 of those for or against). Blank ballots are those that abstain.

C, R, V = "carried", "rejected", "void"
TABLE = [
    # nobody represented, nobody excluded, quorum 1/2
    (1, 0, 1, 0, 0, 0, 0, 0, 0, "1/2", 1, 1, 1, C),
    (1, 0, 0, 0, 0, 0, 0, 0, 1, "1/2", 1, 0, 1, V),
    (2, 0, 1, 0, 0, 0, 0, 0, 0, "1/2", 2, 1, 1, C),
    (2, 0, 1, 1, 0, 0, 0, 0, 0, "1/2", 2, 2, 1, R),
    (3, 0, 1, 0, 0, 0, 0, 0, 0, "1/2", 3, 1, 2, V),
    (3, 0, 2, 0, 0, 0, 0, 0, 0, "1/2", 3, 2, 2, C),
    (3, 0, 1, 1, 1, 0, 0, 0, 0, "1/2", 3, 3, 2, R),
    (4, 0, 2, 0, 0, 0, 0, 0, 0, "1/2", 4, 2, 2, C),
    (5, 0, 2, 0, 0, 0, 0, 0, 0, "1/2", 5, 2, 3, V),
    (5, 0, 2, 1, 0, 0, 0, 0, 0, "1/2", 5, 3, 3, C),
    (10, 0, 3, 1, 0, 0, 0, 0, 0, "1/2", 10, 4, 5, V),
    (10, 0, 3, 2, 0, 0, 0, 0, 0, "1/2", 10, 5, 5, C),
    # abstaining (blank) counts for the quorum, and in no share
    (4, 0, 0, 0, 2, 0, 0, 0, 0, "1/2", 4, 2, 2, R),
    (5, 0, 1, 0, 2, 0, 0, 0, 0, "1/2", 5, 3, 3, C),
    (5, 0, 0, 1, 2, 0, 0, 0, 0, "1/2", 5, 3, 3, R),
    (9, 0, 1, 0, 3, 0, 0, 0, 0, "1/2", 9, 4, 5, V),
    (9, 0, 1, 0, 4, 0, 0, 0, 0, "1/2", 9, 5, 5, C),
    (9, 0, 0, 0, 9, 0, 0, 0, 0, "1/2", 9, 9, 5, R),
    (20, 0, 6, 5, 0, 0, 0, 0, 0, "2/3", 20, 11, 14, V),
    (20, 0, 6, 5, 3, 0, 0, 0, 0, "2/3", 20, 14, 14, C),
    # represented people took part, each with a ballot of their own
    (3, 0, 1, 0, 0, 1, 0, 0, 0, "1/2", 3, 2, 2, C),
    (4, 0, 1, 0, 0, 0, 1, 0, 0, "1/2", 4, 2, 2, R),
    (5, 0, 1, 0, 0, 2, 0, 0, 0, "1/2", 5, 3, 3, C),
    (5, 0, 1, 0, 0, 0, 2, 0, 0, "1/2", 5, 3, 3, R),
    (5, 0, 1, 0, 0, 0, 0, 2, 0, "1/2", 5, 3, 3, C),
    (6, 0, 0, 0, 1, 0, 0, 1, 0, "1/2", 6, 2, 3, V),
    (6, 0, 0, 0, 1, 0, 0, 2, 0, "1/2", 6, 3, 3, R),
    (7, 0, 2, 0, 0, 1, 0, 0, 0, "1/2", 7, 3, 4, V),
    (7, 0, 2, 0, 0, 2, 0, 0, 0, "1/2", 7, 4, 4, C),
    (8, 0, 1, 2, 0, 2, 0, 0, 0, "2/3", 8, 5, 6, V),
    (8, 0, 1, 2, 0, 3, 0, 0, 0, "2/3", 8, 6, 6, C),
    (12, 0, 3, 3, 0, 1, 1, 0, 0, "2/3", 12, 8, 8, R),
    # excluded people are in no base: neither among those called nor among those who took part
    (4, 1, 2, 0, 0, 0, 0, 0, 0, "1/2", 3, 2, 2, C),
    (4, 2, 1, 0, 0, 0, 0, 0, 0, "1/2", 2, 1, 1, C),
    (5, 1, 2, 0, 0, 0, 0, 0, 0, "1/2", 4, 2, 2, C),
    (6, 1, 2, 0, 0, 0, 0, 0, 0, "1/2", 5, 2, 3, V),
    (6, 2, 2, 0, 0, 0, 0, 0, 0, "1/2", 4, 2, 2, C),
    (7, 3, 1, 1, 0, 0, 0, 0, 0, "1/2", 4, 2, 2, R),
    (10, 1, 4, 1, 1, 0, 0, 0, 0, "2/3", 9, 6, 6, C),
    (10, 1, 4, 1, 0, 0, 0, 0, 0, "2/3", 9, 5, 6, V),
    (13, 1, 5, 3, 0, 0, 0, 0, 0, "2/3", 12, 8, 8, C),
    (13, 1, 4, 3, 0, 0, 0, 0, 0, "2/3", 12, 7, 8, V),
    # late people are in the base, and their ballots are not
    (4, 0, 1, 0, 0, 0, 0, 0, 1, "1/2", 4, 1, 2, V),
    (4, 0, 2, 0, 0, 0, 0, 0, 2, "1/2", 4, 2, 2, C),
    (6, 0, 2, 0, 0, 0, 0, 0, 4, "1/2", 6, 2, 3, V),
    (6, 0, 2, 1, 0, 0, 0, 0, 3, "1/2", 6, 3, 3, C),
    (8, 1, 2, 1, 0, 0, 0, 0, 4, "1/2", 7, 3, 4, V),
    (8, 1, 2, 1, 1, 0, 0, 0, 3, "1/2", 7, 4, 4, C),
    # all of it together
    (9, 1, 1, 1, 1, 1, 0, 0, 2, "1/2", 8, 4, 4, C),
    (9, 1, 1, 1, 0, 1, 0, 0, 3, "1/2", 8, 3, 4, V),
    (11, 2, 2, 1, 1, 0, 1, 1, 1, "2/3", 9, 6, 6, R),
    (11, 2, 2, 1, 0, 0, 1, 1, 1, "2/3", 9, 5, 6, V),
    (15, 3, 3, 2, 1, 1, 0, 1, 2, "2/3", 12, 8, 8, C),
    (21, 1, 5, 2, 1, 1, 1, 0, 4, "1/2", 20, 10, 10, C),
    (21, 1, 4, 3, 1, 0, 1, 0, 5, "1/2", 20, 9, 10, V),
    (30, 5, 4, 4, 2, 1, 1, 1, 6, "1/2", 25, 13, 13, R),
    # quorums at their ends, and shares that no whole number of people makes
    (7, 0, 1, 0, 0, 0, 0, 0, 3, "0/1", 7, 1, 1, C),
    (7, 0, 0, 0, 0, 0, 0, 0, 7, "0/1", 7, 0, 1, V),
    (7, 0, 6, 0, 0, 0, 0, 0, 1, "1/1", 7, 6, 7, V),
    (871, 1, 100, 60, 10, 3, 1, 0, 5, "1/5", 870, 174, 174, C),
]


def test_vot_15_the_table_has_sixty_cases():
    assert len(TABLE) == len(set(TABLE)) == 60


@pytest.mark.parametrize("row", TABLE, ids=lambda row: "-".join(map(str, row)).replace("/", "of"))
def test_vot_15_quorum_base(row):
    entitled, excluded, yes, no, blank, by_yes, by_no, by_blank, late, quorum, electorate, voted, needed, outcome = row
    on_roll = entitled - excluded
    in_time = ["for"] * (yes + by_yes) + ["against"] * (no + by_no) + ["abstain"] * (blank + by_blank)
    ballots = [each for each in in_time if cast_at(AT - timedelta(seconds=1), each)]
    ballots += [each for each in ["for"] * late if cast_at(AT, each)]
    asked = terms(quorum=Fraction(quorum), proxies=True)
    result = tally(on_roll, ballots, asked)
    assert (result.electorate, result.voted, result.outcome) == (electorate, voted, outcome)
    assert result.quorum_reached is (voted >= needed)
    least = tally(on_roll, ["abstain"] * min(needed, on_roll), asked)
    assert least.quorum_reached
    assert not tally(on_roll, ["abstain"] * (needed - 1), asked).quorum_reached


def cast_at(at: datetime, choice: str) -> bool:
    """Whether a ballot cast at that instant is taken: the vote closes at AT."""
    try:
        check_cast(choice, on_roll=True, voted=False, tier=Tier.OPEN, closes_at=AT, at=at)
    except IllegalStep:
        return False
    return True


# --- thresholds and the floor --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "no", "threshold", "reached", "outcome"),
    [
        (1, 1, "1/2", True, R),  # as many for as against, though the half is reached
        (2, 1, "2/3", False, R),
        (2, 1, "2/3", True, C),
        (3, 1, "2/3", False, C),
        (199, 101, "2/3", True, R),  # 0.6633…
        (200, 100, "2/3", True, C),
        (3, 0, "1/1", True, C),
        (3, 0, "1/1", False, R),  # nothing exceeds the whole
        (1, 0, "1/2", False, C),
        (0, 1, "1/2", True, R),
        (0, 0, "1/2", True, R),
        (500, 499, "1/2", False, C),
        (499, 500, "1/2", True, R),
        (667, 332, "667/999", True, C),
        (667, 332, "668/999", True, R),
        (667, 332, "667000001/999000001", True, R),  # by less than a billionth
        (667, 332, "666999999/998999999", False, C),
    ],
)
def test_the_threshold_is_exceeded_or_reached_exactly(yes, no, threshold, reached, outcome):
    asked = terms(quorum=Fraction(0), threshold=Fraction(threshold), threshold_reached=reached)
    assert tally(1000, ["for"] * yes + ["against"] * no + ["abstain"], asked).outcome == outcome


def test_a_vote_without_anybody_is_void():
    result = tally(0, [], terms(quorum=Fraction(0)))
    assert (result.outcome, result.share, result.quorum_reached) == (Outcome.VOID, None, False)


@pytest.mark.parametrize(("voted", "outcome"), [(0, "void"), (1, "withheld"), (4, "withheld"), (5, C), (6, C)])
def test_the_floor_of_a_secret_vote(voted, outcome):
    asked = terms(tier=Tier.SECRET, floor=5)
    assert tally(6, ["for"] * voted, asked).outcome == outcome
    assert tally(6, ["for"] * voted, terms(quorum=Fraction(0))).outcome == (C if voted else "void")


def test_a_secret_vote_of_fewer_than_the_floor_does_not_open():
    asked = terms(tier=Tier.SECRET, floor=5)
    with pytest.raises(IllegalStep, match="too_few_for_secrecy") as refused:
        check_secret(4, asked)
    assert refused.value.facts == {"electorate": 4, "needed": 5}
    check_secret(5, asked)
    check_secret(1, terms())


@pytest.mark.parametrize(("hands", "told"), [(2, False), (3, True), (4, True)])
def test_who_took_part_in_a_secret_vote_is_told_if_enough_hands_cast_the_ballots(hands, told):
    asked = terms(tier=Tier.SECRET, floor=3)
    assert participation_told(tally(6, ["for"] * 4, asked), asked, hands) is told
    assert not participation_told(tally(9, ["for"] * 5, asked), asked, hands), "less than half of the roll"
    assert participation_told(tally(6, ["for"] * 4, terms()), terms(), hands), "a named vote tells it anyway"


# --- who may cast ----------------------------------------------------------------------------------------------


def cast(choice="for", **changes):
    facts = {"on_roll": True, "voted": False, "tier": Tier.OPEN, "closes_at": AT, "at": AT - timedelta(seconds=1)}
    return check_cast(choice, **{**facts, **changes})


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_may_be_cast_and_changed_while_a_named_vote_is_open(choice):
    assert cast(choice) == cast(choice, voted=True) == choice


@pytest.mark.parametrize("choice", ["", "For", "yes", "blank", None, 1, True, ["for"], 1e9, -1])
def test_nothing_else_is_a_choice(choice):
    with pytest.raises(Invalid, match="choice_unknown"):
        cast(choice)


def test_a_secret_ballot_is_cast_once_and_nobody_casts_late_or_from_outside():
    assert cast(tier=Tier.SECRET) == "for"
    with pytest.raises(IllegalStep, match="already_voted"):
        cast(tier=Tier.SECRET, voted=True)
    with pytest.raises(NotEntitled, match="not_on_roll"):
        cast(on_roll=False)
    for late in (AT, AT + timedelta(microseconds=1)):
        with pytest.raises(IllegalStep, match="poll_over"):
            cast(at=late)
    assert cast(at=AT - timedelta(microseconds=1)) == "for"


# --- figures ---------------------------------------------------------------------------------------------------


def charter(of_class=None, **figures) -> Terms:
    """The template's figures, with these for ordinary decisions and these beside; None: left open."""
    _text, whole = template("six_values")
    ordinary = {**whole.classes["ordinary"], "fallback": True, **(of_class or {})}
    ordinary = {name: value for name, value in ordinary.items() if value is not None}
    given_figures = {name: value for name, value in {**whole.figures, **figures}.items() if value is not None}
    return Terms(given_figures, {**whole.classes, "ordinary": ordinary})


def test_the_figures_of_a_vote_are_those_of_the_class():
    found = poll_terms(charter({"secrecy": "secret", "threshold": "2/3", "threshold_rule": "reached"}), "ordinary")
    assert found == PollTerms(168, Tier.SECRET, Fraction(1, 2), Fraction(2, 3), True, False, 5)
    assert poll_terms(charter({"proxies": True}), "ordinary").proxies is True
    assert poll_terms(charter(), "ordinary").floor == 0
    assert poll_terms(charter(**{"ballot.secrecy_floor": None}), "ordinary").tier is Tier.OPEN


SECRET = {"secrecy": "secret"}


@pytest.mark.parametrize(
    ("of_class", "figures", "place"),
    [
        ({"secrecy": "sealed"}, {}, "classes.ordinary.secrecy"),
        ({"secrecy": True}, {}, "classes.ordinary.secrecy"),
        ({"threshold_rule": "above"}, {}, "classes.ordinary.threshold_rule"),
        ({"proxies": "yes"}, {}, "classes.ordinary.proxies"),
        ({"proxies": 1.0}, {}, "classes.ordinary.proxies"),
        ({"quorum": "3/2"}, {}, "classes.ordinary.quorum"),
        ({"quorum": 0.5}, {}, "classes.ordinary.quorum"),
        ({"threshold": "1/0"}, {}, "classes.ordinary.threshold"),
        ({"threshold": "49/100"}, {}, "classes.ordinary.threshold"),
        ({"threshold": "-1/2"}, {}, "classes.ordinary.threshold"),
        ({"threshold": "0.5"}, {}, "classes.ordinary.threshold"),
        ({}, {"poll.hours": 0}, "poll.hours"),
        ({}, {"poll.hours": -1}, "poll.hours"),
        ({}, {"poll.hours": "168"}, "poll.hours"),
        ({}, {"poll.hours": True}, "poll.hours"),
        (SECRET, {"ballot.secrecy_floor": LEAST_FLOOR - 1}, "ballot.secrecy_floor"),
        (SECRET, {"ballot.secrecy_floor": 4.5}, "ballot.secrecy_floor"),
    ],
)
def test_a_figure_at_fault_is_named(of_class, figures, place):
    with pytest.raises(Invalid, match="term_malformed") as refused:
        poll_terms(charter(of_class, **figures), "ordinary")
    assert refused.value.facts["term"] == place


@pytest.mark.parametrize("name", ["secrecy", "threshold", "threshold_rule", "proxies", "quorum"])
def test_a_figure_of_the_class_that_is_not_set_is_named(name):
    with pytest.raises(TermMissing) as refused:
        poll_terms(charter({name: None}), "ordinary")
    assert refused.value.facts["term"] == f"classes.ordinary.{name}"
    assert (f"classes.ordinary.{name}", "term_missing") in faults_of(charter({name: None}))


def faults_of(found: Terms) -> list[tuple[str, str]]:
    return check(template("six_values")[0], found)


@pytest.mark.parametrize(("name", "of_class"), [("poll.hours", {}), ("ballot.secrecy_floor", SECRET)])
def test_a_figure_of_the_charter_that_is_not_set_is_named(name, of_class):
    with pytest.raises(TermMissing) as refused:
        poll_terms(charter(of_class, **{name: None}), "ordinary")
    assert refused.value.facts["term"] == name
    with pytest.raises(TermMissing) as refused:
        poll_terms(charter(), "unheard")
    assert refused.value.facts["term"] == "classes.unheard"


POLL = {"poll.hours": None, "poll.proxies_max": None, "poll.proxy_months": None}


def test_a_charter_that_allows_a_vote_sets_how_long_and_how():
    assert faults_of(charter()) == []
    assert faults_of(charter({"fallback": False}, **POLL)) == []
    assert faults_of(charter(**POLL)) == [(name, "term_missing") for name in sorted(POLL)]
    for name in ("secrecy", "threshold", "threshold_rule", "proxies"):
        assert (f"classes.ordinary.{name}", "term_missing") not in faults_of(charter({"fallback": False, name: None}))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("poll.hours", 0, "out_of_bounds"),
        ("poll.hours", 8761, "out_of_bounds"),
        ("poll.hours", 1.5, "term_malformed"),
        ("poll.proxies_max", 0, "out_of_bounds"),
        ("poll.proxy_months", 25, "out_of_bounds"),
        ("ballot.secrecy_floor", 2, "out_of_bounds"),
    ],
)
def test_figures_of_votes_have_bounds(name, value, code):
    assert faults_of(charter(**{name: value})) == [(name, code)]


def test_a_threshold_below_a_half_is_refused():
    """With 1/3, one for and two against would carry, and one more for would make a tie of it, which adopts nothing."""
    assert faults_of(charter({"threshold": "1/3"})) == [("classes.ordinary.threshold", "out_of_bounds")]
    assert faults_of(charter({"threshold": "1/2"})) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_could_allow_a_vote_as_it_stands(name):
    text, whole = template(name)
    classes = {each: {**of_class, "fallback": True} for each, of_class in whole.classes.items()}
    assert check(text, Terms(whole.figures, classes)) == []
    for each in classes:
        assert poll_terms(Terms(whole.figures, classes), each).hours > 0
