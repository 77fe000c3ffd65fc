"""Servers that tests need, really started and ended by their own handle: PostgreSQL, Redis, Chromium, our nodes.

Missing parts are installed with apt when that is possible (root on Debian); otherwise the failure names the package.
"""

import atexit
import contextlib
import functools
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BASE = Path(__file__).resolve().parent.parent
GUARD_SECONDS = 300  # generous: a guard against hanging on a loaded machine, never a measurement
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- programs of the system ----------------------------------------------------------------------------


def program(name: str, package: str) -> str:
    """Return the path of a system program, installing its Debian package if that is allowed here."""
    found = _look_for(name)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=quiet, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-qy", package], env=quiet, check=False, stdout=subprocess.DEVNULL)
        found = _look_for(name)
    if not found:
        raise RuntimeError(
            f"The tests need `{name}`: install the Debian package {package} (apt-get install {package})."
        )
    return found


def chromium() -> str:
    """Return the path of Chromium, for `playwright.chromium.launch(executable_path=…)`."""
    return program("chromium", "chromium")


def _look_for(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    newest_first = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts[4], reverse=True
    )
    return str(newest_first[0]) if newest_first else ""


# --- PostgreSQL and Redis --------------------------------------------------------------------------------


@functools.cache
def postgresql() -> str:
    """Start a throw-away PostgreSQL once per test run; return its address as TOILE_DATABASE_URL wants it."""
    if os.environ.get("TOILE_TEST_DATABASE") == "postgresql" and os.environ.get("TOILE_DATABASE_URL"):
        return os.environ["TOILE_DATABASE_URL"]  # started by this run already, perhaps in the process above us
    initdb = program("initdb", "postgresql")
    folder, user = _private_folder("toile-pg-")
    _as(user, [initdb, "-D", f"{folder}/db", "-U", "toile", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
    port = free_port()
    options = [
        f"-p{port}",
        "-h127.0.0.1",
        f"-k{folder}",
        "-cfsync=off",
        "-cfull_page_writes=off",
        "-cmax_connections=200",
    ]
    server = _launch([program("postgres", "postgresql"), "-D", f"{folder}/db", *options], folder / "log", user)
    atexit.register(_end, server, signal.SIGINT, folder)
    wait_for_port(port, server, folder / "log", says="ready to accept connections")  # it listens before that
    url = f"postgresql://toile@127.0.0.1:{port}/toile"
    new_database("toile", server_url=url)
    return url


@functools.cache
def redis() -> str:
    """Start a throw-away Redis once per test run; return its address as TOILE_REDIS_URL wants it."""
    folder = Path(tempfile.mkdtemp(prefix="toile-redis-"))
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = _launch([program("redis-server", "redis-server"), *options], folder / "log")
    atexit.register(_end, server, signal.SIGTERM, folder)
    wait_for_port(port, server, folder / "log")
    return f"redis://127.0.0.1:{port}/0"


def new_database(name: str, *, server_url: str = "") -> str:
    """Create an empty database on the test server and return its address."""
    import psycopg

    parts = urlsplit(server_url or postgresql())
    with psycopg.connect(
        host=parts.hostname, port=parts.port, user="toile", dbname="postgres", autocommit=True
    ) as link:
        link.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return f"postgresql://toile@127.0.0.1:{parts.port}/{name}"


def _private_folder(prefix: str) -> tuple[Path, str]:
    """Make a folder directly under the system's temporary one, owned by whoever will run the server in it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if os.geteuid() != 0:
        return folder, ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    return folder, user


def _as(user: str, command: list[str]) -> None:
    done = subprocess.run(_in_name_of(user, command), capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


def _launch(command: list[str], log: Path, user: str = "") -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(_in_name_of(user, command), stdout=out, stderr=out, cwd="/")


def _in_name_of(user: str, command: list[str]) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups", *command] if user else command


def _group(user: str) -> str:
    return str(pwd.getpwnam(user).pw_gid)


def _end(server: subprocess.Popen[bytes], how: signal.Signals, folder: Path | None = None) -> None:
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_port(port: int, server: subprocess.Popen[bytes], log: Path, *, says: str = "") -> None:
    """Wait until a server listens, and has written `says` into its log."""
    limit = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < limit:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            if says in log.read_text(errors="replace"):
                return
        time.sleep(0.05)
    raise RuntimeError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')}")


# --- our own nodes ---------------------------------------------------------------------------------------


@dataclass
class Node:
    """A real node process. `origin` has no slash at the end; `data` is its folder; `log` what it printed."""

    port: int
    origin: str
    data: Path
    log: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    interpreter: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        """Its entry for another node's TOILE_FEDERATION_TEST_PEERS."""
        return f"127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start (again) on the same data, and wait until it answers."""
        command = [sys.executable, str(BASE / "manage.py"), "node", "--port", str(self.port), *options]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, env=self.environ, cwd=BASE, stdout=out, stderr=out)
        limit = time.monotonic() + GUARD_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"The node did not start:\n{self.printed()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Tell whether the web process answers a request now."""
        try:
            self.request("GET", "/healthz")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request to this node; return status, headers and body."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GUARD_SECONDS)
        try:
            link.request(method, path, body, {"Host": urlsplit(self.origin).netloc, **(headers or {})})
            answer = link.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            link.close()

    def manage(self, *arguments: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run one of `manage.py`'s commands on this node's data."""
        command = [sys.executable, str(BASE / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environ, cwd=BASE, capture_output=True, text=True, check=False, **more)
        if check and done.returncode:
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def tells(self, code: str) -> list[Any]:
        """Run code on this node's data, in a process beside it; return the lines of JSON that it printed."""
        if self.interpreter is None:
            command = [sys.executable, "-m", "tests.inside"]
            pipe = subprocess.PIPE
            with self.log.open("ab") as out:
                self.interpreter = subprocess.Popen(
                    command, env=self.environ, cwd=BASE, stdin=pipe, stdout=pipe, stderr=out, text=True
                )
            atexit.register(self._forget_interpreter)
        asked, answers = self.interpreter.stdin, self.interpreter.stdout
        assert asked
        assert answers
        asked.write(json.dumps(code) + "\n")
        asked.flush()
        answer = json.loads(answers.readline() or json.dumps({"failed": self.printed()}))
        if "failed" in answer:
            raise RuntimeError(f"{code}\n{answer['failed']}")
        told = []
        for line in answer["printed"].splitlines():
            with contextlib.suppress(ValueError):  # words that are not for us
                told.append(json.loads(line))
        return told

    def _forget_interpreter(self) -> None:
        process, self.interpreter = self.interpreter, None
        if process is not None:
            process.communicate()  # no more code: it ends

    def printed(self) -> str:
        """Return everything the node has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the node and return its exit code."""
        process, self.process = self.process, None
        self._forget_interpreter()
        if process is None:
            return 0
        _end(process, how)
        return process.returncode


def new_node(
    data: Path, *, port: int = 0, origin: str = "", env: Mapping[str, str] | None = None, from_template: bool = True
) -> Node:
    """Describe a node on a free port, not yet started. With `from_template` its tables are copied, not built."""
    port = port or free_port()
    origin = origin or f"http://localhost:{port}"
    data.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TOILE_", "DJANGO_"))}
    environ |= {"TOILE_DATA": str(data), "TOILE_ORIGIN": origin, "TOILE_PORT": str(port)}
    environ |= env or {}
    if from_template and "TOILE_DATABASE_URL" not in environ and not (data / "toile.sqlite3").exists():
        shutil.copytree(prepared_folder(), data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.secret"))
    return Node(port, origin, data, data / "node.log", environ)


@contextlib.contextmanager
def start_node(
    data: Path, *, port: int = 0, origin: str = "", env: Mapping[str, str] | None = None, from_template: bool = True
) -> Iterator[Node]:
    """Start a real node (web and worker) with its own data folder, wait until it answers, end it afterwards."""
    node = new_node(data, port=port, origin=origin, env=env, from_template=from_template)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@functools.cache
def prepared_folder() -> Path:
    """Build tables, reference data and static files once per test run; return the folder to copy. It has no keys."""
    folder = Path(tempfile.mkdtemp(prefix="toile-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    new_node(folder, from_template=False).manage("prepare", "--without-keys")
    _fold_write_ahead_log(folder / "toile.sqlite3")
    return folder


def _fold_write_ahead_log(path: Path) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
