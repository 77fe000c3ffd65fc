"""Publishing, editing, renewing and withdrawing offers; recording those of other nodes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from network import clock, permissions
from network.actions.index import code_of, index_offer
from network.actions.quotes import close_quotes_of
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Member, Offer, OfferState, Visibility
from network.queries.members import remote_owner
from network.queries.readers import may_read
from network.queries.skills import Named, find_skill, skills_of_uris
from network.rules.access import ACCESS, TAG_LENGTH, TAGS_MAX, read_tags
from network.rules.cards import OfferCard, line_of, origin_of, plain
from network.rules.markdown import clean_html
from network.rules.offers import AREA_KM, OfferDraft, check_card, check_draft, default_end, leaves_out
from network.signals import announce, offer_edited, offer_published, offer_withdrawn

AUDIENCE_MAX = 100  # addresses kept of those that an offer of another node names
SAID = (
    "title", "description", "purpose", "skill_uri", "tags", "access", "area", "area_km", "remote", "opening",
    "availability", "price", "amount_cents", "currency", "tax_included", "place_name", "place_dept", "place_code",
    "lat", "lon", "visibility", "audience", "ends_at",
)  # fmt: skip

# --- one's own -------------------------------------------------------------------------------------------


@transaction.atomic
def publish_offer(*, actor: Member, draft: OfferDraft) -> Offer:
    """Put a new offer or need of `actor` in the directory. Invalid names the first problem, `problems` lists all."""
    if not permissions.can_publish(actor):
        raise NotEntitled("not_a_member")
    instant = clock.now()
    columns = _columns_of_draft(draft, instant)
    offer = Offer.objects.create(
        uri=_new_address(), owner=actor, local=True, published_at=instant, updated_at=instant,
        renewed_at=instant, heard_at=instant, **columns,
    )  # fmt: skip
    index_offer(offer)
    announce(offer_published, offer_id=offer.pk)
    return offer


@transaction.atomic
def edit_offer(*, actor: Member, offer_id: int, draft: OfferDraft) -> Offer:
    """Replace what one's own offer says, which also confirms it. An expired one comes back if its new end allows.

    When somebody may no longer read it, it moves to a new address (`uri`), and is withdrawn at the old one.
    """
    offer = _own(actor, offer_id)
    columns = _columns_of_draft(draft, clock.now())
    if leaves_out(offer.visibility, draft.visibility):
        _leave_address(offer)
    return _change(offer, columns | {"state": OfferState.LIVE})


@transaction.atomic
def renew_offer(*, actor: Member, offer_id: int) -> Offer:
    """Confirm one's own offer for another six months, expired or not."""
    offer = _own(actor, offer_id)
    return _change(offer, {"ends_at": clock.end_of(default_end(clock.day_of(clock.now()))), "state": OfferState.LIVE})


@transaction.atomic
def confirm_offer(*, actor: Member, offer_id: int) -> Offer:
    """Say that one's own offer still holds: it ends in six months at the earliest, and no sooner than before."""
    offer = _own(actor, offer_id)
    ends_at = max(offer.ends_at, clock.end_of(default_end(clock.day_of(clock.now()))))
    return _change(offer, {"ends_at": ends_at, "state": OfferState.LIVE})


@transaction.atomic
def withdraw_offer(*, actor: Member, offer_id: int) -> Offer:
    """Take one's own offer back, for good."""
    offer = _own(actor, offer_id)
    _withdraw(offer)
    return offer


def _new_address() -> str:
    return f"{settings.ORIGIN}/p/{uuid4().hex}"


def _leave_address(offer: Offer) -> None:
    """Give `offer` a new address, and leave a withdrawn offer that says nothing at the old one.

    Other nodes drop for good what they are told to delete: under its old address those who may still read the offer
    would never see it again.
    """
    close_quotes_of(offer)  # they name the old address
    old, offer.uri = offer.uri, _new_address()
    offer.save(update_fields=["uri"])
    left = Offer.objects.create(
        uri=old, owner_id=offer.owner_id, local=True, price="gift", state=OfferState.WITHDRAWN,
        visibility=offer.visibility, revision=offer.revision + 1, ends_at=clock.now(),
    )  # fmt: skip
    announce(offer_withdrawn, offer_id=left.pk)


