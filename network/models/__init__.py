from network.models.collectives import Collective, Membership, MembershipState
from network.models.events import Event, EventDate, EventKind, EventPrice, EventReaders, EventState, RhythmKind
from network.models.members import Account, Invitation, Kind, Member, NodeProfile, Opening, Skill
from network.models.offers import Area, Offer, OfferState, OfferTerm, Price, Purpose, Quote, QuoteState, Visibility
from network.models.places import Alias, Gazetteer, Locality, Postcode
from network.models.trust import Tombstone, Vouch, WebVersion

__all__ = [
    "Account",
    "Alias",
    "Area",
    "Collective",
    "Event",
    "EventDate",
    "EventKind",
    "EventPrice",
    "EventReaders",
    "EventState",
    "Gazetteer",
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
    "RhythmKind",
    "Skill",
    "Tombstone",
    "Visibility",
    "Vouch",
    "WebVersion",
]
