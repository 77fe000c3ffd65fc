"""A small application behind the real front door, in a process of its own: `python -m tests.deploy.front PORT LIMITS`.

LIMITS is JSON for `deploy.limits.Limits`. HTTP answers what it saw; a socket echoes.
"""

import json
import sys

from deploy.limits import Limits, networks
from deploy.server import Server

LONG = "état " * 100_000  # no limit of ours holds for what we send


async def application(scope, receive, send) -> None:
    await (answer if scope["type"] == "http" else echo)(scope, receive, send)


async def answer(scope, receive, send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    names = sorted(name.decode() for name, _ in scope["headers"])
    body = json.dumps({"size": size, "client": scope["client"][0], "headers": names}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def echo(scope, receive, send) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message.get("text") == "long":
            for _ in range(2):
                await send({"type": "websocket.send", "text": LONG})
        elif message.get("text") == "flood":
            for _ in range(200):
                await send({"type": "websocket.send", "text": "x" * 65_536})
        else:
            await send({"type": "websocket.send", "text": str(len(message.get("text") or message.get("bytes")))})


def main() -> None:
    port, figures = int(sys.argv[1]), json.loads(sys.argv[2])
    proxies = networks(figures.pop("proxies", []))
    figures["without_address_limit"] = networks(figures.pop("without_address_limit", []))
    server = Server(application, bind="127.0.0.1", port=port, limits=Limits(**figures), proxies=proxies)
    server.run()


if __name__ == "__main__":
    main()
