"""The least an inbox can do on the same server: digest, signature, one row. The floor that ours is held against.

`python -m tests.bench.bare_inbox PORT FOLDER`, with `known.json` in FOLDER, as for plain_inbox.
"""

import base64
import hashlib
import json
import re
import sqlite3
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from daphne.server import Server

PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Inbox:
    def __init__(self, folder: Path, keys: dict[str, str]) -> None:
        self.keys = {key_id: load_pem_public_key(pem.encode()) for key_id, pem in keys.items()}
        self.rows = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
        for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE message (uri UNIQUE, body)"):
            self.rows.execute(line)

    async def __call__(self, scope, receive, send) -> None:  # noqa: ANN001
        raw, more = b"", True
        while more:
            event = await receive()
            raw, more = raw + event["body"], event.get("more_body", False)
        status = 202 if self.take(scope, raw) else 401
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def take(self, scope: dict, raw: bytes) -> bool:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        given = dict(PARAMETER.findall(headers["signature"]))
        if headers["digest"] != "SHA-256=" + base64.b64encode(hashlib.sha256(raw).digest()).decode():
            return False
        headers["(request-target)"] = f"post {scope['path']}"
        base = "\n".join(f"{name}: {headers[name]}" for name in given["headers"].split()).encode()
        self.keys[given["keyId"]].verify(base64.b64decode(given["signature"]), base, PKCS1v15(), SHA256())
        self.rows.execute("INSERT OR IGNORE INTO message VALUES (?, ?)", (json.loads(raw)["id"], raw))
        return True


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    application = Inbox(folder, json.loads((folder / "known.json").read_text())["keys"])
    Server(application, endpoints=[f"tcp:{sys.argv[1]}:interface=127.0.0.1"]).run()
