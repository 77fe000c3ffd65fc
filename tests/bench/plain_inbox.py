"""An inbox as one writes it first, on the same server: DRF, linked data expanded, key and row by the ORM.

`python -m tests.bench.plain_inbox PORT FOLDER`, with `known.json` in FOLDER: keys by their id, contexts by address. It
checks digest and signature, expands the message and stores one row; no limits, no window, no rules of ownership.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def application(folder: Path, known: dict[str, dict]):  # noqa: ANN201 - an ASGI application
    import django
    from django.conf import settings

    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "plain.sqlite3"}
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="bench",
        INSTALLED_APPS=["rest_framework"],
        DATABASES={"default": database | {"OPTIONS": {"init_command": pragmas}}},
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    )
    django.setup()
    from django.core.asgi import get_asgi_application
    from django.db import connection, models
    from django.urls import path
    from rest_framework.parsers import JSONParser
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class Key(models.Model):
        key_id = models.CharField(max_length=500, unique=True)
        pem = models.TextField()

        class Meta:
            app_label = "plain"

    class Message(models.Model):
        uri = models.CharField(max_length=500, unique=True)
        actor = models.CharField(max_length=500)
        body = models.BinaryField()

        class Meta:
            app_label = "plain"

    with connection.schema_editor() as editor:
        editor.create_model(Key)
        editor.create_model(Message)
    Key.objects.bulk_create(Key(key_id=key_id, pem=pem) for key_id, pem in known["keys"].items())
    expand = _expander(known["contexts"])

    class ActivityParser(JSONParser):
        media_type = "application/activity+json"

    class Inbox(APIView):
        parser_classes = (ActivityParser,)

        def post(self, request):  # noqa: ANN001, ANN202
            raw = request._request.body
            document = request.data
            given = dict(PARAMETER.findall(request.headers["Signature"]))
            digest = "SHA-256=" + base64.b64encode(hashlib.sha256(raw).digest()).decode()
            if request.headers["Digest"] != digest:
                return Response(status=401)
            public = load_pem_public_key(Key.objects.get(key_id=given["keyId"]).pem.encode())
            base = signed_text(given["headers"], request.headers, "post", request.get_full_path())
            public.verify(base64.b64decode(given["signature"]), base, PKCS1v15(), SHA256())
            assert expand(document)
            Message.objects.get_or_create(uri=document["id"], defaults={"actor": document["actor"], "body": raw})
            return Response(status=202)

    globals()["urlpatterns"] = [path("inbox", Inbox.as_view())]
    return get_asgi_application()


def signed_text(covered: str, headers, method: str, target: str) -> bytes:  # noqa: ANN001
    """Return what a draft-cavage signature signs."""
    return "\n".join(
        f"(request-target): {method} {target}" if name == "(request-target)" else f"{name}: {headers[name]}"
        for name in covered.split()
    ).encode()


def _expander(contexts: dict[str, dict]):  # noqa: ANN202
    from pyld import jsonld

    def bundled(url: str, _options: object = None) -> dict:
        found = {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url}
        return found | {"document": contexts[url]}

    jsonld.set_document_loader(bundled)
    return jsonld.expand


if __name__ == "__main__":
    from daphne.server import Server

    port, folder = sys.argv[1], Path(sys.argv[2])
    app = application(folder, json.loads((folder / "known.json").read_text()))
    Server(app, endpoints=[f"tcp:{port}:interface=127.0.0.1"]).run()
