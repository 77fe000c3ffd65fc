"""A member of another node votes as others do: on the page, by its form. Their node signs what the register tells."""

import pytest
from django.urls import reverse

from federation import tasks
from governance.models import Entry, NamedBallot, SecretBallot
from governance.queries.remote import proof_digest
from governance.rules.remote import opens
from tests.federation.test_signed_acts import far  # noqa: F401 - fixture
from tests.federation.test_signed_ballots import ballots, opened, vote
from tests.federation.test_signed_choices import all_hold, signed
from tests.federation.test_signin_home import browser, enter, home  # noqa: F401 - fixtures
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.django_db(transaction=True)


def page_seen(answer, status=200):
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


def read(browser, poll):  # noqa: F811
    return page_seen(browser.get(reverse("poll", args=[poll.pk])))


def send(browser, poll, choice):  # noqa: F811
    """Fill in the form that the page shows, and press its button."""
    given = {each.attributes.get("name"): each.attributes.get("value") for each in read(browser, poll).all("input")}
    sent = {"key": given["key"], "member": given["member"], "choice": choice}
    return browser.post(reverse("poll_ballot", args=[poll.pk]), sent, follow=True)


def test_an_open_vote(far, browser):  # noqa: F811
    poll = opened(far)
    page = page_seen(send(browser, poll, "for"))
    for told in ("Votre voix est enregistrée.", "Vous avez voté : Pour", "Actes de membres d’autres nœuds"):
        assert told in page.words
    tasks.keep_entrances()
    row = ballots(poll).get()
    assert signed(row)["place"].endswith(f"/scrutins/{poll.pk}")
    assert "Ma preuve, à garder" in read(browser, poll).words
    page_seen(send(browser, poll, "against"))
    page_seen(send(browser, poll, "for"))
    assert [each.choice for each in NamedBallot.objects.order_by("pk")] == ["for", "against", "for"]
    tasks.keep_entrances()
    vote(poll, far.alix)
    vote(poll, far.bachir, "against")
    told = [each["opened"] for each in Entry.objects.get(kind="vote").body["signatures"]]
    assert told == [None, None, {"salt": ballots(poll).last().salt, "payload": {"choice": "for"}}]
    assert "adopté" in read(browser, poll).words
    all_hold(far)


def test_a_secret_vote_just_after_coming_in(clock, far, home, browser):  # noqa: F811
    poll = opened(far, secrecy="secret")
    clock.advance(minutes=16)
    page = read(browser, poll)
    assert "juste après être entré par son nœud" in page.words
    assert not [each for each in page.all("input") if each.attributes.get("type") == "password"]
    assert page_seen(send(browser, poll, "against"), 403).with_id("erreurs")
    assert not SecretBallot.objects.exists()
    browser.post(reverse("account_logout"))
    here = reverse("poll", args=[poll.pk])
    assert enter(browser, home, next=here)["Location"] == here
    page = page_seen(send(browser, poll, "against"))
    for told in ("Votre voix est enregistrée.", "Actes de membres d’autres nœuds"):
        assert told in page.words
    assert "Vous avez voté" not in page.words
    tasks.keep_entrances()
    row = ballots(poll).get()
    assert opens(signed(row), row.salt, {})
    vote(poll, far.alix)
    vote(poll, far.bachir)
    marks = Entry.objects.get(kind="vote").body["sealed_signatures"]
    assert (len(marks), proof_digest(row) in marks) == (8, True)
    all_hold(far)
