"""Whoever reads everything: each address of the product, opened by one person, in search of words that may not show."""

from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from redis import Redis

GUARD = 400  # addresses: a table that has grown beyond is to be looked at


def addresses(numbers: dict[str, int]) -> Iterator[str]:
    """Yield every address of pages and API that takes no argument, or a number; `numbers` by a word of the address."""

    def walk(patterns, before: str) -> Iterator[str]:
        for each in patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif isinstance(each, URLPattern) and "^" not in route:
                yield route

    for route in walk(get_resolver().url_patterns, ""):
        if "logout" in route or "deconnexion" in route or "<str" in route or "<path" in route or "<uuid" in route:
            continue
        number = next((value for word, value in numbers.items() if word in route), 1)
        for kind in ("slug:kind", "slug:slug", "slug:name", "slug:kit"):
            route = route.replace(f"<{kind}>", "position")
        while "<int:" in route:
            head, _, rest = route.partition("<int:")
            route = f"{head}{number}{rest.partition('>')[2]}"
        if "<" not in route:
            yield f"/{route}"


def read_all(client: Client, numbers: dict[str, int]) -> Iterator[tuple[str, int, str]]:
    """Yield (address, status, text) of everything that this person opens."""
    found = list(addresses(numbers))
    assert 100 < len(found) < GUARD
    for address in found:
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield address, answer.status_code, body.decode("utf-8", "replace")


def remembered() -> list[str]:
    """Everything in the cache; of Redis, the lines of rooms too."""
    if not settings.REDIS_URL:
        return [str(value) for value in cache._cache.values()]
    with Redis.from_url(settings.REDIS_URL) as store:
        ways = {b"string": lambda key: [store.get(key)], b"zset": lambda key: store.zrange(key, 0, -1)}
        found = [str(value) for key in store.scan_iter() for value in ways[store.type(key)](key)]
    return found
