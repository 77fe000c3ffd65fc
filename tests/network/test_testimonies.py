"""What clients say: agreements of members marked done, attestations of service, words without an account."""

from contextlib import nullcontext

import pytest

from network import models
from network.actions.contact_ends import erase_conversation
from network.actions.leaving import mark_member_gone
from network.actions.quotes import accept_quote, ask_quote, finish_quote, record_remote_end, withdraw_quote
from network.actions.testimonies import attest_service, leave_testimony, publish_service, remove_testimony
from network.actions.trust import renew_vouch, vouch, withdraw_vouch
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Quote, QuoteState, Vouch
from network.queries.quotes import quote_page
from network.queries.testimonies import own_attestation, said_by_clients
from network.rules.quotes import QuoteDraft
from network.signals import quote_changed, vouch_given
from tests.factories import at_once, candidate, collective, member, offer, vouch_between
from tests.network.contact_cast import agreed, done, says

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def home():
    return collective()


@pytest.fixture
def alix(home):
    return member("Alix", belongs_to=home)


@pytest.fixture
def bachir(home):
    return member("Bachir", belongs_to=home)


@pytest.fixture
def agreement(alix, bachir):
    """Bachir asked, Alix agreed."""
    made = ask_quote(actor=bachir, offer_id=offer(alix).pk, draft=QuoteDraft())
    return accept_quote(actor=alix, quote_id=made.pk)


@pytest.fixture
def served(agreement, bachir):
    return finish_quote(actor=bachir, quote_id=agreement.pk)


@pytest.fixture
def news():
    heard = []

    def hear(signal, sender, **facts):
        heard.append(facts)

    for signal in (quote_changed, vouch_given):
        signal.connect(hear)
    yield heard
    for signal in (quote_changed, vouch_given):
        signal.disconnect(hear)


# --- done ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alix", "bachir"])
def test_either_side_says_that_it_is_done(who, request, agreement, clock, news, django_capture_on_commit_callbacks):
    clock.advance(days=3)
    answered = agreement.answered_at
    with django_capture_on_commit_callbacks(execute=True):
        finish_quote(actor=request.getfixturevalue(who), quote_id=agreement.pk)
    row = Quote.objects.get()
    assert (row.state, row.done_at, row.answered_at, row.revision) == (QuoteState.DONE, clock.now(), answered, 3)
    assert news == [{"quote_id": row.pk}]
    finish_quote(actor=request.getfixturevalue(who), quote_id=agreement.pk)
    assert Quote.objects.get().revision == 3


def test_nothing_agreed_is_not_done(alix, bachir, home):
    made = ask_quote(actor=bachir, offer_id=offer(alix).pk, draft=QuoteDraft())
    with pytest.raises(WrongState, match="quote_not_agreed"):
        finish_quote(actor=alix, quote_id=made.pk)
    withdraw_quote(actor=bachir, quote_id=made.pk)
    with pytest.raises(WrongState, match="quote_not_agreed"):
        finish_quote(actor=bachir, quote_id=made.pk)


def test_nobody_else_ends_an_agreement(agreement, home):
    with pytest.raises(NotFound, match="quote_unknown"):
        finish_quote(actor=member("Camille", belongs_to=home), quote_id=agreement.pk)
    assert quote_page(agreement.pk, viewer=agreement.asker).can_finish


def test_another_node_ends_its_own_agreements_only(alix, home):
    dominique = member("Dominique", origin="https://c.example")
    made = Quote.objects.create(
        uri="https://c.example/a/1", offer=offer(alix), asker=dominique, price="gift", quantity=1, state="agreed",
        agreement="http://localhost:8000/agreements/1", revision=2,
    )  # fmt: skip
    for agreement, who in ((made.agreement, "https://p.example/u/x"), ("", dominique.uri), ("https://x.example/1", "")):
        with pytest.raises(NotFound, match="quote_unknown"):
            record_remote_end(agreement=agreement, actor_uri=who)
    with pytest.raises(NotFound):
        record_remote_end(agreement=made.agreement, actor_uri=alix.uri)
    record_remote_end(agreement=made.agreement, actor_uri=dominique.uri)
    record_remote_end(agreement=made.agreement, actor_uri=dominique.uri)
    made.refresh_from_db()
    assert (made.state, made.revision) == (QuoteState.DONE, 2)  # nothing to tell: they know


