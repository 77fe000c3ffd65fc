"""Read another directory from its address, file by file, each naming others: slowly enough to hurt nobody, and bounded.

Every file goes through the window (client.py). What a server lets us keep is kept so long, between ten minutes and a
day: reading a directory again soon asks nobody. The row of the import knows what waits, so a killed worker goes on.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import transaction

from federation import client
from federation.errors import Unreachable
from federation.rules.origins import same_origin
from network.clock import now
from network.errors import Invalid
from network.models import ImportRun, ImportState, SourceFile
from network.queries.readings import FetchedFile, from_content, links_of, to_content
from network.rules.entries import web_address
from network.rules.files import decoded

__all__ = ["DEPTH_MAX", "FILES_MAX", "read_directory", "read_some", "tidy_files"]

log = logging.getLogger("toile.federation")

DEPTH_MAX = 3  # federation → organisation → service
FILES_MAX = 300
BYTES_MAX = 8 * 1024 * 1024  # of all files of one directory
FRESH_LEAST, FRESH_USUAL, FRESH_MOST = 600, 3_600, 86_400  # seconds
KEPT = timedelta(days=7)
TYPES = {
    "chatons": ("text/plain", "application/octet-stream", "text/x-java-properties", "text/x-java-properties-file",
                "application/x-java-properties", "text/properties"),
    "murmurations": ("application/json", "application/ld+json", "text/plain"),
    "librehost": ("application/json", "application/ld+json", "text/plain"),
}  # fmt: skip


def read_directory(run_id: int, *, most: int = FILES_MAX) -> bool:
    """Read at most so many of the files that wait of an import; say whether there are more."""
    return all(read_some(run_id) for _ in range(most))


def read_some(run_id: int) -> bool:
    """Read the next file of an import and write it down; when none waits, the import can be shown.

    Says whether there is more to do.
    """
    run = ImportRun.objects.filter(pk=run_id, state=ImportState.FETCHING).first()
    if run is None:
        return False
    waiting = run.progress["waiting"]
    if not waiting:
        return _write(run.pk, lambda held: setattr(held, "state", ImportState.READ))
    (url, depth), found, problem = waiting[0], None, ""
    try:
        found = fetch(run.format, url)
    except Unreachable as error:
        problem = error.code
    except Invalid as error:
        problem = error.code
    return _write(run.pk, lambda held: _note(held, url, depth, found, problem))


def _write(run_id: int, change: Callable[[ImportRun], None]) -> bool:
    """Apply a change to the locked row; say whether there is more to read."""
    with transaction.atomic():
        held = ImportRun.objects.select_for_update().filter(pk=run_id, state=ImportState.FETCHING).first()
        if held is None:
            return False
        change(held)
        held.save()
        return held.state == ImportState.FETCHING


def _note(run: ImportRun, url: str, depth: int, found: FetchedFile | None, problem: str) -> None:
    """Write down one file and what it names, unless another worker did already."""
    progress = run.progress
    if not progress["waiting"] or progress["waiting"][0][0] != url:
        return
    progress["waiting"] = progress["waiting"][1:]
    if found is None:
        progress["failed"] = [*progress["failed"], [url, problem]][:FILES_MAX]
        return
    files = [*from_content(run.content), found]
    run.content, progress["read"] = to_content(files), len(files)
    if len(files) >= FILES_MAX or len(run.content) > BYTES_MAX:
        progress["capped"], progress["waiting"] = True, []
        return
    if depth < DEPTH_MAX:
        known = (
            {file.url for file in files}
            | {each for each, _ in progress["waiting"]}
            | {each for each, _ in progress["failed"]}
        )
        named = dict.fromkeys(link.url for link in links_of(run.format, found) if len(link.url) <= 500)
        new = [each for each in named if each not in known][: FILES_MAX - len(files)]
        progress["waiting"] += [[each, depth + 1] for each in new]


def fetch(kind: str, url: str) -> FetchedFile:
    """Return a file of a directory, as kept or fetched anew. Raises Unreachable, and Invalid for what is no text."""
    digest = sha256(url.encode()).hexdigest()
    kept = SourceFile.objects.filter(digest=digest).first()
    instant = now()
    if kept is not None and kept.fresh_until > instant:
        return FetchedFile(url, kept.text)
    at, raw, age = client.get_text(url, media_types=TYPES[kind])
    if not same_origin(at, url):
        log.info("directory file %s answered from %s", url, at)
    text, _note = decoded(raw)
    seconds = FRESH_USUAL if age is None else min(max(age, FRESH_LEAST), FRESH_MOST)
    values = {
        "url": web_address(url),
        "text": text,
        "fetched_at": instant,
        "fresh_until": instant + timedelta(seconds=seconds),
    }
    SourceFile.objects.update_or_create(digest=digest, defaults=values)
    return FetchedFile(url, text)


def tidy_files() -> int:
    """Forget the files that nobody has fetched for a week; return how many."""
    return SourceFile.objects.filter(fetched_at__lt=now() - KEPT).delete()[0]