def _own(actor: Member, offer_id: int) -> Offer:
    """Lock one's own offer that is not withdrawn, or refuse. What `actor` may not read is not there."""
    offer = Offer.objects.select_for_update().filter(pk=offer_id).first()
    if offer is None or (offer.owner_id != actor.pk and not may_read(actor, offer)):
        raise NotFound("offer_unknown")
    if not permissions.can_edit(actor, offer):
        raise NotEntitled("not_the_owner")
    if offer.state == OfferState.WITHDRAWN:
        raise WrongState("offer_withdrawn")
    return offer


def _change(offer: Offer, columns: dict[str, Any]) -> Offer:
    instant = clock.now()
    for column, value in columns.items():
        setattr(offer, column, value)
    offer.updated_at = offer.renewed_at = offer.heard_at = instant
    offer.revision += 1
    offer.save()
    index_offer(offer)
    announce(offer_edited, offer_id=offer.pk)
    return offer


def _withdraw(offer: Offer) -> None:
    offer.state, offer.updated_at = OfferState.WITHDRAWN, clock.now()
    offer.revision += 1
    offer.save(update_fields=["state", "updated_at", "revision"])
    index_offer(offer)
    close_quotes_of(offer)
    announce(offer_withdrawn, offer_id=offer.pk)


def withdraw_all_of(member: Member) -> None:
    """Withdraw whatever `member` still has in the directory, and forget what they wrote there; called when they leave.

    A title stays where somebody asked for a quote: it says what that other person asked for.
    """
    mine = Offer.objects.filter(owner=member)
    for offer in mine.select_for_update().exclude(state=OfferState.WITHDRAWN):
        _withdraw(offer)
    mine.update(description="", availability="", tags=[], **Offer.columns_of(None))
    mine.filter(quotes=None).update(title="")


def _columns_of_draft(draft: OfferDraft, instant: datetime) -> dict[str, Any]:
    problems = check_draft(draft, today=clock.day_of(instant))
    skill = find_skill(draft.skill) if draft.skill else None
    if draft.skill and skill is None:
        problems.append(("skill", "skill_unknown"))
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    return {
        "title": plain(draft.title), "description": plain(draft.description), "skill": skill, "purpose": draft.purpose,
        "area": draft.area, "area_km": _area_km(draft.area_km), "remote": draft.remote, "opening": draft.opening,
        "availability": draft.availability.strip(), "price": draft.price, "amount_cents": draft.amount_cents,
        "currency": draft.currency, "tax_included": draft.tax_included, "visibility": draft.visibility,
        "tags": [plain(tag) for tag in draft.tags], "access": [code for code in ACCESS if code in draft.access],
        "ends_at": clock.end_of(draft.ends_on or default_end(clock.day_of(instant))), **Offer.columns_of(draft.place),
    }  # fmt: skip


def _area_km(km: int) -> int:
    """The radius within bounds: it is kept, unread, for the areas that are no circle."""
    return min(max(km, AREA_KM[0]), AREA_KM[1])


# --- of other nodes --------------------------------------------------------------------------------------


@transaction.atomic
def record_remote_offer(*, card: OfferCard, now: datetime) -> Offer:
    """Write what a node says of an offer of its own member, in whatever order the news arrives.

    The card's `updated_at` decides, and of two changes of one instant their line (`is_news`): an older one changes
    nothing, the same one only the date of hearing. A withdrawn offer never wakes. NotFound("member_unknown") if the
    owner is not recorded yet; NotEntitled("origin_mismatch", "not_the_owner"); Invalid for a card that makes no sense.
    """
    owner = remote_owner(card.uri, card.owner_uri, card.origin)
    for field, code in check_card(card):
        raise Invalid(code, field=field)
    offer, columns = _locked(card.uri, owner), columns_of_card(card, now, skills_of([card]))
    if offer is None:
        offer = Offer(uri=card.uri, owner=owner, local=False)
    elif not is_news(columns, offer):
        return offer
    for column, value in columns.items():
        setattr(offer, column, value)
    offer.z = code_of(offer)
    offer.save()
    index_offer(offer)
    return offer


