"""Names and IRIs of what travels: ActivityStreams, Valueflows in the shape of FEP-0837, and our own terms."""

from typing import Any

AS2 = "https://www.w3.org/ns/activitystreams"
AS2_NS = AS2 + "#"
PUBLIC = AS2_NS + "Public"
AS2_PROFILE = f'application/ld+json; profile="{AS2}"'
ACTIVITY_JSON = "application/activity+json"

SECURITY = "https://w3id.org/security/v1"
DID = "https://www.w3.org/ns/did/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

VF = "https://w3id.org/valueflows/ont/vf#"
VF_2023 = "https://w3id.org/valueflows/"
VF_V1 = "https://w3id.org/valueflows/v1#"
OM2 = "http://www.ontology-of-units-of-measure.org/resource/om-2/"
TOILE = "https://w3id.org/toile/ns#"

VF_DIALECTS = (VF, VF_V1, VF_2023)  # in order of preference; only the first is ever written
VF_PROPOSAL = VF + "Proposal"
PROPOSAL_TYPES = frozenset(dialect + "Proposal" for dialect in VF_DIALECTS)

NODE_TYPES = frozenset({"Application"})  # a Service is a program of somebody's, on a node shared with others
SOFTWARE_TYPES = NODE_TYPES | {"Service"}
ACTOR_TYPES = frozenset({"Person", "Organization", "Group"}) | SOFTWARE_TYPES

VF_TERMS: dict[str, Any] = {
    "vf": VF,
    "om2": OM2,
    "Hashtag": "as:Hashtag",
    "Proposal": "vf:Proposal",
    "Intent": "vf:Intent",
    "Agreement": "vf:Agreement",
    "Commitment": "vf:Commitment",
    "action": "vf:action",
    "purpose": "vf:purpose",
    "unitBased": {"@id": "vf:unitBased", "@type": "xsd:boolean"},
    "publishes": "vf:publishes",
    "reciprocal": "vf:reciprocal",
    "resourceConformsTo": {"@id": "vf:resourceConformsTo", "@type": "@id"},
    "resourceQuantity": "vf:resourceQuantity",
    "availableQuantity": "vf:availableQuantity",
    "minimumQuantity": "vf:minimumQuantity",
    "eligibleLocation": "vf:eligibleLocation",
    "stipulates": "vf:stipulates",
    "stipulatesReciprocal": "vf:stipulatesReciprocal",
    "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
    "hasUnit": "om2:hasUnit",
    "hasNumericalValue": "om2:hasNumericalValue",
}

# Ours, written only where an offer departs from the ordinary.
OFFER_TERMS: dict[str, Any] = {
    "toile": TOILE,
    "remote": {"@id": "toile:remote", "@type": "xsd:boolean"},
    "opening": "toile:opening",
    "availability": "toile:availability",
    "access": {"@id": "toile:access", "@container": "@set"},
    "keywords": {"@id": "toile:keywords", "@container": "@set"},
    "communeCode": "toile:communeCode",
    "taxIncluded": {"@id": "toile:taxIncluded", "@type": "xsd:boolean"},
}

# Of events: what Mobilizon documents, then ours.
SC, MZ, ICAL = "http://schema.org#", "https://joinmobilizon.org/ns#", "http://www.w3.org/2002/12/cal/ical#"
EVENT_TERMS: dict[str, Any] = {
    "sc": SC,
    "mz": MZ,
    "ical": ICAL,
    "toile": TOILE,
    "Hashtag": "as:Hashtag",
    "PostalAddress": "sc:PostalAddress",
    "address": {"@id": "sc:address", "@type": "sc:PostalAddress"},
    "streetAddress": "sc:streetAddress",
    "postalCode": "sc:postalCode",
    "addressLocality": "sc:addressLocality",
    "addressCountry": "sc:addressCountry",
    "category": "sc:category",
    "inLanguage": "sc:inLanguage",
    "uuid": "sc:identifier",
    "joinMode": {"@id": "mz:joinMode", "@type": "mz:joinModeType"},
    "externalParticipationUrl": {"@id": "mz:externalParticipationUrl", "@type": "sc:URL"},
    "timezone": {"@id": "mz:timezone", "@type": "sc:Text"},
    "isOnline": {"@id": "mz:isOnline", "@type": "sc:Boolean"},
    "eventKind": "toile:eventKind",
    "priceModel": "toile:priceModel",
    "amount": "toile:amount",
    "currency": "toile:currency",
    "accessibility": {"@id": "toile:accessibility", "@container": "@set"},
    "capacity": "toile:capacity",
    "registration": "toile:registration",
    "note": "toile:note",
    "sequence": "toile:sequence",
    "communeCode": "toile:communeCode",
}

