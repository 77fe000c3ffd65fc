"""An election without candidate in a room, act by act, for the tests of elections."""

from uuid import uuid4

from governance.actions.assemblies import act, convene
from governance.actions.elections import call_election
from governance.models import Election
from governance.queries.election_states import election_state
from network.clock import now
from tests.governance.conftest import sent_in_room

ROLE = {
    "role": "trésorerie",
    "mission": "Tenir les comptes et les montrer.",
    "criteria": "Rigueur, pédagogie.",
    "months": 12,
}


class Voting:
    """Bachir facilitates, Camille deputises; Alix and Bachir name Camille, Camille names Alix."""

    def __init__(self, cast):
        self.cast = cast
        self.receipts = []
        self.election = call_election(actor=cast.alix, circle_id=cast.circle.pk, **ROLE)

    def state(self):
        return election_state(Election.objects.select_related("circle__collective", "charter").get(pk=self.election.pk))

    def do(self, actor, kind, *, key=None, **payload):
        payload = sent_in_room(self.cast.assembly.pk, kind, payload)
        receipt = act(assembly_id=self.cast.assembly.pk, actor=actor, kind=kind, payload=payload, key=key or uuid4())
        self.receipts.append(receipt)
        return receipt

    def at(self, actor, kind, **payload):
        """An act of the present round."""
        return self.do(actor, kind, round=self.state().round, **payload)

    def enter(self):
        cast = self.cast
        cast.assembly = convene(
            actor=cast.bachir,
            circle_id=cast.circle.pk,
            title="Assemblée",
            starts_at=now(),
            agenda=[("Nouvelles", None)],
            elections=[self.election.pk],
        )
        for member in cast.three:
            self.do(member, "check_in")
        self.do(cast.bachir, "name_deputy", person=cast.camille.pk)
        self.do(cast.bachir, "open")
        self.do(cast.bachir, "go_to_item", item=2)
        return self

    def to_ballot(self):
        self.enter()
        for member in self.cast.three:
            self.do(member, "agree_role", version=1, agree="yes")
        self.do(self.cast.bachir, "open_ballot", version=1)
        return self

    def cast_ballots(self):
        cast = self.cast
        for member, named in ((cast.alix, cast.camille), (cast.bachir, cast.camille), (cast.camille, cast.alix)):
            self.at(member, "cast_ballot", person=named.pk)
        return self

    def to_propose(self):
        cast = self.cast
        self.to_ballot().cast_ballots()
        self.at(cast.bachir, "open_names")
        for member in cast.three:
            self.at(member, "say_reasons", text="Parce que les comptes lui parlent.")
        self.at(cast.bachir, "close_names")
        for member in cast.three:
            self.at(member, "keep_voice")
        self.at(cast.bachir, "close_voices")
        return self

    def to_call(self):
        self.to_propose()
        self.at(self.cast.bachir, "propose", person=self.cast.camille.pk, grounds="Rigueur dite par deux voix.")
        return self

    def to_answer(self):
        cast = self.cast
        self.to_call()
        for member in (cast.alix, cast.bachir, cast.camille):
            self.do(member, "position", version=1, call=1, choice="consent")
        self.do(cast.bachir, "reveal", version=1, call=1)
        return self
