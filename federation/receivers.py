"""News of the network becomes tasks. One line each: whatever is missed here, the sweep finds."""

from federation import signals, tasks
from network import signals as news

__all__ = ["connect"]


def connect() -> None:
    """Listen to the news; called once, when the app is ready."""
    for signal in (news.offer_published, news.offer_edited, news.offer_withdrawn):
        signal.connect(_offer_changed, dispatch_uid="federation-offer")
    news.profile_edited.connect(_profile_edited, dispatch_uid="federation-profile")
    news.member_joined.connect(_member_joined, dispatch_uid="federation-joined")
    signals.deliveries_queued.connect(_deliveries_queued, dispatch_uid="federation-deliveries")
    signals.follow_accepted.connect(_follow_accepted, dispatch_uid="federation-accepted")


def _offer_changed(offer_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "offer", offer_id)


def _profile_edited(member_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "member", member_id)


def _member_joined(member_id: int, collective_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.announce, "member", member_id)
    tasks.hasten(tasks.announce, "collective", collective_id)


def _deliveries_queued(**kwargs: object) -> None:
    tasks.hasten(tasks.deliver)


def _follow_accepted(follow_id: int, **kwargs: object) -> None:
    tasks.hasten(tasks.catch_up, follow_id)
