from network.models.collectives import Collective, Membership, MembershipState
from network.models.imports import (
    Claim,
    ClaimState,
    ImportedChange,
    ImportRun,
    ImportScope,
    ImportState,
    RecordState,
    SourceFile,
    SourceRecord,
)
from network.models.members import Account, Invitation, Kind, Member, NodeProfile, Opening, Skill
from network.models.offers import Area, Offer, OfferState, OfferTerm, Price, Purpose, Quote, QuoteState, Visibility
from network.models.places import Alias, Gazetteer, Locality, Postcode
from network.models.trust import Tombstone, Vouch, WebVersion

__all__ = [
    "Account",
    "Alias",
    "Area",
    "Claim",
    "ClaimState",
    "Collective",
    "Gazetteer",
    "ImportRun",
    "ImportScope",
    "ImportState",
    "ImportedChange",
    "Invitation",
    "Kind",
    "Locality",
    "Member",
    "Membership",
    "MembershipState",
    "NodeProfile",
    "Offer",
    "OfferState",
    "OfferTerm",
    "Opening",
    "Postcode",
    "Price",
    "Purpose",
    "Quote",
    "QuoteState",
    "RecordState",
    "Skill",
    "SourceFile",
    "SourceRecord",
    "Tombstone",
    "Visibility",
    "Vouch",
    "WebVersion",
]
