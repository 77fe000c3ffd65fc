"""A search as a feed: what is new near somewhere, for whoever subscribes. No account, no cookie, nobody's viewpoint."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from frontend import search_sentences as sentences
from frontend import words
from frontend.doors import for_everybody
from frontend.pages.directory import heading
from frontend.search_address import link_of, read_query
from network.queries.search import find_news
from network.queries.skills import find_skill
from network.search_rates import spare

MOST = 100  # entries
SECONDS = 900  # a reader of feeds need not come more often
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # of a feed in which there is nothing yet
GEORSS = "http://www.georss.org/georss"


class SearchFeed(Atom1Feed):
    """Atom (RFC 4287), with a GeoRSS point where an offer has one: « lat lon »."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:georss": GEORSS}

    def latest_post_date(self) -> datetime:
        """Return when the newest entry changed; never the present instant, or every reading would look new."""
        return max((item["updateddate"] for item in self.items), default=EPOCH)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["point"]:
            handler.addQuickElement("georss:point", item["point"])


@require_safe
def search_feed(request: HttpRequest) -> HttpResponse:
    """Answer the search of the same address as a feed, the latest change first; exactly as asked, never widened."""
    spare(request.META)
    query, _clamped = read_query(request.GET)
    offers, answer = find_news(query, most=MOST)
    question = link_of(request.GET)
    skill = find_skill(answer.query.one_skill) if answer.query.one_skill else None
    feed = SearchFeed(
        title=" · ".join(part for part in (heading(answer, skill), answer.query.text) if part),
        link=settings.ORIGIN + reverse("search") + question,
        feed_url=settings.ORIGIN + request.path + question,
        feed_guid=settings.ORIGIN + request.path + question,
        description=sentences.total(answer),
        language=get_language(),
    )
    for offer in offers:
        feed.add_item(**_item(offer))
    response = HttpResponse(feed.writeString("utf-8"), content_type=f"{SearchFeed.content_type}")
    response["Last-Modified"] = http_date(feed.latest_post_date().timestamp())
    return for_everybody(request, response, seconds=SECONDS)


def _item(offer: Any) -> dict[str, Any]:
    facts = [words.place(offer), words.price(offer), words.opening(offer.opening)]
    return {
        "title": f"{offer.title} · {offer.owner.name}",
        "link": settings.ORIGIN + reverse("offer", args=[offer.pk]),
        "unique_id": offer.uri,
        "description": " · ".join(fact for fact in facts if fact),
        "author_name": offer.owner.name,
        "pubdate": offer.published_at,
        "updateddate": offer.updated_at,
        "categories": offer.tags,
        "point": f"{offer.lat:.5f} {offer.lon:.5f}" if offer.lat is not None else "",
    }
