"""Asking owners to confirm, once for each term; one press confirms."""

from datetime import timedelta

import pytest

from network import tasks
from network.actions.moderation import hide
from network.actions.offers import withdraw_offer
from network.actions.reminders import confirm, mark_sent, remind
from network.errors import NotEntitled, NotFound
from network.models import Hidden, Offer, OfferState, Reminder
from network.queries.reminders import reminders_to_send, to_confirm
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def bachir(clock):
    return factories.member("Bachir", belongs_to=factories.collective())


def written() -> list[tuple[str, int]]:
    return [(row.offer.title if row.offer else "profile", row.days) for row in Reminder.objects.order_by("pk")]


def test_a_profile_is_asked_about_thirty_and_seven_days_before_its_year_is_over(bachir, clock):
    clock.advance(days=334)
    assert (remind(now=clock.now()), written()) == (0, [])
    assert not to_confirm(bachir, at=clock.now())
    for days, left in ((1, 30), (23, 7), (7, 0)):
        clock.advance(days=days)
        assert remind(now=clock.now()) == 1
        assert written()[-1] == ("profile", left)
        assert to_confirm(bachir, at=clock.now()).overdue == (left == 0)
    clock.advance(days=200)
    assert (remind(now=clock.now()), len(written())) == (0, 3)


def test_the_daily_task_may_run_as_often_as_it_likes(bachir, clock):
    factories.offer(bachir, "Dépannage", ends_at=clock.now() + timedelta(days=20))
    clock.advance(days=360)
    Offer.objects.update(ends_at=clock.now() + timedelta(days=5))
    assert [tasks.remind() for _again in range(3)] == [2, 0, 0]
    assert written() == [("profile", 7), ("Dépannage", 7)]


def test_a_task_that_slept_for_a_month_sends_one_reminder(bachir, clock):
    clock.advance(days=400)
    remind(now=clock.now())
    assert written() == [("profile", 0)]


def test_offers_are_asked_about_before_their_end(bachir, clock):
    soon = factories.offer(bachir, "Bientôt", ends_at=clock.now() + timedelta(days=30))
    factories.offer(bachir, "Plus tard", ends_at=clock.now() + timedelta(days=31))
    factories.withdrawn_offer(bachir, title="Retirée", ends_at=clock.now() + timedelta(days=3))
    factories.offer(factories.member("Loin", origin="https://b.example"), ends_at=clock.now() + timedelta(days=3))
    remind(now=clock.now())
    assert written() == [("Bientôt", 30)]
    assert [offer.pk for offer in to_confirm(bachir, at=clock.now()).offers] == [soon.pk]


def test_confirming_ends_the_reminders_and_begins_a_new_year(bachir, clock):
    offer = factories.offer(bachir, ends_at=clock.now() + timedelta(days=360))
    clock.advance(days=362)
    offer.refresh_from_db()
    tasks.expire()
    remind(now=clock.now())
    assert len(reminders_to_send()) == 2
    done = confirm(actor=bachir, offer_ids=[offer.pk, offer.pk])
    bachir.refresh_from_db()
    offer.refresh_from_db()
    assert (done.offers, bachir.renewed_at, offer.state) == (1, clock.now(), OfferState.LIVE)
    assert reminders_to_send() == []
    assert remind(now=clock.now()) == 0
    assert not to_confirm(bachir, at=clock.now())
    clock.advance(days=336)
    assert (remind(now=clock.now()), written()) == (1, [("profile", 30)])


def test_what_was_corrected_by_hand_is_not_reminded_of(bachir, clock):
    clock.advance(days=340)
    remind(now=clock.now())
    clock.advance(days=1)
    bachir.renewed_at = clock.now()
    bachir.save()
    remind(now=clock.now())
    assert reminders_to_send() == []


def test_a_reminder_is_sent_by_one_sender(bachir, clock):
    clock.advance(days=340)
    remind(now=clock.now())
    (row,) = reminders_to_send()
    assert (row.member, row.days) == (bachir, 30)
    assert [mark_sent(reminder_id=row.pk), mark_sent(reminder_id=row.pk)] == [True, False]
    assert reminders_to_send() == []


def test_nobody_confirms_for_another(bachir, clock):
    other = factories.offer(factories.member("Camille", belongs_to=bachir.memberships.get().collective))
    before = bachir.renewed_at
    clock.advance(days=1)
    with pytest.raises(NotEntitled):
        confirm(actor=bachir, offer_ids=[other.pk])
    with pytest.raises(NotFound):
        confirm(actor=bachir, offer_ids=[999_999])
    with pytest.raises(NotEntitled):
        confirm(actor=factories.member("Loin", origin="https://b.example"))
    bachir.refresh_from_db()
    assert bachir.renewed_at == before


def test_confirming_does_not_lift_what_a_moderator_has_hidden(bachir, clock):
    alix = factories.member("Alix")
    factories.account(alix, operator=True)
    offer = factories.offer(bachir)
    hide(actor=alix, uri=offer.uri, reason="Trompeuse.")
    assert confirm(actor=bachir, offer_ids=[offer.pk]).shown_again == 0
    assert Hidden.objects.get().lifted_at is None
    withdraw_offer(actor=bachir, offer_id=offer.pk)
