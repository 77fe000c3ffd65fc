"""Read a body piece by piece, decompressed, and stop at the limit: a bomb never unfolds."""

import zlib
from collections.abc import Iterable

__all__ = ["TooLarge", "inflate"]


class TooLarge(Exception):
    """The body is larger, decompressed, than it may be."""


def inflate(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return the whole body, at most `limit` bytes after decompression. `encoding` is the Content-Encoding.

    >>> inflate([b"ab", b"c"], "", 3)
    b'abc'
    >>> inflate([zlib.compress(b"a" * 1000, wbits=31)], "gzip", 3)
    Traceback (most recent call last):
    federation.rules.inflate.TooLarge

    Raises TooLarge; ValueError for an encoding other than gzip, or for damaged data.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return _joined(chunks, limit)
    if encoding in {"gzip", "x-gzip"}:
        return _joined(_unzipped(chunks, limit), limit)
    raise ValueError(f"content encoding {encoding!r}")


def _joined(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def _unzipped(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    """Yield decompressed pieces, none larger than `limit` + 1 whatever the input promises."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            yield unzip.decompress(chunk, limit + 1)
            if unzip.unconsumed_tail:
                raise TooLarge
        yield unzip.flush()
    except zlib.error as error:
        raise ValueError("damaged gzip") from error
