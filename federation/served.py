"""The documents served at our addresses: rendered once per change, kept as bytes, read in one query."""

import hashlib
import json
from typing import Any

from activitypub.core.models import Domain, LinkedDataDocument, Reference
from django.conf import settings
from django.db.models import Exists

from federation.models import IntentContext, Policy, ProposalContext, QuantityContext, Rendered
from federation.rules.delivery import Audience
from federation.rules.translate.offers import iso
from federation.rules.vocabulary import AS2, PUBLIC
from network.clock import now

PARTS = ("publishes", "reciprocal")


def to_bytes(document: dict[str, Any]) -> bytes:
    """Return the bytes that are served and delivered; `bto` and `bcc` never leave."""
    shown = {key: value for key, value in document.items() if key not in {"bto", "bcc"}}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes) -> dict[str, Any]:
    """Return the document that `to_bytes` wrote."""
    return json.loads(body)


def keep(uri: str, document: dict[str, Any], *, gone: bool = False) -> Rendered:
    """Keep `document` as what is served at `uri`, from now on; the same again changes nothing."""
    body = to_bytes(document)
    audience = None if is_public(document) else named_in(document)
    return _keep(uri, body, audience, gone=gone)


def _keep(uri: str, body: bytes, audience: list[str] | None, *, gone: bool) -> Rendered:
    """Keep bytes with their audience, None for everybody."""
    fields = {"body": body, "digest": hashlib.sha256(body).hexdigest(), "gone": gone}
    fields |= {"public": audience is None, "audience": audience or []}
    kept, created = Rendered.objects.get_or_create(uri=uri, defaults=fields)
    if not created and any(getattr(kept, name) != fields[name] for name in ("digest", "gone", "public", "audience")):
        Rendered.objects.filter(pk=kept.pk).update(**fields, rendered_at=now())
        kept.refresh_from_db()
    return kept


def tag_for_all(uri: str) -> str | None:
    """Return the digest of what everybody is served at `uri`; None if nothing is, or not to everybody."""
    kept = Rendered.objects.filter(uri=uri, public=True).annotate(closed=Exists(Policy.objects.filter(closed=True)))
    digest, closed = kept.values_list("digest", "closed").first() or ("", True)
    return None if closed else digest


def keep_tombstone(uri: str, former_type: str, audience: Audience | None = None) -> dict[str, Any]:
    """Serve a Tombstone at `uri` for good, to those who could read what was there, and return it."""
    stone = {"@context": AS2, "id": uri, "type": "Tombstone", "formerType": former_type, "deleted": iso(now())}
    readers = None if audience is None or audience.public else [*audience.to, *audience.cc]
    _keep(uri, to_bytes(stone), readers, gone=True)
    return stone


def is_public(document: dict[str, Any]) -> bool:
    """Whether everybody may read this; actors and tombstones, which name no audience, are public."""
    return not {"to", "cc"} & set(document) or PUBLIC in named_in(document)


def named_in(document: dict[str, Any]) -> list[str]:
    """Return the uris that `to` and `cc` name."""
    found = [document.get(field) or [] for field in ("to", "cc")]
    return [uri for value in found for uri in (value if isinstance(value, list) else [value])]


def catalogue(document: dict[str, Any]) -> None:
    """Let the toolkit load a Proposal for everybody into its linked-data rows. Our origin is made known first."""
    Domain.make(settings.ORIGIN, local=True)
    named = {**document, **{part: _with_named_quantity(document[part]) for part in PARTS if part in document}}
    LinkedDataDocument.make(named).load()
    graph = LinkedDataDocument.get_graph(named)
    for part in (named[part] for part in PARTS if part in named):
        IntentContext.load_from_graph(g=graph, reference=Reference.make(part["id"]))
        QuantityContext.load_from_graph(g=graph, reference=Reference.make(part["resourceQuantity"]["id"]))


def _with_named_quantity(intent: dict[str, Any]) -> dict[str, Any]:
    """Give the quantity an address of its own, so that loading again meets the same row."""
    return {**intent, "resourceQuantity": {"id": f"{intent['id']}-quantity", **intent["resourceQuantity"]}}


def forget(uri: str) -> None:
    """Take what the toolkit loaded from the offer at `uri` out of its rows; bare addresses stay."""
    intents = [f"{uri}#primary", f"{uri}#reciprocal"]
    QuantityContext.objects.filter(reference__uri__in=[f"{intent}-quantity" for intent in intents]).delete()
    IntentContext.objects.filter(reference__uri__in=intents).delete()
    ProposalContext.objects.filter(reference__uri=uri).delete()
    LinkedDataDocument.objects.filter(reference__uri=uri).delete()
