"""What a ballot may say: one of three words, of oneself or of one other person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import Invalid
from governance.rules.ballots import clean_ballot
from governance.rules.polls import CHOICES

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(
        st.text(), part
    )
)  # fmt: skip


@given(ANYTHING)
def test_only_the_three_words_are_a_choice(said):
    if said in CHOICES:
        assert clean_ballot({"choice": said}, 7) == {"choice": said, "member": 7}
    else:
        with pytest.raises(Invalid, match="choice_unknown"):
            clean_ballot({"choice": said}, 7)


@given(ANYTHING)
def test_a_ballot_is_of_a_person_or_refused(said):
    try:
        member = clean_ballot({"choice": "for", "member": said}, 7)["member"]
    except Invalid:
        return
    assert type(member) is int
    assert member > 0


@pytest.mark.parametrize("member", [0, -1, True, False, 1.0, 2**53, "-1", "1.0", "٣", " 8", "9" * 16, [], {}, [8]])
def test_what_is_no_number_of_a_person_is_never_taken_for_oneself(member):
    with pytest.raises(Invalid, match="person_malformed"):
        clean_ballot({"choice": "for", "member": member}, 7)


@pytest.mark.parametrize(("member", "meant"), [(None, 7), ("", 7), (8, 8), ("8", 8), (7, 7)])
def test_an_empty_member_is_who_acts(member, meant):
    assert clean_ballot({"choice": "abstain", "member": member}, 7)["member"] == meant


@pytest.mark.parametrize("name", ["weight", "rank", "Choice", "", "key", "x" * 100])
def test_nothing_else_is_said(name):
    with pytest.raises(Invalid, match="unknown_field"):
        clean_ballot({"choice": "for", name: 1}, 7)
