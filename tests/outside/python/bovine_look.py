"""Look at a node with bovine: `python bovine_look.py ORIGIN HANDLE ADDRESS KEY_ID PEM_FILE`.

Prints JSON: the actor that WebFinger gives for the handle, and what a GET of ADDRESS signed by bovine got.
"""

import asyncio
import json
import pathlib
import sys

import aiohttp
from bovine.clients import lookup_uri_with_webfinger
from bovine.clients.signed_http import SignedHttpClient


async def look(origin: str, handle: str, address: str, key_id: str, pem_file: str) -> dict:
    async with aiohttp.ClientSession() as session:
        actor, _ = await lookup_uri_with_webfinger(session, handle, origin)
        client = SignedHttpClient(session, key_id, pathlib.Path(pem_file).read_text())
        answer = await client.get(address)
        return {"actor": actor, "status": answer.status, "document": json.loads(await answer.text())}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look(*sys.argv[1:]))))