@pytest.mark.django_db(transaction=True)
def test_both_say_so_at_once():
    home = collective()
    alix, bachir = member("Alix", belongs_to=home), member("Bachir", belongs_to=home)
    made = ask_quote(actor=bachir, offer_id=offer(alix).pk, draft=QuoteDraft())
    accept_quote(actor=alix, quote_id=made.pk)
    at_once(*[lambda who=who: finish_quote(actor=who, quote_id=made.pk) for who in (alix, bachir) * 3])
    made.refresh_from_db()
    assert (made.state, made.revision) == (QuoteState.DONE, 3)


# --- with an account ----------------------------------------------------------------------------------------


def test_an_attestation_of_service_is_private_until_published(served, alix, bachir, news):
    made = attest_service(actor=bachir, quote_id=served.pk, level=2, statement="Propre et clair.")
    assert (made.issuer, made.subject, made.kind, made.public) == (bachir, alix, "prestation", False)
    assert own_attestation(bachir, served) == made
    assert own_attestation(alix, served) is None
    assert said_by_clients(alix) == []


@pytest.mark.parametrize("state", ["candidate", "probation", "ended"])
def test_a_client_need_be_no_member(served, alix, bachir, home, state):
    home.memberships.filter(member=bachir).update(state=state)
    kept = attest_service(actor=bachir, quote_id=served.pk, level=2, statement="Propre.")
    renew_vouch(actor=bachir, vouch_id=kept.pk, level=3)
    made = publish_service(actor=bachir, quote_id=served.pk)
    assert (made.public, said_by_clients(alix)[0].text, Vouch.objects.get().level) == (True, "Propre.", 3)
    for kind in ("charte", "competence:nextcloud"):
        with pytest.raises(NotEntitled, match="not_a_member"):
            vouch(actor=bachir, subject_id=alix.pk, level=2, kind=kind)


def test_but_has_been_served_and_is_neither_suspended_nor_gone(served, alix, bachir, home):
    camille = member("Camille", belongs_to=home)
    home.memberships.filter(member=bachir).update(state="ended")
    for provider in (camille.pk, alix.pk):
        allowed = nullcontext() if provider == alix.pk else pytest.raises(NotEntitled, match="not_the_client")
        with allowed:
            vouch(actor=bachir, subject_id=provider, level=2, kind="prestation", public=False)
    kept = own_attestation(bachir, served)
    home.memberships.filter(member=bachir).update(state="suspended")
    with pytest.raises(NotEntitled, match="not_a_member"):
        attest_service(actor=bachir, quote_id=served.pk, level=2)
    with pytest.raises(NotEntitled, match="not_a_member"):
        renew_vouch(actor=bachir, vouch_id=kept.pk)
    mark_member_gone(uri=bachir.uri)
    with pytest.raises(NotEntitled, match="not_a_member"):
        vouch(actor=bachir, subject_id=alix.pk, level=2, kind="prestation", public=False)


def test_publishing_leaves_one_public_attestation(served, alix, bachir):
    attest_service(actor=bachir, quote_id=served.pk, level=2, statement="Propre et clair.")
    made = publish_service(actor=bachir, quote_id=served.pk)
    assert publish_service(actor=bachir, quote_id=served.pk) == made
    row = Vouch.objects.get()
    assert (row.public, row.level, row.statement) == (True, 2, "Propre et clair.")
    assert [(word.text, word.issuer) for word in said_by_clients(alix)] == [("Propre et clair.", bachir)]


def test_what_was_published_is_changed_in_public_and_withdrawn_for_good(served, alix, bachir, clock):
    attest_service(actor=bachir, quote_id=served.pk, level=2, statement="Bien.")
    publish_service(actor=bachir, quote_id=served.pk)
    clock.advance(days=1)
    changed = attest_service(actor=bachir, quote_id=served.pk, level=3, statement="Très bien.")
    assert (Vouch.objects.count(), changed.public, said_by_clients(alix)[0].text) == (1, True, "Très bien.")
    withdraw_vouch(actor=bachir, vouch_id=changed.pk)
    assert said_by_clients(alix) == []
    assert own_attestation(bachir, served) is None


