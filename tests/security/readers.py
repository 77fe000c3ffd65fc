"""Whoever reads everything: each address of the product, opened by one person, in search of words that may not show."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from redis import Redis

GUARD = 400  # addresses: a table that has grown beyond is to be looked at


def addresses(numbers: dict[str, int]) -> Iterator[str]:
    """Yield every address of pages and API that takes no argument, or numbers; `numbers`: by a word of the address, the
    nearest before it.
    """

    def walk(patterns, before: str) -> Iterator[str]:
        for each in patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif isinstance(each, URLPattern) and "^" not in route:
                yield route

    for route in walk(get_resolver().url_patterns, ""):
        if "schema" in route:  # drawn from the code alone, and slowly
            continue
        if "logout" in route or "deconnexion" in route or "<str" in route or "<path" in route or "<uuid" in route:
            continue
        for kind in ("slug:kind", "slug:slug", "slug:name", "slug:kit"):
            route = route.replace(f"<{kind}>", "position")
        while "<int:" in route:
            head, _, rest = route.partition("<int:")
            nearest = max((word for word in numbers if word in head), key=head.rfind, default="")
            route = f"{head}{numbers.get(nearest, 1)}{rest.partition('>')[2]}"
        if "<" not in route:
            yield f"/{route}"


def read_all(client: Client, numbers: dict[str, int]) -> Iterator[tuple[str, int, str]]:
    """Yield (address, status, text) of everything that this person opens; of an archive, the text of what it holds."""
    found = list(addresses(numbers))
    assert 100 < len(found) < GUARD
    for address in found:
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield address, answer.status_code, _unpacked(body).decode("utf-8", "replace")


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"PK"):
        return body
    with ZipFile(BytesIO(body)) as folder:
        return b"\n".join(name.encode() + b"\n" + folder.read(name) for name in folder.namelist())


def remembered() -> list[str]:
    """Everything in the cache; of Redis, the lines of rooms too."""
    if not settings.REDIS_URL:
        return [str(value) for value in cache._cache.values()]
    with Redis.from_url(settings.REDIS_URL) as store:
        ways = {b"string": lambda key: [store.get(key)], b"zset": lambda key: store.zrange(key, 0, -1)}
        found = [str(value) for key in store.scan_iter() for value in ways[store.type(key)](key)]
    return found
