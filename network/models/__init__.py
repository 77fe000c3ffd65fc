from network.models.collectives import Collective, Membership, MembershipState
from network.models.freshness import Departure, Reminder, Source
from network.models.members import Account, Invitation, Kind, Member, NodeProfile, Opening, Skill
from network.models.moderation import ActWords, Complaint, Hidden, ModerationAct, RecordVote, Report, Verb
from network.models.offers import Area, Offer, OfferState, OfferTerm, Price, Purpose, Quote, QuoteState, Visibility
from network.models.places import Alias, Gazetteer, Locality, Postcode
from network.models.trust import Tombstone, Vouch, WebVersion

__all__ = [
    "Account",
    "ActWords",
    "Alias",
    "Area",
    "Collective",
    "Complaint",
    "Departure",
    "Gazetteer",
    "Hidden",
    "Invitation",
    "Kind",
    "Locality",
    "Member",
    "Membership",
    "MembershipState",
    "ModerationAct",
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
    "RecordVote",
    "Reminder",
    "Report",
    "Skill",
    "Source",
    "Tombstone",
    "Verb",
    "Visibility",
    "Vouch",
    "WebVersion",
]