ACTOR_TERMS: dict[str, Any] = {
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "toile": TOILE,
    "kind": "toile:kind",
    "communeCode": "toile:communeCode",
    "opening": "toile:opening",
    "languages": {"@id": "toile:languages", "@container": "@set"},
    "skills": {"@id": "toile:skills", "@type": "@id", "@container": "@set"},
    "attestations": {"@id": "toile:attestations", "@type": "@id"},
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set"},
}
# What our software can do and nobody sees from its documents (FEP-844e).
RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
IMPLEMENTS: list[dict[str, str]] = [{"type": "Link", "href": RFC9421, "name": "RFC-9421: HTTP Message Signatures"}]

# Of what is signed: these terms are part of the signed bytes, and never change.
SIGNED_TERMS: dict[str, Any] = {
    "toile": TOILE,
    "kind": "toile:kind",
    "level": "toile:level",
    "charter": "toile:charter",
    "terms": "toile:terms",
    "decision": "toile:decision",
    "collective": {"@id": "toile:collective", "@type": "@id"},
    "seq": "toile:seq",
    "entryDigest": "toile:entryDigest",
    "head": "toile:head",
    "outcome": "toile:outcome",
    "inForce": "toile:inForce",
    "review": "toile:review",
}
VOUCHES_FOR, HAS_MEMBER = TOILE + "vouchesFor", TOILE + "hasMember"

SIGNED_CONTEXT: list[Any] = [AS2, DATA_INTEGRITY, SIGNED_TERMS]
PAPERS_CONTEXT: list[Any] = [AS2, {"toile": TOILE, "digest": "toile:digest"}]
STONE_CONTEXT: list[Any] = [AS2, DATA_INTEGRITY]
OFFER_CONTEXT: list[Any] = [AS2, VF_TERMS]
EVENT_CONTEXT: list[Any] = [AS2, EVENT_TERMS]
ACTOR_CONTEXT: list[Any] = [AS2, SECURITY, DID, MULTIKEY, ACTOR_TERMS]

DELIVER_SERVICE, TRANSFER = "deliverService", "transfer"
HOUR, ONE = "hour", "one"

CURRENCIES = {
    "EUR": "https://www.wikidata.org/wiki/Q4916",
    "CHF": "https://www.wikidata.org/wiki/Q25344",
    "GBP": "https://www.wikidata.org/wiki/Q25224",
    "USD": "https://www.wikidata.org/wiki/Q4917",
}
CURRENCY_OF = {uri: code for code, uri in CURRENCIES.items()} | {
    uri.replace("/wiki/", "/entity/").replace("https:", "http:"): code for code, uri in CURRENCIES.items()
}

# Of the heads of registers, which travel between Toile nodes only; part of the signed bytes, and never change.
HEAD_TERMS: dict[str, Any] = {
    "toile": TOILE,
    "RegisterHead": "toile:RegisterHead",
    "collective": {"@id": "toile:collective", "@type": "@id"},
    "node": "toile:node",
    "n": "toile:n",
    "head": "toile:head",
    "at": "toile:at",
    "since": "toile:since",
    "sinceHead": "toile:sinceHead",
    "entryDigests": {"@id": "toile:entryDigests", "@container": "@list"},
}
HEAD_CONTEXT: list[Any] = [AS2, DATA_INTEGRITY, HEAD_TERMS]
