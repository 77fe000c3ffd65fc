"""Image, compose file, proxies, unit and variables: read and compared with the code; nothing is built or started."""

import re
from pathlib import Path

import pytest
import yaml

from tests.services import BASE

DEPLOY = BASE / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text()
SERVICES = {"web", "worker", "beat", "postgres", "redis", "proxy"}
OURS = ("web", "worker", "beat")
VARIABLE = re.compile(r"TOILE_[A-Z][A-Z_]*[A-Z]")


def variables_in_code() -> set[str]:
    """Return every TOILE_ variable that settings or code read."""
    settings = (DEPLOY / "settings.py").read_text()
    found = {f"TOILE_{name}" for name in re.findall(r'\b(?:env|flag|words)\("([A-Z_]+)"', settings)}
    found |= {f"TOILE_{name}_FILE" for name in re.findall(r'\bsecret\("([A-Z_]+)"', settings)}
    for room in ("network", "governance", "federation", "frontend", "deploy"):
        for path in (BASE / room).rglob("*.py"):
            found |= set(VARIABLE.findall(path.read_text())) if path.name != "settings.py" else set()
    return found


def variables_in_example() -> set[str]:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    return {match.group(1) for line in lines if (match := re.match(r"#?(TOILE_[A-Z_]+)=", line))}


def test_every_variable_is_listed_and_every_listed_one_is_used() -> None:
    assert variables_in_code() == variables_in_example()


def test_compose_has_every_service_with_a_health_check() -> None:
    assert set(COMPOSE["services"]) == SERVICES
    for name, service in COMPOSE["services"].items():
        assert service["healthcheck"]["test"], name


def test_whoever_depends_waits_for_health_and_for_a_service_that_exists() -> None:
    for service in COMPOSE["services"].values():
        for other, condition in service.get("depends_on", {}).items():
            assert other in SERVICES
            assert condition == {"condition": "service_healthy"}


def test_compose_names_only_what_it_declares() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / "container" / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_compose_sets_only_variables_that_exist() -> None:
    known = variables_in_example()
    for name in OURS:
        assert set(COMPOSE["services"][name]["environment"]) <= known


def test_no_secret_is_written_down() -> None:
    text = (DEPLOY / "container" / "compose.yaml").read_text() + CONTAINERFILE + (DEPLOY / "env.example").read_text()
    assert not re.search(r"PASSWORD:\s*\S", text.replace("PASSWORD_FILE", ""))
    assert "SECRET_KEY=" not in text
    assert "${TOILE_ORIGIN:?" in text  # no default origin: it must be chosen
    for secret in COMPOSE["secrets"].values():
        assert not (DEPLOY / "container" / secret["file"]).exists()


def test_only_the_proxy_is_open_to_the_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis", "beat"):
        assert COMPOSE["services"][name]["networks"] == ["inside"]


def test_our_processes_run_with_few_rights() -> None:
    for name in OURS:
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_the_web_process_believes_the_proxys_network_alone() -> None:
    subnet = COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert COMPOSE["services"]["web"]["environment"]["TOILE_TRUSTED_PROXIES"] == subnet


def test_the_image_takes_files_that_exist_and_that_the_context_sends() -> None:
    sent = {line.removeprefix("!") for line in (BASE / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    for source in " ".join(copied).split():
        assert (BASE / source).exists(), source
        assert source in sent, source


def test_the_image_installs_with_hashes_and_runs_as_nobody_special() -> None:
    assert "--require-hashes -r requirements.txt" in CONTAINERFILE
    assert re.search(r"^USER toile$", CONTAINERFILE, re.MULTILINE)
    assert CONTAINERFILE.index("USER toile") < CONTAINERFILE.index('CMD ["python", "manage.py"')
    build = COMPOSE["services"]["web"]["build"]
    assert (
        DEPLOY / "container" / build["context"] / build["dockerfile"]
    ).resolve() == DEPLOY / "container/Containerfile"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_versions_have_hashes_and_no_address_of_a_registry(name: str) -> None:
    text = (BASE / name).read_text()
    pinned = re.findall(r"^[a-z0-9][\w.-]*==\S+ \\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]\S*", text, re.MULTILINE))
    assert "://" not in text
    assert "--index-url" not in text.replace("--no-emit-index-url", "")


def test_the_same_package_has_one_version_in_both_locks() -> None:
    pins = [
        dict(re.findall(r"^(\S+)==(\S+)", (BASE / n).read_text(), re.MULTILINE))
        for n in ("requirements.txt", "requirements-dev.txt")
    ]
    assert {name for name in pins[0].keys() & pins[1].keys() if pins[0][name] != pins[1][name]} == set()


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_proxies_set_the_limits_of_the_front_door(name: str) -> None:
    text = (DEPLOY / "proxy" / name).read_text()
    assert text.count("{") == text.count("}")
    assert re.search(r"(max_size 1MB|client_max_body_size\s+1m)", text)
    assert re.search(r"(read_header 10s|client_header_timeout\s+10s)", text)


def test_no_log_keeps_what_people_search_for() -> None:
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text()
    (form,) = re.findall(r"log_format toile '(.+)';", nginx)
    assert "$uri" in form
    assert not re.search(r"\$(request\b|request_uri|args|query_string|http_referer)", form)
    assert re.search(r"access_log \S+ toile if=\$toile_logged;", nginx)
    (unlogged,) = re.findall(r"~(\^\S+) +0;", nginx)  # a private link is a key
    assert re.search(unlogged, "/echange/0a0b")
    assert re.search(unlogged, "/rejoindre/0a0b")
    assert not re.search(unlogged, "/annuaire")
    assert "\tlog" not in (DEPLOY / "proxy" / "Caddyfile").read_text()


def test_the_unit_starts_the_node_and_keeps_its_data_private() -> None:
    unit = (DEPLOY / "systemd" / "toile.service").read_text()
    assert "manage.py node" in unit
    assert "StateDirectoryMode=0700" in unit
    assert "User=toile" in unit


def test_ci_runs_check_and_test_and_nothing_else() -> None:
    script = Path(BASE / ".ci" / "run")
    assert script.stat().st_mode & 0o111
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make check test"]
