"""The house checks itself: imports, migrations, a light start, a sentence for every refusal, clean words."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from network.errors import DomainError
from tests.services import BASE

ROOMS = ("network", "governance", "federation", "frontend", "deploy")
HEAVY = (
    "networkx",
    "numpy",
    "scipy",
    "httpx",
    "httpcore",
    "aiohttp",
    "redis",
    "PIL",
    "weasyprint",
    "twisted",
    "daphne",
)
# Refusals among programs: they end in a status or in a log line, never before a person's eyes.
FOR_PROGRAMS = {"Refused", "Unreachable", "Untranslatable", "Ignored", "Mismatch", "NotTaken", "Unwelcome"}


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (path for path in sorted((BASE / room).rglob("*.py")) if "migrations" not in path.parts)


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=BASE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "network", "governance", "federation", check=True, dry_run=True)


def test_starting_the_web_process_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, deploy.asgi; from django.urls import get_resolver; list(get_resolver().url_patterns);"
        f"print(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    environ = {"TOILE_DATA": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def refusals() -> set[str]:
    """Return the names of the classes whose codes people read: every kind of DomainError but those for programs."""
    found, todo = set(), [DomainError]
    for room in ROOMS:
        if (BASE / room / "errors.py").exists():
            __import__(f"{room}.errors")
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        found.add(kind.__name__)
    return found - FOR_PROGRAMS


def codes_raised() -> dict[str, str]:
    """Return each code written as a literal in `Kind("code", …)`, and where."""
    kinds, found = refusals(), {}
    for path in modules(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in kinds and node.args:
                for code in _texts(node.args[0]):
                    found[code] = f"{path.relative_to(BASE)}:{node.lineno}"
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_the_search_for_codes_finds_some() -> None:
    assert len(codes_raised()) > 20


def test_every_refusal_has_a_sentence() -> None:
    from frontend import messages

    missing = {code: where for code, where in codes_raised().items() if code not in messages.SENTENCES}
    assert missing == {}


def test_no_code_has_two_sentences() -> None:
    from frontend import messages

    assert len(messages.SENTENCES) == sum(len(family) for family in messages.FAMILIES)


def test_every_task_of_the_timetable_exists() -> None:
    from deploy.celery import TIMETABLE, app

    app.loader.import_default_modules()
    assert set(TIMETABLE) - set(app.tasks) == set()


def test_every_app_of_ours_has_its_room() -> None:
    ours = [config.name for config in apps.get_app_configs() if config.name in ROOMS]
    assert set(ours) == set(ROOMS)


# --- words -----------------------------------------------------------------------------------------------

# Written in two halves, so that this file may hold them.
FORBIDDEN = [
    "shared" + "/design", "shared" + "/data", "shared" + "/seeds", "shared" + "/vectors", "shared" + "/hooks",
    "../" + "shared", "/wo" + "rk/", "/ro" + "ot/", "/t" + "mp/toile/", "/opt/" + "pypi",
    "pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", "index" + "-url http",
]  # fmt: skip
TEXT = {".py", ".md", ".html", ".txt", ".toml", ".yaml", ".yml", ".css", ".js", ".json", ".po", ".conf", ".service", ""}


def own_files() -> Iterator[Path]:
    """Yield the text files of the project that git knows or would add."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=BASE, capture_output=True, text=True)
    names = done.stdout.splitlines() or [
        str(path.relative_to(BASE)) for room in ROOMS for path in (BASE / room).rglob("*")
    ]
    for name in names:
        path = BASE / name
        if path.is_file() and path.suffix in TEXT and path.stat().st_size < 1_000_000:
            yield path


def test_the_project_speaks_only_of_itself() -> None:
    found = []
    for path in own_files():
        text = path.read_text(errors="replace")
        found += [f"{path.relative_to(BASE)}: {word}" for word in FORBIDDEN if word in text]
    assert found == []


def test_the_licence_is_whole() -> None:
    text = (BASE / "LICENSE").read_text()
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "13. Remote Network Interaction" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_files_taken_over_unchanged_are_what_the_notice_says() -> None:
    found = re.findall(r"^  (\S+)\n +SHA-256 ([0-9a-f]{64})$", (BASE / "NOTICE").read_text(), re.MULTILINE)
    assert found
    for name, digest in found:
        assert sha256((BASE / name).read_bytes()).hexdigest() == digest, name


def test_the_diagram_in_the_documents_is_that_of_the_machine():
    from governance.rules.consent import diagram

    assert diagram().strip() in (BASE / "ARCHITECTURE.md").read_text()
