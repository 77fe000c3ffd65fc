"""News of the network becomes tasks. One line each: whatever is missed here, the sweep finds."""

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from federation import signals, tasks
from federation.signin import entrances
from governance import signals as decided
from network import signals as news
from network.models import Account

__all__ = ["connect"]


def connect() -> None:
    """Listen to the news; called once, when the app is ready."""
    for signal in (news.offer_published, news.offer_edited, news.offer_withdrawn):
        signal.connect(_offer_changed, dispatch_uid="federation-offer")
    news.profile_edited.connect(_profile_edited, dispatch_uid="federation-profile")
    news.member_joined.connect(_member_joined, dispatch_uid="federation-joined")
    news.event_changed.connect(_event_changed, dispatch_uid="federation-event")
    news.quote_changed.connect(_quote_changed, dispatch_uid="federation-quote")
    news.vouch_given.connect(_vouch_changed, dispatch_uid="federation-vouch")
    news.vouch_withdrawn.connect(_vouch_changed, dispatch_uid="federation-vouch-end")
    news.membership_changed.connect(_membership_changed, dispatch_uid="federation-membership")
    decided.act_to_sign.connect(_act_to_sign, dispatch_uid="federation-act")
    user_logged_out.connect(_left, dispatch_uid="federation-left")
    decided.decision_recorded.connect(_decision_recorded, dispatch_uid="federation-decision")
    decided.entry_written.connect(_entry_written, dispatch_uid="federation-entry")
    signals.head_confirmed.connect(_head_confirmed, dispatch_uid="federation-head")
    signals.deliveries_queued.connect(_deliveries_queued, dispatch_uid="federation-deliveries")
    signals.follow_accepted.connect(_follow_accepted, dispatch_uid="federation-accepted")


def _offer_changed(offer_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "offer", offer_id)


def _profile_edited(member_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "member", member_id)


def _member_joined(member_id: int, collective_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "member", member_id)
    tasks.hasten(tasks.announce, "collective", collective_id)


def _event_changed(event_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "event", event_id)


def _quote_changed(quote_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "quote", quote_id)


def _vouch_changed(vouch_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "vouch", vouch_id)


def _membership_changed(membership_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "membership", membership_id)


def _decision_recorded(decision_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "decision", decision_id)


def _act_to_sign(signature_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.sign_act, signature_id)


def _left(request: HttpRequest | None, user: object, **kwargs: object) -> None:
    """Note that somebody of another node has logged out, before their session's key is gone."""
    if request is not None and isinstance(user, Account) and request.session.session_key:
        entrances.end_session(user, request.session.session_key)


def _entry_written(entry_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "entry", entry_id)


def _head_confirmed(collective_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "register", collective_id)


def _deliveries_queued(**kwargs: object) -> None:
    tasks.hasten(tasks.deliver)


def _follow_accepted(follow_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.catch_up, follow_id)