def test_only_the_client_attests_and_only_once_it_is_done(agreement, alix, bachir, home):
    with pytest.raises(WrongState, match="service_not_done"):
        attest_service(actor=bachir, quote_id=agreement.pk, level=2)
    finish_quote(actor=alix, quote_id=agreement.pk)
    with pytest.raises(NotEntitled, match="not_the_client"):
        attest_service(actor=alix, quote_id=agreement.pk, level=2)
    with pytest.raises(NotFound, match="quote_unknown"):
        attest_service(actor=member("Camille", belongs_to=home), quote_id=agreement.pk, level=2)
    with pytest.raises(NotFound, match="vouch_unknown"):
        publish_service(actor=bachir, quote_id=agreement.pk)


def test_of_a_need_the_one_who_published_it_is_the_client(alix, bachir):
    need = offer(alix, purpose="request")
    made = ask_quote(actor=bachir, offer_id=need.pk, draft=QuoteDraft())
    accept_quote(actor=alix, quote_id=made.pk)
    finish_quote(actor=bachir, quote_id=made.pk)
    with pytest.raises(NotEntitled, match="not_the_client"):
        attest_service(actor=bachir, quote_id=made.pk, level=2)
    assert attest_service(actor=alix, quote_id=made.pk, level=2).subject == bachir


def test_a_candidate_attests_what_they_received(alix, home):
    camille = member("Camille")
    candidate(home, camille)
    made = ask_quote(actor=camille, offer_id=offer(alix).pk, draft=QuoteDraft())
    accept_quote(actor=alix, quote_id=made.pk)
    finish_quote(actor=camille, quote_id=made.pk)
    assert attest_service(actor=camille, quote_id=made.pk, level=2).subject == alix


# --- without one --------------------------------------------------------------------------------------------


def test_a_testimony_is_for_the_member_alone_unless_the_client_says_otherwise(alix, clock):
    _, token = done(alix)
    leave_testimony(token=token, text=" Très bien. ")
    assert said_by_clients(alix) == []
    clock.advance(days=1)
    leave_testimony(token=token, text="Très bien, merci.", public=True)
    assert [(word.text, word.issuer, word.said_at) for word in said_by_clients(alix)] == [
        ("Très bien, merci.", None, clock.now())
    ]
    leave_testimony(token=token, text="Très bien, merci.")
    assert said_by_clients(alix) == []
    assert models.Testimony.objects.count() == 1


def test_it_is_removed_by_the_link(alix):
    _, token = done(alix)
    leave_testimony(token=token, text="Bien", public=True)
    remove_testimony(token=token)
    remove_testimony(token=token)
    assert not models.Testimony.objects.exists()
    with pytest.raises(NotFound):
        remove_testimony(token="0" * 48)


def test_it_needs_a_service_that_is_done_and_words(alix):
    _, token = agreed(alix)
    with pytest.raises(WrongState, match="service_not_done"):
        leave_testimony(token=token, text="Bien")
    says(token, "finish")
    for text in (" ", "é" * 501, "a\x00b"):
        with pytest.raises(Invalid):
            leave_testimony(token=token, text=text)
    assert not models.Testimony.objects.exists()


def test_it_lasts_as_long_as_an_attestation(alix, clock):
    _, token = done(alix)
    leave_testimony(token=token, text="Bien", public=True)
    clock.advance(days=731)
    assert said_by_clients(alix) == []


def test_the_latest_words_come_first_and_only_living_ones(alix, bachir, home, clock):
    dominique = member("Dominique", origin="https://c.example")
    vouch_between(dominique, alix, kind="prestation", statement="Loin")
    vouch_between(member("Muet", origin="https://p.example", muted=True), alix, kind="prestation", statement="Muet")
    vouch_between(bachir, alix, kind="charte", statement="Valeurs")
    vouch_between(bachir, alix, kind="prestation", statement="Secret", public=False)
    vouch_between(bachir, alix, kind="prestation", statement="")
    clock.advance(hours=1)
    _, token = done(alix)
    leave_testimony(token=token, text="Ici", public=True)
    assert [word.text for word in said_by_clients(alix)] == ["Ici", "Loin"]
    mark_member_gone(uri=dominique.uri)
    assert [word.text for word in said_by_clients(alix)] == ["Ici"]


@pytest.mark.django_db(transaction=True)
def test_words_racing_an_erasure_leave_nothing():
    alix = member("Alix", belongs_to=collective())
    for n in range(4):
        _, token = done(alix, address=str(n))
        at_once(
            lambda token=token: leave_testimony(token=token, text="Bien", public=True),
            lambda token=token: erase_conversation(token=token),
        )
        assert not models.Testimony.objects.exists()
