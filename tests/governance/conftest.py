"""The cast of decisions: a collective with a charter, a circle of three who meet, one member outside, one stranger."""

from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from governance.actions.assemblies import act, convene
from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.actions.proposals import draft_proposal
from governance.models import Assembly, Circle, ConsentSession, Proposal
from governance.queries.rooms import load
from governance.rules.guards import subjects
from network.actions.collectives import admit_member, found_collective
from network.clock import now
from network.models import Account, Collective, Member

OBJECTION = {
    "choice": "objection",
    "text": "La salle ferme à 22 h et nous finissons plus tard.",
    "consequence": "Une partie des gens partirait avant la décision.",
    "ground": "side_effect",
}

UNSEEN = {  # what a page sends along of what it shows, unless a test says otherwise
    "judge": ("wording",),
    "jury_vote": ("offer",),
    "confirm_resolved": ("version", "offer"),
    "oppose_amendment": ("offer",),
    "accept_amendment": ("offer",),
    "relay": ("version", "round", "objection", "offer", "wording"),
}


def sent(state, kind, payload):
    """The payload as the page of this moment sends it."""
    now = subjects(state) if state and UNSEEN.get(kind) else {}
    return {name: now[name] or 0 for name in UNSEEN.get(kind, ()) if now} | payload


def sent_in_room(assembly_id, kind, payload):
    """The same of a room, whatever is decided there."""
    room = load(assembly_id) if kind in UNSEEN else None
    state = room and (room.state or (room.voting and room.voting.call))
    return sent(state, kind, payload)


def make_member(name: str, *, account: bool = True) -> Member:
    """A member of this node, with a login of the same name."""
    member = Member.objects.create(
        uri=f"http://localhost:8000/u/{name.lower()}",
        origin="http://localhost:8000",
        handle=name.lower(),
        name=name,
        local=True,
    )
    if account:
        Account.objects.create_user(username=name.lower(), password="motdepasse-1", member=member)
    return member


@dataclass
class Cast:
    """Alix proposes, Bachir facilitates, Camille objects; Dominique sits in no circle, Fanny is no member."""

    collective: Collective
    circle: Circle
    alix: Member
    bachir: Member
    camille: Member
    dominique: Member
    fanny: Member
    assembly: Assembly | None = None
    proposal: Proposal | None = None
    receipts: list = field(default_factory=list)
    decision_class: str = "ordinary"  # of the proposal on the agenda

    @property
    def three(self):
        return (self.alix, self.bachir, self.camille)

    def do(self, actor: Member, kind: str, *, key=None, **payload):
        """One act in the room, with a fresh key."""
        payload = sent_in_room(self.assembly.pk, kind, payload)
        receipt = act(assembly_id=self.assembly.pk, actor=actor, kind=kind, payload=payload, key=key or uuid4())
        self.receipts.append(receipt)
        return receipt

    def session(self) -> ConsentSession:
        return ConsentSession.objects.get(proposal=self.proposal)

    def convene(self) -> Assembly:
        """Bachir convenes the three, with a complete proposal of Alix on the agenda, and a point to discuss."""
        self.proposal = draft_proposal(
            actor=self.alix,
            circle_id=self.circle.pk,
            title="Se réunir au local",
            driver="Nos réunions en ligne laissent des membres de côté.",
            text="Nous nous réunissons au local chaque premier mardi du mois.",
            review_on="2027-06-01",
            responsible_id=self.alix.pk,
            criteria="Au moins deux tiers de présence.",
            decision_class=self.decision_class,
        )

        agenda = [("", self.proposal.pk), ("Questions diverses", None)]
        self.assembly = convene(
            actor=self.bachir,
            circle_id=self.circle.pk,
            title="Assemblée",
            starts_at=now(),
            place="Liévin",
            agenda=agenda,
        )
        return self.assembly

    def enter(self):
        """All three check in; Bachir opens and comes to the proposal."""
        self.convene()
        for member in self.three:
            self.do(member, "check_in")
        self.do(self.bachir, "open")
        self.do(self.bachir, "go_to_item", item=1)

    def to_call(self, version: int = 1):
        """Everything from the submission to the opening of the call on the version that `enter` leaves."""
        self.enter()
        self.do(self.alix, "submit", version=version)
        for member in self.three:
            self.do(member, "answer_driver", version=version, answer="clear")
        self.do(self.bachir, "accept_driver", version=version)
        self.do(self.bachir, "start", version=version)
        for member in self.three:
            self.do(member, "pass_turn", round=1)
        self.do(self.bachir, "close_round", round=1)
        for member in self.three:
            self.do(member, "take_turn", round=2, text="Cela me va.")
        self.do(self.bachir, "close_round", round=2)
        self.do(self.alix, "keep", version=version)

    def answer(self, *members: Member, version: int = 1, call: int = 1):
        for member in members or self.three:
            self.do(member, "position", version=version, call=call, choice="consent")

    def to_adopted(self, version: int = 1):
        self.to_call(version)
        self.answer(version=version)
        self.do(self.bachir, "reveal", version=version, call=1)


def make_cast() -> Cast:
    collective = found_collective(name="Les Ateliers Réunis")
    people = {name: make_member(name.capitalize()) for name in ("alix", "bachir", "camille", "dominique", "fanny")}
    for name in ("alix", "bachir", "camille", "dominique"):
        admit_member(collective=collective, member=people[name])
    adopt_template(collective=collective, template="six_values")
    three = [people[name] for name in ("alix", "bachir", "camille")]
    circle = open_circle(
        actor=three[0], collective=collective, name="Cercle général", purpose="Décider ensemble.", members=three
    )
    return Cast(collective=collective, circle=circle, **people)


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def lasting_cast(transactional_db) -> Cast:
    """The same cast, committed, for threads and processes."""
    return make_cast()
