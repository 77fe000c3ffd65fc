"""Random orders of events for the machine of elections, and an oracle that reads only the steps that were accepted."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

from governance.errors import DomainError
from governance.rules.electing import ENDED
from governance.rules.election import TABLE, Election, ElectionStage, advance
from governance.rules.election_terms import ElectionTerms, election_terms
from governance.rules.session import Step
from governance.rules.templates import template
from tests.governance.rules.chance import ARGUMENT, SPOKEN_OF, START, draw_words, judge_words, lifted

PEOPLE, OUTSIDER, FACILITATOR, DEPUTY = (1, 2, 3, 4, 5), 9, 2, 3
ROLE = {"role": "trésorerie", "mission": "Tenir les comptes.", "criteria": "Rigueur.", "months": 12}
E = ElectionStage
LEGAL: dict[ElectionStage, list[str]] = {}
for _stage, _kind in TABLE:
    LEGAL.setdefault(_stage, []).append(_kind)
KINDS = sorted({kind for _, kind in TABLE})
EACH = frozenset({"agree_role", "cast_ballot", "say_reasons", "keep_voice", "position", "judge", "jury_vote"})
LED = frozenset(
    {"open_ballot", "open_names", "close_names", "close_voices", "propose", "declare_vacant", "reveal", "close_test"}
    | {"draw_jury", "accept_amendment", "expire", "note_silence", "set_new_date", "choose_lot", "extend", "edit_role"}
)
RARE = frozenset({"presence", "extend", "edit_role", "drop_election", "withdraw_objection", "pass_ballot"})


def terms(**changed) -> ElectionTerms:
    """The figures of the template, changed as asked."""
    text, figures = template("six_values")
    return replace(election_terms(figures, frozenset(a.id for a in text.articles)), **changed)


@dataclass
class Order:
    """One order of events: the state, the steps that the machine took, and the refusals it gave."""

    dice: random.Random
    rules: ElectionTerms
    state: Election = field(default_factory=Election)
    at: datetime = START
    steps: list[Step] = field(default_factory=list)
    refusals: Counter = field(default_factory=Counter)
    elected: int = 0

    def begin(self, *, present=PEOPLE, facilitator=FACILITATOR, deputy=DEPUTY) -> "Order":
        self.take("prepare", None, electorate=list(PEOPLE), opener=1, numbered=True, **ROLE)
        return self.take("presence", None, present=list(present), facilitator=facilitator, deputy=deputy)

    def take(self, kind: str, actor: int | None, **payload) -> "Order":
        """Take a step that must be legal."""
        self._advance(Step(kind, actor, self.at, payload, self.state.seq + 1))
        return self

    def try_(self, kind: str, actor: int | None, payload) -> bool:
        """Take a step if the machine lets it."""
        try:
            self._advance(Step(kind, actor, self.at, payload, self.state.seq + 1))
        except DomainError as refusal:
            self.refusals[refusal.code] += 1
            return False
        return True

    def _advance(self, step: Step) -> None:
        before = self.state
        after = advance(before, step, self.rules)
        assert before.stage not in ENDED, f"{before.stage} is an end"
        if step.kind in SPOKEN_OF:
            judge_words(self.steps, step, before.call, about_person(self.steps, before.nominee))
        self.steps.append(step)
        self.state = after
        if after.numbered:
            judge_numbers(self.steps, after)
        if after.stage is E.DONE:
            self.elected += 1
            judge(self.steps, after, self.rules)

    # --- the way, step by step

    def all(self, kind: str, people=PEOPLE, **payload) -> "Order":
        for person in people:
            self.take(kind, person, round=self.state.round, **payload)
        return self

    def to_ballot(self) -> "Order":
        for person in PEOPLE:
            self.take("agree_role", person, version=self.state.version, agree=True)
        return self.take("open_ballot", FACILITATOR, version=self.state.version)

    def to_propose(self, names=(4, 4, 5, 5, 4)) -> "Order":
        self.to_ballot()
        for person, named in zip(PEOPLE, names, strict=True):
            self.take("cast_ballot", person, round=self.state.round, person=named)
        self.take("open_names", FACILITATOR, round=self.state.round)
        self.all("say_reasons", text="Parce que.")
        self.take("close_names", FACILITATOR, round=self.state.round)
        self.all("keep_voice")
        return self.take("close_voices", FACILITATOR, round=self.state.round)

    def propose(self, person=4, by=FACILITATOR) -> "Order":
        return self.take("propose", by, round=self.state.round, person=person, grounds="Sa rigueur.")

    def answer(self, *objectors: int, leader=FACILITATOR) -> "Order":
        """Everybody answers the call, the person proposed last; then the reveal."""
        inner = self.state.call
        for person in sorted(PEOPLE, key=lambda each: each == self.state.nominee):
            words = {"choice": "objection", **ARGUMENT} if person in objectors else {"choice": "consent"}
            self.take("position", person, version=inner.version.number, call=inner.call, **words)
        return self.take("reveal", leader, version=inner.version.number, call=inner.call)

    def qualify(self) -> "Order":
        number = self.state.call.current
        author = self.state.call.objection(number).author
        for person in PEOPLE:
            if person != author:
                self.take("judge", person, objection=number, agree=True)
        return self.take("close_test", FACILITATOR, objection=number)

    # --- chance

    def random_event(self) -> None:
        dice = self.dice
        if dice.random() < 0.12:
            self.at += timedelta(minutes=dice.choice((1, 11, 31)))
        legal = LEGAL.get(self.state.stage) or KINDS
        kind = dice.choice(legal) if dice.random() < 0.9 else dice.choice(KINDS)
        if kind in RARE and dice.random() < 0.9:
            kind = dice.choice(legal)
        if kind == "drop_election" and dice.random() < 0.8:
            return
        if kind in EACH and dice.random() < 0.6:
            for person in dice.sample(PEOPLE, len(PEOPLE)):
                self.try_(kind, person, self.payload(kind))
        else:
            self.try_(kind, self._actor(kind), self.payload(kind))

    def _actor(self, kind: str) -> int | None:
        roll = self.dice.random()
        if kind in {"presence", "prepare"}:
            return None if roll < 0.95 else 3
        if kind in LED and roll < 0.75:
            return self.state.leader()
        if kind in {"accept_mandate", "decline_mandate"} and roll < 0.75:
            return self.state.nominee
        return self.dice.choice((*PEOPLE, OUTSIDER))

    def payload(self, kind: str) -> dict[str, object]:
        state, dice = self.state, self.dice
        if kind == "presence":
            present = list(PEOPLE) if dice.random() < 0.7 else dice.sample(PEOPLE, dice.randint(1, 5))
            led = {"facilitator": dice.choice((2, 2, 2, 3, 4, None)), "deputy": dice.choice((3, 3, 5, None))}
            return {"present": present, **led}
        inner = state.call
        role_version = kind in {"agree_role", "edit_role", "open_ballot"} or inner is None
        objection = inner.current if inner else None
        if kind in {"withdraw_objection", "confirm_objection", "confirm_resolved"} and inner and inner.objections:
            objection = dice.choice(inner.objections).id
        return {
            **(draw_words(dice, inner, objection) if inner else {}),
            "version": state.version if role_version else len(inner.versions) - (dice.random() < 0.05),
            "call": inner.call - (dice.random() < 0.05) if inner else 1,
            "round": state.round - (dice.random() < 0.06),
            "objection": objection,
            "person": dice.choice((*PEOPLE, 4, 5, OUTSIDER)),
            "choice": dice.choice(("consent",) * 14 + ("concern", "objection")),
            "agree": dice.random() < (0.95 if kind == "agree_role" else 0.7),
            "as_concern": dice.random() < 0.3,
            "reason": "Parce que.",
            "grounds": "Ses raisons.",
            "change": dice.choice(("shorter", "pair", "support")),
            "months": dice.randint(1, 13),
            "role": "trésorerie",
            "mission": "Tenir les comptes.",
            "criteria": "Rigueur.",
            "until": (self.at + timedelta(days=dice.randint(0, 3))).date().isoformat(),
            "minutes": 5,
            "seed": str(dice.random()),
            **ARGUMENT,
        }


def judge_numbers(steps: list[Step], after: Election) -> None:
    """Raise AssertionError if a call or an objection has a number that another had: what is said of one is of no
    other."""
    if steps[-1].kind == "propose":
        told = {step.payload["call"] for step in steps if step.kind == "position"}
        assert after.call.call > max(told, default=0), "what was said of others is stale"
    filed = [each.id for call in after.calls.values() for each in call.objections]
    assert len(filed) == len(set(filed)), "two objections under one number"


def judge(steps: list[Step], after: Election, rules: ElectionTerms) -> None:
    """Raise AssertionError unless this election is right, from the accepted steps alone."""
    electorate = set(steps[0].payload["electorate"])
    at = max(n for n, step in enumerate(steps) if step.kind == "propose")
    proposal, since = steps[at], steps[at:]
    elected = proposal.payload["person"]
    accepted = {step.actor for step in since if step.kind == "accept_mandate"}
    pairs = [s.payload["person"] for s in since if s.kind == "offer_change" and s.payload["change"] == "pair"]
    assert after.nominee == elected, "the last person proposed is the one elected"
    assert elected in accepted, "nobody holds a mandate that they did not accept"
    assert set(after.holders) <= accepted
    assert set(after.holders) <= electorate, "only seated members are elected"
    assert set(after.holders) <= {elected, *pairs}
    assert not any(s.kind == "decline_mandate" for s in since)
    assert proposal.actor != elected, "nobody proposes themselves"
    assert proposal.payload["grounds"], "on written grounds"
    ballots = {s.actor: s.payload.get("person") for s in steps if s.kind in {"cast_ballot", "pass_ballot"}}
    assert set(ballots) <= electorate
    assert elected in set(ballots.values()), "somebody named them"
    reveal = next(s for s in reversed(since) if s.kind == "reveal")
    room = next(s for s in reversed(steps[: steps.index(reveal)]) if s.kind == "presence").payload
    assert reveal.actor != elected, "nobody facilitates the call on themselves"
    assert reveal.actor in {room["facilitator"], room["deputy"]} & set(room["present"])
    here = electorate & set(room["present"])
    assert Fraction(len(here), len(electorate)) >= rules.consent.presence_quorum
    about = (reveal.payload["version"], reveal.payload["call"])
    told = [s for s in since if s.kind == "position" and (s.payload["version"], s.payload["call"]) == about]
    last = {s.actor: s.payload["choice"] for s in told}
    assert set(last) <= electorate
    assert "objection" not in last.values(), "nobody is elected over an objection of the last call"
    assert Fraction(len(last), len(electorate)) >= rules.consent.quorum
    for objection in after.objections:
        assert lifted(objection, about_person(steps, elected)), f"objection {objection.id} was never lifted"


def about_person(steps: list[Step], person: int) -> list[Step]:
    """The steps taken while this person was the one proposed: objections are numbered for each person."""
    found, now = [], None
    for step in steps:
        now = step.payload["person"] if step.kind == "propose" else now
        if now == person:
            found.append(step)
    return found
