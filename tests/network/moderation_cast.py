"""A collective with a moderator, for tests of freshness and moderation. Names here are invented."""

from types import SimpleNamespace

from network.queries.search import find_offers
from network.queries.trust import viewpoint_for
from network.rules.search import SearchQuery
from tests import factories

FAR = "https://tours.example"


def town() -> SimpleNamespace:
    """Alix operates the node, and so moderates; Bachir offers something; Dominique lives on another node."""
    collective = factories.collective()
    alix = factories.member("Alix", belongs_to=collective)
    factories.account(alix, operator=True)
    bachir = factories.member("Bachir", belongs_to=collective)
    dominique = factories.member("Dominique", origin=FAR)
    return SimpleNamespace(
        collective=collective,
        alix=alix,
        bachir=bachir,
        dominique=dominique,
        offer=factories.offer(bachir, "Nextcloud chez vous"),
        copy=factories.offer(dominique, "Nextcloud de Tours"),
    )


def titles(text: str = "", *, reader=None) -> set[str]:
    """What a search shows by default."""
    answer = find_offers(SearchQuery(text=text), viewpoint=viewpoint_for(member=reader))
    return {hit.offer.title for hit in answer.hits}
