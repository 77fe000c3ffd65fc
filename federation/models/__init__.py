from federation.models.documents import IntentContext, ProposalContext, QuantityContext
from federation.models.nodes import Follow, FollowState, LocalKey, Node, RemoteActor, RemoteKey, Standing
from federation.models.traffic import (
    Activity,
    Announced,
    Delivery,
    DeliveryState,
    Envelope,
    Outcome,
    Rendered,
    Replay,
    TombstoneSeen,
)

__all__ = [
    "Activity",
    "Announced",
    "Delivery",
    "DeliveryState",
    "Envelope",
    "Follow",
    "FollowState",
    "IntentContext",
    "LocalKey",
    "Node",
    "Outcome",
    "ProposalContext",
    "QuantityContext",
    "RemoteActor",
    "RemoteKey",
    "Rendered",
    "Replay",
    "Standing",
    "TombstoneSeen",
]
