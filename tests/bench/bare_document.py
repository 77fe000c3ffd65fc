"""The least that can serve a document: the same bytes, from memory, on our own server.

`python -m tests.bench.bare_document PORT FILE`: FILE holds {"headers": [[name, value], …], "body": text}.
"""

import json
import sys
from pathlib import Path

from deploy.limits import Limits
from deploy.server import Server


def application(kept: dict):  # noqa: ANN201
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept["headers"]]
    body = kept["body"].encode()

    async def answer(scope, receive, send) -> None:  # noqa: ANN001
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    app = application(json.loads(Path(sys.argv[2]).read_text()))
    Server(app, bind="127.0.0.1", port=int(sys.argv[1]), limits=Limits()).run()
