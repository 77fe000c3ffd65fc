"""Who in the house can reach the network: exactly the modules named here, each for one use. Part of `make check`.

Import contract 6 sees whole packages only; this reads the code, inside functions too, and tells `http.client` from
`http`, and asyncio's connections from asyncio. A module that no longer needs its entry is a problem as well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
ROOMS = ("network", "governance", "federation", "frontend", "deploy")
MODULES = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "nntplib", "poplib", "requests", "smtplib",
    "socket", "socketserver", "telnetlib", "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc.client",
}  # fmt: skip
CALLS = {
    "connectSSL", "connectTCP", "connectUDP", "create_connection", "create_datagram_endpoint", "getaddrinfo",
    "open_connection", "open_unix_connection", "sock_connect", "urlopen", "urlretrieve",
}  # fmt: skip
ALLOWED: dict[str, set[str]] = {
    "federation/client.py": {"httpcore"},  # the one window
    "federation/sockets.py": {"socket", "getaddrinfo"},  # its connections
    "federation/contexts.py": {"urllib.request"},  # takes away the opener of the process
    "deploy/alive.py": {"http.client"},  # does this machine's web process answer?
    "deploy/health.py": {"http.client"},  # the same, for the doctor
    "deploy/management/commands/demo.py": {"http.client"},  # the same, for the two nodes of the demonstration
    "deploy/launch.py": {"socketserver"},  # is the port free?
}


def outgoing(base: Path = BASE, allowed: dict[str, set[str]] = ALLOWED) -> Iterator[str]:
    """Yield each way to the network that is not allowed where it stands, and each permission that nobody uses."""
    found = {name: ways for name, ways in _found(base) if ways}
    for name in sorted(found.keys() | allowed.keys()):
        ways, named = found.get(name, set()), allowed.get(name, set())
        if ways - named:
            yield f"{name}: everything outgoing goes through federation/client.py: {', '.join(sorted(ways - named))}"
        if named - ways:
            yield f"{name}: not used any more (tests/outgoing.py): {', '.join(sorted(named - ways))}"


def _found(base: Path) -> Iterator[tuple[str, set[str]]]:
    for room in ROOMS:
        for path in sorted((base / room).rglob("*.py")):
            yield path.relative_to(base).as_posix(), ways_out(path.read_text())


def ways_out(source: str) -> set[str]:
    """Return the modules and calls in `source` with which a program reaches the network."""
    return {way for node in ast.walk(ast.parse(source)) for way in _ways(node)}


def _ways(node: ast.AST) -> Iterator[str]:
    for name in _names(node):
        parts = name.split(".")
        yield from MODULES & {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        yield from CALLS & {parts[-1]}


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the dotted names that a piece of code imports or uses."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield f".{node.attr}"
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        yield from (part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str))
