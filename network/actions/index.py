"""Keep the terms under which offers are found, and their Morton codes, in step with the offers."""

from collections.abc import Collection, Iterable
from html import unescape
from math import isfinite
from urllib.parse import unquote, urlsplit

from django.db import transaction
from django.db.models import QuerySet

from network.models import Area, Member, Offer, OfferState, OfferTerm, Skill, Visibility
from network.queries.hiding import hidden_among
from network.queries.matches import SWEEP_KM
from network.queries.skills import broader_slugs, final
from network.rules.access import accesses_of
from network.rules.markdown import plain_text, to_html
from network.rules.places import morton
from network.rules.terms import (
    PRIVATE,
    WIDE,
    access_term,
    kind_term,
    language_term,
    price_term,
    reader_term,
    skill_term,
)
from network.rules.words import words_of

INDEX_FORM = "2"  # raise when offers get other terms, so that nodes index theirs anew
BATCH = 500
KIND_WORDS = {  # so that « une association qui… » finds them; a person is found by what they do
    "association": "association asso",
    "company": "entreprise société company",
    "collective": "collectif collective",
    "public_body": "organisme public",
}


@transaction.atomic
def index_offer(offer: Offer) -> None:
    """Make the terms and the `z` of one offer say what its row says. Call it after every change of an offer."""
    _index([offer], _ancestry() if offer.skill_id else {})


@transaction.atomic
def index_together(offers: list[Offer]) -> None:
    """Do the same for several offers, whose owners are at hand, at the price of one."""
    _index(offers, _ancestry() if any(offer.skill_id for offer in offers) else {})


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
        _settle(offer, ancestry)
        _place(offer)
    OfferTerm.objects.filter(offer__in=offers).delete()
    hidden = hidden_among(uri for offer in offers for uri in (offer.uri, offer.owner.uri))
    rows = (
        OfferTerm(offer=offer, term=term, z=offer.z)
        for offer in offers
        for term in (
            _readers_of(offer)  # a hidden one is found by no word, and teaches the corrections none
            if hidden.intersection((offer.uri, offer.owner.uri))
            else terms_of(offer, ancestry.get(offer.skill_id or 0, []))
        )
    )
    OfferTerm.objects.bulk_create(rows, batch_size=BATCH)


def index_offers_with(slugs: Collection[str]) -> int:
    """Index the offers of some skills anew; return how many."""
    return _index_all(Offer.objects.filter(skill__slug__in=slugs))


def _ancestry() -> dict[int, list[Skill]]:
    """Return, for the id of each skill, itself and its broader ones, the narrowest first. One that was merged into
    another counts as that."""
    skills = {skill.slug: skill for skill in Skill.objects.all()}
    by_id = {skill.pk: skill for skill in skills.values()}
    for skill in skills.values():
        if skill.broader_id:
            skill.broader = by_id[skill.broader_id]
        if skill.merged_into_id:
            skill.merged_into = by_id[skill.merged_into_id]
    return {key: [skills[slug] for slug in broader_slugs(final(skill) or skill)] for key, skill in by_id.items()}


def _settle(offer: Offer, ancestry: dict[int, list[Skill]]) -> None:
    """Hang an offer under the skill that its own was merged into while it was being written."""
    skills = ancestry.get(offer.skill_id or 0, [])
    if skills and skills[0].pk != offer.skill_id:
        offer.skill = skills[0]
        Offer.objects.filter(pk=offer.pk).update(skill=skills[0])


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
    filters = [price_term(offer.price), kind_term(offer.owner.kind)]
    filters += [access_term(code) for code in accesses_of(offer.owner.access, offer.access, remote=offer.remote)]
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
    free = [*offer.tags, KIND_WORDS.get(offer.owner.kind, ""), _concept_words(offer)]
    return "\n".join([offer.title, offer.owner.name, *labels, *synonyms, *free, unescape(plain_text(html))])


def _concept_words(offer: Offer) -> str:
    """Return what the address of another node's skill says in words, if it leads to no skill of ours."""
    if offer.skill_id or not offer.skill_uri:
        return ""
    return unquote(urlsplit(offer.skill_uri).path.rstrip("/").rpartition("/")[2]).replace("-", " ").replace("_", " ")
