"""Reads about offers and needs."""

from dataclasses import dataclass

from django.db.models import QuerySet

from network import clock, permissions
from network.errors import NotFound
from network.models import Hidden, Member, Offer, OfferState
from network.queries.freshness import offer_shown
from network.queries.hiding import offer_hiding
from network.queries.moderators import Concealment, concealment
from network.queries.readers import readable
from network.queries.skills import is_sensitive, sensitive_skills
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
    """One offer, and whether the viewer may edit it. `concealed`: what hides its words from this viewer, if anything;
    `hidden`: the row that hides it, for those who see it nevertheless too; `sensitive`: whoever provides it gets
    access to what is the client's."""

    offer: Offer
    owner: Member
    can_edit: bool
    concealed: Concealment | None = None
    hidden: Hidden | None = None
    sensitive: bool = False


def offer_page(pk: int, *, viewer: Member | None, concealed_too: bool = False) -> OfferPage:
    """Return the page of offer `pk`, if `viewer` may read it. A withdrawn one is shown to its owner only.

    A hidden one is NotFound("entry_hidden"), unless the caller shows no more of it than `concealed` says.
    """
    offer = _with_owner().filter(readable(viewer), pk=pk).first()
    if offer is None or not _is_shown(offer, viewer):
        raise NotFound("offer_unknown")
    hidden = offer_hiding(offer)
    concealed = concealment(offer.owner, hidden, viewer=viewer)
    if concealed and not concealed_too:
        raise NotFound("entry_hidden", reason=concealed.reason)
    sensitive = is_sensitive(offer, sensitive_skills())
    return OfferPage(offer, offer.owner, permissions.can_edit(viewer, offer), concealed, hidden, sensitive)


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
    live = _with_owner().filter(readable(reader), offer_shown(clock.now(), faded=True), owner=member)
    return list((live.filter(purpose=purpose) if purpose else live).order_by("-renewed_at", "pk"))


def local_live_offers() -> QuerySet[Offer]:
    """The live offers of this node for everybody, newest first, for collections: slice it."""
    live = _with_owner().filter(readable(None), offer_shown(clock.now(), faded=True), local=True)
    return live.order_by("-published_at", "-pk")


def place_of(row: Member | Offer) -> PlaceValue | None:
    """The place written on a member or an offer, as forms and drafts hold it."""
    if not row.place_name:
        return None
    return PlaceValue(row.place_name, row.place_dept, row.place_code, row.lat, row.lon)


def draft_of(offer: Offer) -> OfferDraft:
    """Return the draft that would publish `offer` again, to fill the form; for an ended one, with the usual end."""
    last_day = clock.last_day(offer.ends_at)
    return OfferDraft(
        title=offer.title, price=offer.price, purpose=offer.purpose, description=offer.description,
        skill=offer.skill.slug if offer.skill else "", place=place_of(offer), area=offer.area, area_km=offer.area_km,
        remote=offer.remote, opening=offer.opening, availability=offer.availability,
        amount_cents=offer.amount_cents, currency=offer.currency, tax_included=offer.tax_included,
        ends_on=last_day if last_day > clock.day_of(clock.now()) else None, visibility=offer.visibility,
        tags=tuple(offer.tags), access=tuple(offer.access),
    )  # fmt: skip
