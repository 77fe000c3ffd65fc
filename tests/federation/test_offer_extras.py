"""Access and free words travel with an offer, and come back as they were; others' nonsense does not."""

from dataclasses import replace

import pytest

from federation.cards import offer_card
from tests import factories
from tests.federation.test_translate_offers import CARD, read, written


def test_access_and_free_words_come_back():
    card = replace(CARD, access=("step_free", "phone"), tags=("pad", "radio libre"))
    back = read(written(card))
    assert (set(back.access), set(back.tags)) == ({"step_free", "phone"}, {"pad", "radio libre"})


def test_nothing_is_written_when_nothing_is_said():
    assert not {"access", "keywords"} & written(CARD).keys()
    assert (read(written(CARD)).access, read(written(CARD)).tags) == ((), ())


def test_what_nobody_understands_is_left_out():
    document = written(replace(CARD, access=("phone",), tags=("pad",)))
    back = read({**document, "access": ["ladder", "phone", 7], "keywords": [str(n) for n in range(50)]})
    assert back.access == ("phone",)
    assert len(back.tags) == 10


@pytest.mark.django_db
def test_what_goes_for_the_owner_goes_for_the_offer():
    owner = factories.member(access=["phone"])
    assert offer_card(factories.offer(owner, access=["step_free"])).access == ("step_free", "phone")
