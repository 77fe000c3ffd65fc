"""Keep the terms under which offers are found, and their Morton codes, in step with the offers."""

from collections.abc import Iterable
from html import unescape
from math import isfinite

from django.db import transaction
from django.db.models import QuerySet

from network.models import Area, Member, Offer, OfferState, OfferTerm, Skill, Visibility
from network.queries.matches import SWEEP_KM
from network.queries.skills import broader_slugs
from network.rules.markdown import plain_text, to_html
from network.rules.places import morton
from network.rules.terms import PRIVATE, WIDE, language_term, price_term, reader_term, skill_term
from network.rules.words import words_of

BATCH = 500


@transaction.atomic
def index_offer(offer: Offer) -> None:
    """Make the terms and the `z` of one offer say what its row says. Call it after every change of an offer."""
    _index([offer], _ancestry() if offer.skill_id else {})


def index_offers_of(member: Member) -> int:
    """Index the offers of a member anew, after a change of name or languages; return how many."""
    return _index_all(Offer.objects.filter(owner=member))


def index_offers(ids: Iterable[int]) -> int:
    """Index some offers, by id, after many changes at once; return how many."""
    return _index_all(Offer.objects.filter(id__in=list(ids)))


def reindex_all() -> int:
    """Index every offer anew, a batch at a time, after a change of the skills or of the rules of words."""
    return _index_all(Offer.objects.all())


def _index_all(offers: "QuerySet[Offer]") -> int:
    ancestry, count = _ancestry(), 0
    ids = list(offers.values_list("id", flat=True).order_by("id"))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = list(Offer.objects.filter(id__in=ids[start : start + BATCH]).select_related("owner"))
            _index(batch, ancestry)
            count += len(batch)
    return count


def _index(offers: list[Offer], ancestry: dict[int, list[Skill]]) -> None:
    for offer in offers:
        _place(offer)
    OfferTerm.objects.filter(offer__in=offers).delete()
    rows = (
        OfferTerm(offer=offer, term=term, z=offer.z)
        for offer in offers
        for term in terms_of(offer, ancestry.get(offer.skill_id or 0, []))
    )
    OfferTerm.objects.bulk_create(rows, batch_size=BATCH)


def _ancestry() -> dict[int, list[Skill]]:
    """Return, for the id of each skill, itself and its broader ones, the narrowest first."""
    skills = {skill.slug: skill for skill in Skill.objects.all()}
    by_id = {skill.pk: skill for skill in skills.values()}
    for skill in skills.values():
        if skill.broader_id:
            skill.broader = by_id[skill.broader_id]
    return {skill.pk: [skills[slug] for slug in broader_slugs(skill)] for skill in skills.values()}


def _place(offer: Offer) -> None:
    code = code_of(offer)
    if code != offer.z:
        offer.z = code
        Offer.objects.filter(pk=offer.pk).update(z=code)


def code_of(offer: Offer) -> int | None:
    """Return the Morton code of where an offer is, None if that is nowhere."""
    if offer.lat is None or offer.lon is None or not (isfinite(offer.lat) and isfinite(offer.lon)):
        return None
    return morton(offer.lat, offer.lon)


def terms_of(offer: Offer, skills: list[Skill]) -> tuple[str, ...]:
    """Return the distinct terms of an offer; unless it is live, only those that tell who may read it.

    `skills`: its own and the broader ones.
    """
    if offer.state != OfferState.LIVE:
        return tuple(_readers_of(offer))
    filters = [price_term(offer.price)]
    filters += [skill_term(skill.slug) for skill in skills]
    filters += [language_term(tag) for tag in offer.owner.languages if tag]
    if offer.remote or offer.area == Area.COUNTRY or (offer.area == Area.CIRCLE and offer.area_km > SWEEP_KM):
        filters.append(WIDE)
    return tuple(dict.fromkeys([*words_of(_text(offer, skills)), *filters, *_readers_of(offer)]))


def _readers_of(offer: Offer) -> list[str]:
    """Return the terms under which an offer that is not public is found by whom it is addressed to."""
    if offer.visibility == Visibility.PUBLIC or offer.state == OfferState.WITHDRAWN:
        return []
    return [PRIVATE, *(reader_term(uri) for uri in offer.audience)]


def _text(offer: Offer, skills: list[Skill]) -> str:
    html = to_html(offer.description) if offer.local else offer.description
    labels = [f"{skill.label_fr} {skill.label_en}" for skill in skills]
    synonyms = [skill.synonyms for skill in skills[:1]]  # of its own skill only: a broader one's would mislead
    return "\n".join([offer.title, offer.owner.name, *labels, *synonyms, unescape(plain_text(html))])
