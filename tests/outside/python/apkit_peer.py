"""A small server on apkit: `python apkit_peer.py PORT CONTEXTS`. Its members are /u/<name>; all names exist.

CONTEXTS is a JSON file, address: JSON-LD context, which stands for the web: apkit would fetch contexts from there.

POST /_do makes it act, GET /_requests tells what reached its inboxes and the status it gave, GET /_understood what
its handlers were handed once apkit had verified and parsed it.
"""

import asyncio
import copy
import functools
import json
import pathlib
import sys
import traceback
import uuid

import apmodel
import apmodel.loader
import uvicorn
from apkit.client.asyncio.client import ActivityPubClient
from apkit.client.models import Link, WebfingerResult
from apkit.config import AppConfig
from apkit.models import (
    Accept,
    Announce,
    Create,
    CryptographicKey,
    Delete,
    Follow,
    Like,
    Multikey,
    Note,
    Offer,
    Person,
    Reject,
    Undo,
    Update,
)
from apkit.server.app import ActivityPubServer
from apkit.server.responses import ActivityResponse
from apkit.types import ActorKey
from apsig import ProofSigner, ProofVerifier
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pyld import jsonld

PORT = int(sys.argv[1])
ORIGIN = f"http://localhost:{PORT}"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXTS = json.loads(pathlib.Path(sys.argv[2]).read_text())
KINDS = (Accept, Announce, Create, Delete, Follow, Like, Offer, Reject, Undo, Update)
requests: list[dict] = []
understood: list[dict] = []


def context(url: str, _options: object = None) -> dict:
    """Answer for the web."""
    if url not in CONTEXTS:
        raise jsonld.JsonLdError(f"not on the web of this test: {url}", "jsonld.LoadDocumentError")
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": CONTEXTS[url]}


jsonld.set_document_loader(context)
apmodel.loader.create_document_loader = lambda: context


@functools.cache
def keys(name: str) -> tuple[rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey]:
    return rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()


def actor(name: str) -> str:
    return f"{ORIGIN}/u/{name}"


def fresh(kind: str) -> str:
    return f"{ORIGIN}/{kind}/{uuid.uuid4().hex}"


def signing(name: str) -> list[ActorKey]:
    return [
        ActorKey(f"{actor(name)}#{key_id}", key)
        for key_id, key in zip(("main-key", "ed25519-key"), keys(name), strict=True)
    ]


async def actor_keys(name: str) -> list[ActorKey]:
    return signing(name)


app = ActivityPubServer(apkit_config=AppConfig(actor_keys=actor_keys))
app.inbox("/u/{name}/inbox", "/inbox")


@app.get("/u/{name}")
async def person(name: str) -> Response:
    """The document of a member, made by apkit's own classes."""
    rsa_key, ed_key = keys(name)
    public = CryptographicKey(id=f"{actor(name)}#main-key", owner=actor(name))
    public.public_key = rsa_key
    multikey = Multikey(id=f"{actor(name)}#ed25519-key", controller=actor(name))
    multikey.public_key = ed_key
    found = Person(
        id=actor(name), preferred_username=name, name=name, inbox=f"{actor(name)}/inbox", public_key=public,
        assertion_method=[multikey],
    )  # fmt: skip
    return ActivityResponse(found)


@app.webfinger
async def webfinger(_request: Request, resource) -> Response:  # noqa: ANN001 - apkit's type
    link = Link(rel="self", type="application/activity+json", href=actor(resource.username))
    return JSONResponse(WebfingerResult(resource, [link]).to_json(), media_type="application/jrd+json")


async def hear(ctx) -> Response:  # noqa: ANN001 - apkit's Context
    """Keep what apkit made of a verified activity; accept follows."""
    activity = ctx.activity
    understood.append(apmodel.to_dict(activity))
    if isinstance(activity, Follow):
        followed = activity.object if isinstance(activity.object, str) else activity.object.id
        accepted = Accept(id=fresh("a"), actor=followed, object=apmodel.to_dict(activity))
        asyncio.get_running_loop().create_task(answer(ctx, followed, str(activity.actor), accepted))
    return Response(status_code=202)


