"""Texts made to stall a program or to deceive a reader."""

import contextlib
import time

import pytest

from federation import inbox
from federation.errors import OriginError, Refused
from federation.rules import handles, origins, strict_json
from governance.actions.assemblies import convene
from governance.actions.circles import open_circle
from governance.rules.acts import clean_act
from network.actions.members import update_profile
from network.clock import now
from network.errors import DomainError, Invalid
from network.models import Member
from network.rules.cards import plain
from network.rules.markdown import clean_html, to_html
from network.rules.profiles import check_handle
from network.rules.words import words_of
from tests import factories
from tests.security.conftest import knock

LONG = 100_000
GUARD = 30  # seconds: what grows as a power of the length does not come back before it; the time taken is printed
EVIL = {
    "a's and a bang": "a" * LONG + "!",
    "at signs": "@" * LONG,
    "nested tags": "<b>" * (LONG // 3),
    "open tags": "<" * LONG,
    "open comments": "<!--" * (LONG // 4),
    "entities": "&lt;" * (LONG // 4),
    "brackets": "[" * LONG,
    "links": "[a](" * (LONG // 4),
    "emphasis": "*a_ " * (LONG // 4),
    "spaces": " " * LONG + "x",
    "newlines": "\n" * LONG,
    "backslashes": "\\" * LONG,
    "quotes": '"' * LONG,
    "dots": "a." * (LONG // 2),
    "backquotes": "`" * LONG,
    "joined accents": "e" + "\u0301" * (LONG // 4),
}
READERS = {
    "markdown": to_html,
    "html": clean_html,
    "plain": plain,
    "words": words_of,
    "handle": handles.read,
    "account": handles.read_account,
    "origin": origins.origin_of,
    "address": lambda text: origins.origin_of(f"https://{text}.example/{text}"),
    "json": lambda text: strict_json.parse_any(text.encode()),
    "json string": lambda text: strict_json.parse_any(f'{{"content": "{text}"}}'.encode()),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", EVIL)
def test_inb_12_evil_strings_of_a_hundred_kilobytes(reader, text):
    started = time.monotonic()
    with contextlib.suppress(Refused, OriginError, DomainError, ValueError):
        READERS[reader](EVIL[text])
    took = time.monotonic() - started
    print(f"{took * 1000:.0f} ms")
    assert took < GUARD


@pytest.mark.django_db
@pytest.mark.parametrize("text", EVIL)
def test_inb_12_evil_strings_in_a_message(alice, text):
    """A hundred kilobytes fit into a message: it is let in, read, and nothing of it is marked up any more."""
    admitted = knock(alice, alice.activity("Create", {**alice.note()["object"], "content": EVIL[text]}))
    assert inbox.process(admitted.envelope_id) == "ignored"


HIDDEN = [
    "\u202egnirts",
    "\u2066a\u2069",
    "Ali\u200bx",
    "\ufeffAlix",
    "A\xadlix",
    "Al\u2060ix",
    "\U000e0041Alix",
    "\x1b[31mAlix",
]


@pytest.mark.parametrize("name", HIDDEN)
def test_inb_14_signs_that_deceive_are_not_kept(db, name):
    member = factories.member("Alix", handle="alix")
    update_profile(actor=member, name=f"{name} Delporte")
    kept = Member.objects.get(pk=member.pk).name
    assert kept.isprintable()
    assert kept == plain(kept) == plain(f"{name} Delporte")


@pytest.mark.parametrize("name", HIDDEN)
def test_inb_14_titles_of_what_is_decided_together_do_not_deceive(cast, name):
    title = f"{name} Delporte"
    held = convene(
        actor=cast.alix, circle_id=cast.circle.pk, title=title, place=title, starts_at=now(), agenda=[(title, None)]
    )
    opened = open_circle(actor=cast.alix, collective=cast.collective, name=title, purpose=title)
    said = [held.title, held.place, held.items.get().title, opened.name, opened.purpose]
    assert set(said) == {plain(title)}
    assert plain(title).isprintable()


@pytest.mark.parametrize("words", ["\u200b\u202e", "\ufeff"])
def test_inb_14_nothing_but_such_signs_is_nothing(cast, words):
    for refused in (
        lambda: convene(actor=cast.alix, circle_id=cast.circle.pk, title=words, starts_at=now()),
        lambda: open_circle(actor=cast.alix, collective=cast.collective, name=words),
        lambda: clean_act("withdraw", {"reason": words}),
    ):
        with pytest.raises(Invalid) as caught:
            refused()
        assert caught.value.code == "field_missing"


def test_inb_14_a_name_of_nothing_but_such_signs_is_refused(db):
    member = factories.member("Alix", handle="alix")
    with pytest.raises(Invalid) as caught:
        update_profile(actor=member, name="\u200b\u202e\u2066")
    assert caught.value.code == "name_length"


def test_inb_14_twins_of_one_name_are_one_name(db):
    """Composed and decomposed, a name is the same."""
    member = factories.member("Alix", handle="alix")
    update_profile(actor=member, name="Le\u0301o")
    assert Member.objects.get(pk=member.pk).name == "L\xe9o"


@pytest.mark.parametrize("handle", ["\u0430lix", "al\u0131x", "alix\u200b", "alix\u0301"])  # Cyrillic a, dotless i, …
def test_inb_14_a_login_name_has_no_room_for_a_twin(handle):
    assert check_handle(handle) == "username_invalid"
