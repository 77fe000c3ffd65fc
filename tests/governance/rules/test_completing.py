"""What an older charter leaves open, and what the template would add: nothing that it says is touched."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.charter import check, document, parts
from governance.rules.charter_changes import changes, said
from governance.rules.completing import completed, missing
from governance.rules.figures import FIGURES, PROCESSES
from governance.rules.templates import TEMPLATES, template


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_leaves_nothing_open(name):
    whole = document(*template(name))
    assert missing(whole) == {}
    assert completed(whole) == whole


@given(st.sampled_from(sorted(TEMPLATES)), st.sets(st.sampled_from(PROCESSES)), st.booleans())
def test_completed_charter_is_valid_and_keeps_what_it_says(name, lost, without_class):
    lost = {place for place, figure in FIGURES.items() if figure.process in lost}
    old = deepcopy(document(*template(name)))
    old["figures"] = {place: 7 if place == "lot.answer_days" else value for place, value in old["figures"].items()}
    kept = {place: value for place, value in old["figures"].items() if place not in lost}
    old["figures"] = kept
    if without_class:
        old["classes"].pop("cooptation", None)
        old["classes"]["travaux"] = {**old["classes"]["ordinary"], "silence": None}
    new = completed(old)
    assert {place: new["figures"][place] for place in kept} == kept
    assert check(*parts(new)) == []
    assert missing(new) == {}
    open_now = {place for place in missing(old) if not place.startswith("classes.")}
    assert open_now == {place for place in lost if not place.startswith("trust.") and place not in kept}


def test_no_limit_is_put_where_a_class_had_none():
    old = deepcopy(document(*template("six_values")))
    del old["classes"]["cooptation"]["exits"], old["classes"]["ordinary"]["silence"]
    assert list(missing(old)) == ["classes.ordinary.silence"]


def test_change_that_completes_fits_the_field_of_a_text():
    old = deepcopy(document(*template("six_values")))
    needed = ("consent.", "presence.", "speech.", "minutes.")
    old["figures"] = {place: value for place, value in old["figures"].items() if place.startswith(needed)}
    del old["classes"]["cooptation"]
    assert len(said(changes(old, completed(old)), version=1, digest="sha256:" + 64 * "0")) < 10_000
