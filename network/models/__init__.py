from network.models.collectives import Collective, Membership, MembershipState
from network.models.members import Account, Invitation, Kind, Member, NodeProfile, Opening, Skill
from network.models.offers import Area, Offer, OfferState, OfferTerm, Price, Purpose, Quote, QuoteState, Visibility
from network.models.places import Alias, Gazetteer, Locality, Postcode
from network.models.skills import SkillMerge
from network.models.trust import Tombstone, Vouch, WebVersion

__all__ = [
    "Account",
    "Alias",
    "Area",
    "Collective",
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
    "Skill",
    "SkillMerge",
    "Tombstone",
    "Visibility",
    "Vouch",
    "WebVersion",
]