def _locked(uri: str, owner: Member) -> Offer | None:
    offer = Offer.objects.select_for_update().filter(uri=uri).first()
    if offer is not None and (offer.local or offer.owner_id != owner.pk):
        raise NotEntitled("not_the_owner")
    return offer


def is_news(columns: Mapping[str, Any], offer: Offer) -> bool:
    """Whether what a card says (`columns_of_card`) takes the place of what is held, or confirms it: as every node that
    has heard both decides, whichever came first."""
    if offer.state == OfferState.WITHDRAWN:
        return False
    if columns["updated_at"] == offer.updated_at != columns["published_at"]:
        return line_of(columns[name] for name in SAID) >= line_of(getattr(offer, name) for name in SAID)
    return bool(columns["updated_at"] >= offer.updated_at)  # who never says when they changed it is heard as they come


def skills_of(cards: Iterable[OfferCard]) -> Named:
    """Return the skills that cards name and that we know, by the address and the slug that they name."""
    return skills_of_uris((card.skill_uri, card.skill_slug) for card in cards)


def columns_of_card(card: OfferCard, now: datetime, skills: Named) -> dict[str, Any]:
    """What a card says, cut to what the columns hold. No date lies in the future but the end. `skills`: `skills_of`."""
    ends_at = card.ends_at or clock.end_of(default_end(clock.day_of(now)))
    updated_at = min(card.updated_at, now)
    return {
        "purpose": card.purpose, "title": plain(card.title, 120), "description": clean_html(plain(card.html)),
        "skill": skills.get((card.skill_uri, card.skill_slug)), "skill_uri": card.skill_uri[:500],
        "tags": list(read_tags(",".join(plain(tag, TAG_LENGTH) for tag in card.tags[:TAGS_MAX]))),
        "access": [code for code in ACCESS if code in card.access],
        "area": card.area, "area_km": _area_km(card.area_km), "remote": card.remote, "opening": card.opening,
        "availability": plain(card.availability, 200), "price": card.price, "amount_cents": card.amount_cents,
        "currency": card.currency, "tax_included": card.tax_included,
        "place_name": plain(card.place_name, 120), "place_dept": plain(card.place_dept, 8),
        "place_code": plain(card.place_code, 12),
        "lat": card.lat, "lon": card.lon, "ends_at": ends_at,
        "state": OfferState.LIVE if ends_at > now else OfferState.EXPIRED,
        "published_at": min(card.published_at, now), "updated_at": updated_at, "renewed_at": updated_at,
        "heard_at": now, "visibility": card.visibility,
        "audience": [] if card.visibility == Visibility.PUBLIC else list(card.audience[:AUDIENCE_MAX]),
    }  # fmt: skip


@transaction.atomic
def record_remote_withdrawal(*, uri: str, owner_uri: str) -> bool:
    """Withdraw an offer of another node on its owner's word; return whether anything changed.

    One that was never heard of is remembered as withdrawn, for the news of it may still be on the way. A word
    about somebody else's offer, or of somebody unknown, changes nothing.
    """
    try:
        owner = remote_owner(uri, owner_uri, origin_of(uri))
        offer = _locked(uri, owner)
    except (NotEntitled, NotFound):
        return False
    if offer is None:
        instant = clock.now()
        Offer.objects.create(
            uri=uri, owner=owner, price="gift", state=OfferState.WITHDRAWN, ends_at=instant, updated_at=instant
        )
    elif offer.state == OfferState.WITHDRAWN:
        return False
    else:
        _withdraw(offer)
    return True


@transaction.atomic
def expire_offers(*, now: datetime) -> int:
    """Take the offers that have ended by `now` off the results; return how many. Their pages stay, marked."""
    ended = list(Offer.objects.select_for_update().filter(state=OfferState.LIVE, ends_at__lte=now).order_by("pk")[:500])
    for offer in ended:
        offer.state = OfferState.EXPIRED
        offer.save(update_fields=["state"])
        index_offer(offer)
        if offer.local:
            close_quotes_of(offer)
    return len(ended)
