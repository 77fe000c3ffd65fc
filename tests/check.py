"""The part of `make check` that no tool has: migrations, templates, translations, the network. `python -m tests.check`.

With `--update-translations` it brings new sentences into the catalogues instead.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polib

from tests.outgoing import outgoing

BASE = Path(__file__).resolve().parent.parent
ROOMS = ("network", "governance", "federation", "frontend", "deploy")
WITH_TABLES = ("network", "governance", "federation")
WITH_WORDS = ("frontend", "deploy")
LANGUAGES = ("en",)  # French is the language of the source
TEMPLATE_KINDS = {".html", ".txt", ".svg", ".xml"}
# Only what breaks a page: tags left open. The rest of djlint is taste, and ours is in the templates themselves.
TEMPLATE_RULES = "H025"

Problem = str


def migrations() -> Iterator[Problem]:
    """Yield a problem if the models have changed and no migration says so."""
    done = _manage("makemigrations", *WITH_TABLES, "--check", "--dry-run")
    if done.returncode:
        yield f"migrations are missing (make migrations):\n{done.stdout}{done.stderr}"


def templates() -> Iterator[Problem]:
    """Yield each template that Django cannot compile, or whose tags are left open."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings_test")
    django.setup()
    from django.template import TemplateSyntaxError, engines

    engine = engines["django"]
    for path in _templates():
        try:
            engine.from_string(path.read_text())
        except TemplateSyntaxError as error:
            yield f"{path.relative_to(BASE)}: {error}"
    yield from _open_tags([path for path in _templates() if path.suffix == ".html"])


def translations() -> Iterator[Problem]:
    """Yield each sentence of code or templates that a language lacks, by extracting them afresh elsewhere."""
    with tempfile.TemporaryDirectory(prefix="toile-words-") as folder:
        copy = Path(folder) / "toile"
        _copy_sources(copy)
        _extract(copy)
        for name in _catalogues():
            yield from _incomplete(copy / name, name)


def update_translations() -> None:
    """Bring the sentences of code and templates into the catalogues here; new ones wait there for their English."""
    with tempfile.TemporaryDirectory(prefix="toile-words-") as folder:
        copy = Path(folder) / "toile"
        _copy_sources(copy)
        _extract(copy)
        for name in _catalogues():
            (BASE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(copy / name, BASE / name)


def _incomplete(found: Path, name: Path) -> Iterator[Problem]:
    for entry in polib.pofile(str(found)):
        if entry.obsolete or entry.translated():
            continue
        state = "doubtful" if entry.fuzzy else "missing"
        yield f"{name}: {state}: {entry.msgid!r}"


def _extract(copy: Path) -> None:
    """Run Django's own extraction on a copy of the sources, so that looking changes nothing."""
    from tests.services import program

    program("xgettext", "gettext")
    program("msgmerge", "gettext")
    for name in _catalogues():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
    names = [part for language in LANGUAGES for part in ("-l", language)]
    done = _manage("makemessages", *names, "--no-wrap", "--add-location", "file", "-e", "html,txt,py", folder=copy)
    if done.returncode:
        raise RuntimeError(f"sentences could not be extracted:\n{done.stdout}{done.stderr}")


def _copy_sources(copy: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__", "*.mo", "data", "static", "container")
    for room in ROOMS:
        shutil.copytree(BASE / room, copy / room, ignore=leave)
    shutil.copy(BASE / "manage.py", copy)


def _open_tags(paths: list[Path]) -> Iterator[Problem]:
    if not paths:
        return
    command = [sys.executable, "-m", "djlint", "--lint", "--profile", "django", "--quiet", *map(str, paths)]
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    for number, line in enumerate(lines):
        if line.startswith(TEMPLATE_RULES):
            yield f"{_heading(lines, number)}: {line}"


def _heading(lines: list[str], number: int) -> str:
    """Return the file under whose heading this line of djlint's report stands."""
    return next((line.strip() for line in reversed(lines[:number]) if line.rstrip().endswith(".html")), "a template")


def _templates() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((BASE / room).glob("templates/**/*")):
            if path.suffix in TEMPLATE_KINDS:
                yield path


def _catalogues() -> list[Path]:
    """Return the catalogues: what commands say is with the commands, everything else with the pages."""
    return [Path(room, "locale", language, "LC_MESSAGES", "django.po") for room in WITH_WORDS for language in LANGUAGES]


def _manage(*arguments: str, folder: Path = BASE) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TOILE_")}
    environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings_test"
    command = [sys.executable, str(folder / "manage.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


CHECKS: tuple[Callable[[], Iterator[Problem]], ...] = (migrations, templates, translations, outgoing)


def main() -> int:
    """Run every check; print each problem; return how the process should end."""
    if "--update-translations" in sys.argv:
        update_translations()
        return 0
    problems = [problem for check in CHECKS for problem in check()]
    for problem in problems:
        print(problem)
    print(f"migrations, templates, translations, ways to the network: {len(problems) or 'no'} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
