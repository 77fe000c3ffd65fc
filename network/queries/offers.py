"""Reads about offers and needs."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from network import clock, permissions
from network.errors import NotFound
from network.models import Member, Offer, OfferState
from network.queries.readers import readable
from network.rules.offers import OfferDraft


@dataclass(frozen=True)
class PlaceValue:
    """A place as a draft holds it, read back from a row."""

    name: str
    dept: str
    code: str
    lat: float | None
    lon: float | None

    @property
    def label(self) -> str:
        """The name with its département, « Liévin (62) »."""
        return f"{self.name} ({self.dept})" if self.dept else self.name


@dataclass(frozen=True)
class OfferPage:
    """One offer, and whether the viewer may edit it."""

    offer: Offer
    owner: Member
    can_edit: bool


def offer_page(pk: int, *, viewer: Member | None) -> OfferPage:
    """Return the page of offer `pk`, if `viewer` may read it. A withdrawn one is shown to its owner only."""
    offer = _with_owner().filter(readable(viewer), pk=pk).first()
    if offer is None or not _is_shown(offer, viewer):
        raise NotFound("offer_unknown")
    return OfferPage(offer, offer.owner, permissions.can_edit(viewer, offer))


def _is_shown(offer: Offer, viewer: Member | None) -> bool:
    if offer.owner.gone_at is not None:
        return False
    return offer.state != OfferState.WITHDRAWN or (viewer is not None and viewer.pk == offer.owner_id)


def _with_owner() -> QuerySet[Offer]:
    return Offer.objects.select_related("owner", "skill")


def own_offers(member: Member) -> list[Offer]:
    """Everything `member` has published and not withdrawn, the most recently confirmed first."""
    return list(
        _with_owner().filter(owner=member).exclude(state=OfferState.WITHDRAWN).order_by("state", "-renewed_at", "pk")
    )


def live_offers_of(member: Member, purpose: str = "", *, reader: Member | None = None) -> list[Offer]:
    """The live offers of `member` that `reader` (None: a visitor) may read, or only its offers or its requests."""
    live = _with_owner().filter(readable(reader), owner=member, state=OfferState.LIVE)
    return list((live.filter(purpose=purpose) if purpose else live).order_by("-renewed_at", "pk"))


def local_offer(uri: str) -> Offer | None:
    """The offer of this node known by `uri`, in whatever state."""
    return _with_owner().filter(uri=uri, local=True).first()


def local_live_offers() -> QuerySet[Offer]:
    """The live offers of this node for everybody, newest first, for collections: slice it."""
    live = _with_owner().filter(readable(None), local=True, state=OfferState.LIVE)
    return live.order_by("-published_at", "-pk")


def place_of(row: Member | Offer) -> PlaceValue | None:
    """The place written on a member or an offer, as forms and drafts hold it."""
    if not row.place_name:
        return None
    return PlaceValue(row.place_name, row.place_dept, row.place_code, row.lat, row.lon)


def draft_of(offer: Offer) -> OfferDraft:
    """Return the draft that would publish `offer` again, to fill the form; for an ended one, with the usual end."""
    last_day = (offer.ends_at - timedelta(microseconds=1)).date()
    return OfferDraft(
        title=offer.title, price=offer.price, purpose=offer.purpose, description=offer.description,
        skill=offer.skill.slug if offer.skill else "", place=place_of(offer), area=offer.area, area_km=offer.area_km,
        remote=offer.remote, opening=offer.opening, availability=offer.availability,
        amount_cents=offer.amount_cents, currency=offer.currency, tax_included=offer.tax_included,
        ends_on=last_day if last_day > clock.now().date() else None, visibility=offer.visibility,
        tags=tuple(offer.tags), access=tuple(offer.access),
    )  # fmt: skip
