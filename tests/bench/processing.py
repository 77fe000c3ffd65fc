"""Taking in and processing an offer, in one process: ours against the plain path and against the least there is.

`python -m tests.bench.processing SIZE FIGURES`: on the database that the settings name, with `SIZE` offers a round.
"""

import base64
import json
import sys
from pathlib import Path

import django
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FLOOR = "CREATE TABLE floor (uri varchar(500) UNIQUE, body text)"
BATCH = 50  # messages that wait together at the door


def main(size: int, figures: Path) -> None:
    """Time the three in turns; write medians in ms and whether everything was counted."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.bench import knocks

    with knocks.senders() as actors:
        figures.write_text(json.dumps(_measure(actors, size)))


def _measure(actors: list, size: int) -> dict[str, object]:
    from django.conf import settings

    from federation.models import Node, Standing
    from network.models import Offer
    from tests import factories
    from tests.bench import plain_path
    from tests.bench.rows import ROUNDS

    settings.FEDERATION_TEST_PEERS = [actor.peer.address for actor in actors]
    factories.node()
    Node.objects.bulk_create(Node(origin=actor.peer.origin, standing=Standing.PEER) for actor in actors)
    take = {"ours": _ours, "plain": _each(plain_path.prepare(actors)), "floor": _each(_floor(actors))}
    times: dict[str, list[float]] = {name: [] for name in take}
    ids: dict[str, list[str]] = {name: [] for name in take}
    for number in range(ROUNDS):
        for place, name in enumerate(take):
            first = (number * len(take) + place) * size
            messages = [_message(actors[n % len(actors)], n) for n in range(first, first + size)]
            ids[name] += [message["id"] for message, _ in messages]
            times[name].append(_timed(take[name], [request for _, request in messages]))
    counted = {
        "ours": Offer.objects.filter(local=False).count(),
        "plain": plain_path.count(ids["plain"]),
        "floor": _floor_rows(),
    }
    return {"times": times, "equal": all(found == size * ROUNDS for found in counted.values()), "counted": counted}


def _message(actor, number: int):  # noqa: ANN001, ANN202
    from django.conf import settings
    from django.test import RequestFactory

    from tests.federation.offers import created
    from tests.peers import encoded, sign

    activity = created(actor, number, published="2026-11-20T00:00:00Z")
    body = encoded(activity)
    headers = sign(actor, f"{settings.ORIGIN}/inbox", body)
    kind = headers.pop("Content-Type")
    return activity, RequestFactory().generic("POST", "/inbox", body, content_type=kind, headers=headers)


def _timed(take, requests: list) -> float:  # noqa: ANN001
    import time

    started = time.perf_counter()
    take(requests)
    return (time.perf_counter() - started) * 1000


def _each(take):  # noqa: ANN001, ANN202
    def all_of(requests: list) -> None:
        for request in requests:
            take(request)

    return all_of


def _ours(requests: list) -> None:
    from federation import gate, inbox

    waiting = list(requests)
    while waiting:
        outcomes, waiting = gate.judge(waiting[:BATCH]), waiting[BATCH:]
        admitted = [outcome if isinstance(outcome, gate.Admitted) else gate.finish(outcome) for outcome in outcomes]
        inbox.process_all([message.envelope_id for message in admitted])  # as the task does that they are handed to


def _floor(actors: list):  # noqa: ANN202
    """Signature, parse, one row: what anything must do."""
    from django.db import connection

    from tests.bench.plain_inbox import PARAMETER, signed_text
    from tests.peers import pem

    keys = {actor.key_id: load_pem_public_key(pem(actor.private).encode()) for actor in actors}
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)

    def take(request) -> None:  # noqa: ANN001
        given = dict(PARAMETER.findall(request.headers["Signature"]))
        base = signed_text(given["headers"], request.headers, "post", "/inbox")
        keys[given["keyId"]].verify(base64.b64decode(given["signature"]), base, PKCS1v15(), SHA256())
        document = json.loads(request.body)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO floor VALUES (%s, %s)", [document["id"], request.body.decode()])

    return take


def _floor_rows() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor")
        return cursor.fetchone()[0]


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
