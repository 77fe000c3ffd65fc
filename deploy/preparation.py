"""What a node needs before it serves: tables, gazetteer, skills, keys, static files, compiled translations."""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import polib
from django.conf import settings
from django.core.management import call_command

from federation.actors import ensure_node_actor, render_missing
from network.actions.index import INDEX_FORM, reindex_all
from network.actions.places import load_gazetteer
from network.actions.skills import load_skills

Say = Callable[[str], None]

# Pages that libraries bring and that we do not serve.
OTHERS_STATIC = ["rest_framework", "account", "admin"]


def stamp() -> str:
    """Return a digest of everything that preparation depends on: code, data files, addresses. Hex SHA-256."""
    database = settings.DATABASES["default"]
    where = [str(database.get(name, "")) for name in ("ENGINE", "HOST", "PORT", "NAME")]
    return _digest([settings.VERSION, settings.ORIGIN, str(settings.DATA), *where], _sources())


def is_prepared() -> bool:
    """Tell whether the last preparation is still good, without opening the database."""
    return _is_marked("prepared", stamp()) and _database_file_exists()


def prepare(say: Say, *, without_keys: bool = False) -> None:
    """Make everything ready; safe to repeat and to interrupt. Afterwards `is_prepared()` is true.

    `without_keys` leaves out what belongs to one origin alone, so that the folder can serve as a template for others.
    """
    for folder in ("queue", "queue-done", "queue-control"):
        (settings.DATA / folder).mkdir(parents=True, exist_ok=True)
    before = stamp()
    say("Preparing tables…")
    call_command("migrate", interactive=False, verbosity=0)
    say("Loading the gazetteer…")
    load_gazetteer()
    changed = load_skills()
    if changed or not _is_marked("indexed", INDEX_FORM):
        reindex_all()
        _mark("indexed", INDEX_FORM)
    say("Preparing texts, static files and keys…")
    compile_translations()
    collect_static_files()
    if not without_keys:
        ensure_node_actor()
        render_missing()  # after a move everybody has a new address
        _mark("prepared", before)


def collect_static_files() -> None:
    """Gather, name by content and compress what browsers load, unless nothing has changed since the last time."""
    now = _digest([settings.VERSION], _static_sources())
    if not (_is_marked("static-prepared", now) and (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=OTHERS_STATIC)
        _mark("static-prepared", now)


def compile_translations() -> None:
    """Write each `.mo` that is older than its `.po`; atomic, so that two nodes starting at once do no harm."""
    for source in _translations():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        draft.replace(target)


def _digest(words: Iterable[str], paths: Iterable[Path]) -> str:
    digest = sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in sorted(paths):
        about = path.stat()
        digest.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _mark(name: str, digest: str) -> None:
    (settings.DATA / name).write_text(digest)


def _is_marked(name: str, digest: str) -> bool:
    mark = Path(settings.DATA) / name
    return mark.exists() and mark.read_text() == digest


def _database_file_exists() -> bool:
    database = settings.DATABASES["default"]
    return "sqlite" not in database["ENGINE"] or Path(database["NAME"]).exists()


def _translations() -> Iterator[Path]:
    for folder in settings.LOCALE_PATHS:
        yield from Path(folder).glob("*/LC_MESSAGES/*.po")


def _sources() -> Iterator[Path]:
    yield settings.BASE_DIR / "requirements.txt"
    yield from _translations()
    yield from _static_sources()
    for pattern in ("*/migrations/*.py", "network/data/*"):
        yield from (path for path in settings.BASE_DIR.glob(pattern) if path.is_file())


def _static_sources() -> Iterator[Path]:
    yield from (path for path in settings.BASE_DIR.glob("*/static/**/*") if path.is_file())