async def answer(ctx, name: str, to: str, activity: Accept) -> None:  # noqa: ANN001
    async with ActivityPubClient() as client:
        target = await client.actor.fetch(to)
        await post(client, target.inbox, activity, name.rpartition("/")[2])


for kind in KINDS:
    app.on(kind, hear)


async def post(client: ActivityPubClient, inbox: str, activity, who: str, **more) -> tuple[int, str]:  # noqa: ANN001
    more = {"signatures": signing(who), "sign_with": ["draft-cavage"], **more}
    async with client.post(inbox, json=activity, **more) as given:
        return given.status, await given.text()


# --- what it can be asked --------------------------------------------------------------------------------


def made(given: dict) -> apmodel.types.ActivityPubModel:
    """Return the activity that apkit's own classes make of what is asked."""
    who, thing = actor(given["who"]), given.get("object")
    if given["kind"] == "note":
        note = Note(id=fresh("n"), attributed_to=who, content=given["content"], to=[PUBLIC])
        return Create(id=fresh("a"), actor=who, object=note, to=[PUBLIC])
    if given["kind"] == "undo":
        follow = Follow(id=given["follow"], actor=who, object=thing)
        return Undo(id=fresh("a"), actor=who, object=follow)
    return {"follow": Follow, "like": Like, "delete": Delete}[given["kind"]](id=fresh("a"), actor=who, object=thing)


async def make(given: dict) -> dict:
    """Send an activity. `with`: apkit's names of signature forms; `other_key`: signed by a key that nobody knows."""
    activity = made(given)
    more = {"sign_with": given.get("with") or ["draft-cavage"]}
    if given.get("other_key"):
        stranger = rsa.generate_private_key(65537, 2048)
        more["signatures"] = [ActorKey(f"{actor(given['who'])}#main-key", stranger)]
    async with ActivityPubClient() as client:
        status, text = await post(client, given["inbox"], activity, given["who"], **more)
    inner = apmodel.to_dict(activity).get("object")
    return {
        "id": activity.id,
        "object": inner.get("id") if isinstance(inner, dict) else inner,
        "status": status,
        "text": text,
    }


async def carry(given: dict) -> dict:
    """Send an activity that is given as it is, signed for `who`."""
    headers = {"Content-Type": "application/activity+json"}
    async with ActivityPubClient() as client:
        status, text = await post(client, given["inbox"], given["activity"], given["who"], headers=headers)
    return {"status": status, "text": text}


async def lookup(given: dict) -> dict:
    async with ActivityPubClient() as client:
        found = await client.actor.fetch(given["address"])
    if isinstance(found, dict):
        return {"type": "dict", "keys": []}
    return {"type": type(found).__name__, "id": found.id, "keys": [key.id for key in found.keys]}


async def sign(given: dict) -> dict:
    options = {
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
        "verificationMethod": f"{actor(given['who'])}#ed25519-key", "created": given["created"],
    }  # fmt: skip
    return {"document": ProofSigner(keys(given["who"])[1]).sign(given["document"], options)}


async def check(given: dict) -> dict:
    document = json.loads(given["text"])
    return {"key": ProofVerifier(given["multibase"]).verify(copy.deepcopy(document))}


TASKS = {"make": make, "carry": carry, "lookup": lookup, "sign": sign, "check": check}


@app.post("/_do")
async def do(request: Request) -> Response:
    given = await request.json()
    try:
        return JSONResponse(await TASKS[given["what"]](given))
    except Exception as error:  # noqa: BLE001 - the caller reads it
        return JSONResponse({"error": "".join(traceback.format_exception(error))}, status_code=500)


@app.get("/_requests")
async def tell_requests() -> Response:
    return JSONResponse(requests)


@app.get("/_understood")
async def tell_understood() -> Response:
    return JSONResponse(understood)


@app.middleware("http")
async def note_down(request: Request, call_next) -> Response:  # noqa: ANN001
    body = await request.body()
    given = await call_next(request)
    if request.method == "POST" and request.url.path.endswith("/inbox"):
        kept = {"path": request.url.path, "text": body.decode(), "headers": dict(request.headers)}
        requests.append({**kept, "status": given.status_code})
    return given


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
