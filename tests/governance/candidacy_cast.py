"""A candidacy lived through by the cast: Fanny asks, Alix and Bachir sponsor, Camille and Dominique look on."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from governance.actions.assemblies import act, convene
from governance.actions.candidacies import act_on, express
from governance.errors import DomainError
from governance.models import Candidacy, Proposal
from governance.queries.candidacy_states import state_of
from governance.queries.states import charter_of
from network import clock
from network.models import Membership
from tests.governance.conftest import sent_in_room

OBJECTION = {
    "choice": "objection",
    "text": "Les retours ne sont pas partagés.",
    "consequence": "Nous apprendrions moins.",
    "ground": "side_effect",
    "article": "partage",
    "fact": "Le 3 mars, la documentation promise n’a pas été publiée.",
    "nature": "values",
}


class Clock:
    """The test's clock: real time, moved by whole days."""

    def __init__(self, monkeypatch):
        self.ahead, real = timedelta(), clock._offset
        monkeypatch.setattr(clock, "_offset", lambda: real() + self.ahead.total_seconds())

    def days(self, count):
        self.ahead += timedelta(days=count)


def answers(row_or_charter, said="Le 2 février, un atelier ouvert à tout le monde."):
    charter = getattr(row_or_charter, "charter", row_or_charter)
    return {article["id"]: {"fact": said} for article in charter.document["articles"]}


def marks(charter, mark="manifest", fact="Vu en atelier."):
    said = {"mark": mark} | ({} if mark == "not_seen" else {"fact": fact, "on": "2026-01-02"})
    return {article["id"]: dict(said) for article in charter.document["articles"]}


class Candidate:
    """One candidacy, driven through the same door as pages and programs."""

    def __init__(self, cast, time):
        self.cast, self.time = cast, time
        Membership.objects.filter(collective=cast.collective).update(since=clock.now() - timedelta(days=400))
        self.charter = charter_of(cast.collective)
        self.room = None

    @property
    def row(self):
        return Candidacy.objects.select_related("collective", "person", "circle", "charter").get(pk=self.pk)

    @property
    def state(self):
        return state_of(self.row)

    def do(self, actor, kind, *, key=None, **payload):
        return act_on(candidacy_id=self.pk, actor=actor, kind=kind, payload=payload, key=key or uuid4())

    def expressed(self, person=None):
        row = express(
            actor=person or self.cast.fanny, collective_id=self.cast.collective.pk, signed=self.charter.digest,
            answers=answers(self.charter), organisation="Éclats", key=uuid4(),
        )  # fmt: skip
        self.pk = row.pk
        return self

    def sponsored(self, person=None):
        self.expressed(person)
        for sponsor in (self.cast.alix, self.cast.bachir):
            self.do(person or self.cast.fanny, "ask_sponsor", person=sponsor.pk)
            self.do(sponsor, "confirm_sponsor", organisation=f"Atelier {sponsor.name}")
        return self

    def announced(self, person=None):
        self.sponsored(person).do(self.cast.alix, "announce")
        return self

    def evaluated(self, person=None):
        self.announced(person)
        for member in (self.cast.alix, self.cast.bachir, self.cast.camille):
            self.do(member, "evaluate", marks=marks(self.charter))
        self.do(self.cast.alix, "close_evaluation")
        return self

    def meet(self, title="Assemblée", agenda=(("Divers", None),)):
        """Bachir convenes and opens a meeting of the first circle, to which the four come."""
        if self.room:
            with suppress(DomainError):  # still there, if time has not moved
                self.acts(self.cast.bachir, "check_in")
            self.acts(self.cast.bachir, "close")
        circle = self.row.circle_id
        assembly = convene(
            actor=self.cast.bachir, circle_id=circle, title=title, starts_at=clock.now(), agenda=list(agenda)
        )
        self.room = assembly
        for member in self.cast.three:
            self.acts(member, "check_in")
        self.acts(self.cast.bachir, "open")
        return assembly

    def acts(self, actor, kind, **payload):
        payload = sent_in_room(self.room.pk, kind, payload)
        return act(assembly_id=self.room.pk, actor=actor, kind=kind, payload=payload, key=uuid4())

    def heard(self, person=None):
        self.evaluated(person).do(self.cast.alix, "synthesise", text="Les valeurs sont vécues.")
        self.do(self.cast.camille, "hear", assembly=self.meet("Première rencontre").pk, present="yes")
        return self

    def on_the_table(self, *, opener=None):
        """Open the decision, and bring it to the call in a second meeting."""
        self.do(opener or self.cast.alix, "open_decision")
        self.time.days(8)
        return self.call()

    def call(self, version=1):
        proposal = Proposal.objects.get(pk=self.state.proposal)
        self.meet("Seconde rencontre", [("", proposal.pk)])
        self.acts(self.cast.bachir, "go_to_item", item=1)
        return self.to_call(version)

    def to_call(self, version=1):
        proposer, cast = self.cast.alix, self.cast
        self.acts(proposer, "submit", version=version)
        for member in cast.three:
            self.acts(member, "answer_driver", version=version, answer="clear")
        self.acts(cast.bachir, "accept_driver", version=version)
        self.acts(cast.bachir, "start", version=version)
        number = self.session_state().round
        for member in cast.three:
            self.acts(member, "pass_turn", round=number)
        self.acts(cast.bachir, "close_round", round=number)
        for member in cast.three:
            self.acts(member, "take_turn", round=number + 1, text="Cela me va.")
        self.acts(cast.bachir, "close_round", round=number + 1)
        self.acts(proposer, "keep", version=version)
        return self

    def taken_up_again(self):
        """Adjourned, the candidate answers; at another meeting Camille stands by her objection, and it is taken up."""
        cast = self.cast
        self.do(cast.fanny, "answer_conditions", text="Voilà.")
        self.time.days(2)
        self.meet("Encore", [("", self.state.proposal)])
        self.acts(cast.bachir, "go_to_item", item=1)
        self.acts(cast.bachir, "resume", version=1)
        self.to_call()
        self.acts(cast.camille, "confirm_objection", objection=1)
        self.answer()
        self.reveal()
        for member in (cast.alix, cast.bachir):
            self.acts(member, "judge", objection=1, agree="yes")
        self.acts(cast.bachir, "close_test", objection=1)

    def session_state(self):
        from governance.models import ConsentSession
        from governance.queries.states import session_state

        return session_state(ConsentSession.objects.get(proposal_id=self.state.proposal))

    def answer(self, *members, **position):
        consent = self.session_state()
        given = position or {"choice": "consent"}
        for member in members or self.cast.three:
            self.acts(member, "position", version=consent.version.number, call=consent.call, **given)

    def reveal(self):
        consent = self.session_state()
        self.acts(self.cast.bachir, "reveal", version=consent.version.number, call=consent.call)

    def on_probation(self, person=None):
        self.heard(person).on_the_table().answer()
        self.reveal()
        return self
