"""Random orders of events for the machine of consent, and an oracle that keeps its own books.

The oracle knows nothing of the machine's handlers: it reads the steps that were accepted and says whether an adoption
was right.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from governance.errors import DomainError
from governance.rules.charter import ConsentTerms, consent_terms
from governance.rules.clock import due_step
from governance.rules.consent import TABLE, Session, Stage, Step, advance
from governance.rules.guards import subjects
from governance.rules.session import FINAL
from governance.rules.templates import template

START = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
ELECTORATE, OUTSIDER, PROPOSER, FACILITATOR = (1, 2, 3, 4, 5), 9, 1, 2
FOLLOW_UP = {"review_on": "2027-06-01", "responsible": 1, "criteria": "Deux tiers de présence."}
KINDS = sorted({kind for _, kind in TABLE})
ARGUMENT = {"text": "La salle ferme.", "consequence": "On partirait avant la fin.", "ground": "side_effect"}


def terms(**changed) -> ConsentTerms:
    """The figures of the template for an ordinary decision, changed as asked."""
    text, figures = template("six_values")
    return replace(consent_terms(figures, "ordinary", frozenset(a.id for a in text.articles)), **changed)


def by_stage() -> dict[Stage, list[str]]:
    found: dict[Stage, list[str]] = {}
    for stage, kind in TABLE:
        found.setdefault(stage, []).append(kind)
    return found


LEGAL = by_stage()


@dataclass
class Order:
    """One order of events: the state, the steps that the machine took, and the refusals it gave."""

    dice: random.Random
    rules: ConsentTerms
    state: Session = field(default_factory=Session)
    at: datetime = START
    steps: list[Step] = field(default_factory=list)
    refusals: Counter = field(default_factory=Counter)
    adoptions: int = 0

    def begin(self, *, present=ELECTORATE, facilitator=FACILITATOR, electorate=ELECTORATE) -> "Order":
        text = {"title": "Local", "text": "On se réunit au local.", "driver": "On se voit trop peu.", **FOLLOW_UP}
        rest = {"electorate": list(electorate), "proposer": PROPOSER, "decision_class": "ordinary"}
        self.take("prepare", None, **text, **rest)
        return self.take("presence", None, present=list(present), facilitator=facilitator)

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
        if step.kind in SPOKEN_OF:
            judge_words(self.steps, step, before)
        self.steps.append(step)
        self.state = after
        if after.stage is Stage.ADOPTED and before.stage is not Stage.ADOPTED:
            self.adoptions += 1
            judge_adoption(self.steps, step, before, after, self.rules)
        if before.stage in FINAL:
            raise AssertionError(f"{before.stage} is final")

    def all(self, kind: str, people=ELECTORATE, **payload) -> "Order":
        for person in people:
            self.take(kind, person, **payload)
        return self

    def to_call(self) -> "Order":
        """Everything up to the call on version 1."""
        self.take("submit", PROPOSER, version=1).all("answer_driver", version=1, answer="clear")
        self.take("accept_driver", FACILITATOR, version=1).take("start", FACILITATOR, version=1)
        self.all("pass_turn", round=1).take("close_round", FACILITATOR, round=1)
        self.all("take_turn", round=2, text="Bien.").take("close_round", FACILITATOR, round=2)
        return self.take("keep", PROPOSER, version=1)

    def object(self, *objectors: int, call: int = 1, version: int = 1) -> "Order":
        """Everybody answers the call, some of them with an objection; then the reveal."""
        for person in ELECTORATE:
            words = {"choice": "objection", **ARGUMENT} if person in objectors else {"choice": "consent"}
            self.take("position", person, version=version, call=call, **words)
        return self.take("reveal", FACILITATOR, version=version, call=call)

    def qualify(self) -> "Order":
        """Nobody disagrees that the current objection qualifies."""
        number = self.state.current
        author = self.state.objection(number).author
        self.all("judge", [p for p in ELECTORATE if p != author], objection=number, agree=True)
        return self.take("close_test", FACILITATOR, objection=number)

    def in_writing(self, facilitator=FACILITATOR) -> "Order":
        """Go on in writing."""
        return self.take("go_written", 3, present=list(ELECTORATE), facilitator=facilitator)

    def clock(self, *, hours: int = 0, mails=()) -> "Order":
        """Let time pass, hour by hour, and take what falls due; each reminder leaves by mail for some."""
        for _ in range(hours):
            self.at += timedelta(hours=1)
            self.due(mails)
        return self.due(mails)

    def due(self, mails=()) -> "Order":
        """Take everything that is due now; the clock must never meet a refusal."""
        while step := due_step(self.state, self.at, self.rules):
            seed = {"seed": str(self.dice.random())} if step.kind == "draw_jury" else {}
            self._advance(replace(step, payload={**step.payload, **seed}))
            if step.kind == "remind":
                for person in set(mails) & set(step.payload["persons"]):
                    number, window = len(self.state.reminders), self.state.window
                    self.take("mailed", None, person=person, number=number, window=window)
        return self

    def random_event(self) -> None:
        """Some event, more often than not one that the stage knows, now and then after time has passed."""
        dice = self.dice
        if dice.random() < (0.3 if self.state.written else 0.12):
            self.at += timedelta(minutes=dice.choice((16, 31, 1500, 3000) if self.state.written else (1, 16, 31)))
        if dice.random() < (0.35 if self.state.written else 0.04):
            self.due(dice.sample(ELECTORATE, 4))
            return
        kinds = LEGAL.get(self.state.stage) or KINDS
        kind = dice.choice(kinds) if dice.random() < 0.9 else dice.choice(KINDS)
        if kind in RARE and dice.random() < 0.9:
            kind = dice.choice(kinds)
        if kind == "withdraw" and dice.random() < 0.8:
            return
        if kind in EACH and dice.random() < 0.6:
            for person in dice.sample(ELECTORATE, len(ELECTORATE)):
                self.try_(kind, person, self._payload(kind))
        else:
            self.try_(kind, self._actor(kind), self._payload(kind))

    def _actor(self, kind: str) -> int | None:
        roll = self.dice.random()
        if kind in CLOCKS:
            return None if roll < 0.95 else 3
        if kind in _LED and roll < 0.75:
            return self.state.facilitator
        if kind in {"submit", "keep", "amend", "withdraw", "edit_draft"} and roll < 0.75:
            return PROPOSER
        return self.dice.choice((*ELECTORATE, OUTSIDER))

    def _payload(self, kind: str) -> dict[str, object]:
        state, dice = self.state, self.dice
        if kind == "presence":
            present = list(ELECTORATE) if dice.random() < 0.7 else dice.sample(ELECTORATE, dice.randint(1, 5))
            return {"present": present, "facilitator": dice.choice((2, 2, 2, 3, PROPOSER, None))}
        stale = dice.random() < 0.06
        number = len(state.versions) - (1 if stale else 0)
        objection = state.current
        if kind in {"withdraw_objection", "confirm_objection", "confirm_resolved"} and state.objections:
            objection = dice.choice(state.objections).id
        return {
            **draw_words(dice, state, objection),
            "version": number,
            "call": state.call - (1 if dice.random() < 0.05 else 0),
            "round": state.round,
            "objection": objection,
            "choice": dice.choice(CHOICES),
            "answer": dice.choice(("clear", "clear", "clear", "unclear", "not_ours")),
            "agree": dice.random() < 0.7,
            "as_concern": dice.random() < 0.3,
            "reason": "Parce que.",
            "addressee": "le cercle voisin",
            "fact": "La salle est vendue.",
            "exit": dice.choice(("alternative", "trial", "sleep", "defer", "delegate", "refer", "fallback")),
            "until": (self.at + timedelta(days=dice.randint(0, 3))).date().isoformat(),
            "ends_on": "2027-01-01",
            "persons": [3, 4],
            "minutes": 5,
            "seed": str(dice.random()),
            "present": list(ELECTORATE),
            "facilitator": dice.choice((2, 2, 2, 3, PROPOSER)),
            "person": dice.choice((3, OUTSIDER)),
            "window": state.window - (1 if stale else 0),
            "number": dice.choice((1, 2)),
            "days": 2,
            **ARGUMENT,
            **FOLLOW_UP,
        }


CHOICES = ("consent",) * 14 + ("concern", "objection")
RARE = frozenset(
    {
        "withdraw",
        "presence",
        "extend",
        "reopen",
        "withdraw_objection",
        "confirm_objection",
        "confirm_resolved",
        "review",
        "file_concern",
        "extend_window",
        "offer_facilitation",
        "take_facilitation",
        "go_live",
        "clause_ends",
    }
)
CLOCKS = frozenset({"presence", "review", "prepare", "go_live", "remind", "mailed", "prolong", "clause_ends"})
EACH = frozenset({"position", "judge", "jury_vote", "take_turn", "pass_turn", "answer_driver"})
_LED = frozenset(
    {
        "accept_driver",
        "send_back",
        "refer",
        "start",
        "close_round",
        "reveal",
        "close_test",
        "draw_jury",
        "accept_amendment",
        "choose_exit",
        "expire",
        "close_decision",
        "extend",
        "extend_window",
        "offer_facilitation",
    }
)


@dataclass(frozen=True)
class Around:
    """Who was there and who led, as the accepted steps tell it; the clock may lead in writing."""

    present: frozenset[int]
    facilitator: int | None
    written: bool

    @classmethod
    def told_by(cls, steps) -> "Around":
        found = cls(frozenset(), None, False)
        for step in steps:
            if step.kind == "presence":
                found = replace(
                    found, present=frozenset(step.payload["present"]), facilitator=step.payload["facilitator"]
                )
            elif step.kind == "go_written":
                found = cls(frozenset(step.payload["present"]), step.payload["facilitator"], True)
            elif step.kind == "go_live":
                found = cls(frozenset(), None, False)
            elif step.kind == "take_facilitation":
                found = replace(found, facilitator=step.actor)
        return found


SPOKEN_OF = {  # what an act must say that it speaks of, besides the objection
    "judge": ("wording",),
    "jury_vote": ("offer",),
    "confirm_resolved": ("version", "offer"),
    "oppose_amendment": ("version", "offer"),
    "accept_amendment": ("version", "offer"),
}


def draw_words(dice: random.Random, state: Session, objection: int | None) -> dict[str, object]:
    """What an act says that it speaks of: now and then an older offer, or an older wording of the objection."""
    now = subjects(state)
    offer = now["offer"] if objection == state.current else 0
    return {
        "offer": dice.randint(0, state.offers) if dice.random() < 0.1 else offer,
        "wording": 1 - now["wording"] if dice.random() < 0.05 else now["wording"],
    }


def judge_words(steps, last: Step, before: Session, about=None) -> None:
    """Raise AssertionError if what was said of one text, one offer or one wording counted for another.

    `about`: the steps among which objections are numbered, if not all.
    """
    told, about = last.payload, steps if about is None else about
    refined = [step for step in about if step.kind == "refine" and step.payload["objection"] == told.get("objection")]
    offers = sum(step.kind in {"offer_amendment", "offer_change"} for step in steps)
    apart = last.kind == "confirm_resolved" and told["objection"] != before.current
    now = {
        "version": len(before.versions),
        "wording": len(refined),
        "offer": offers if before.stage is Stage.INTEGRATE and not apart else 0,
    }
    for name in SPOKEN_OF[last.kind]:
        assert told.get(name, now[name]) == now[name], f"{last.kind} of another {name}"


def judge_adoption(steps, last: Step, before: Session, after: Session, rules: ConsentTerms) -> None:
    """Raise AssertionError unless this adoption is right, from the accepted steps alone."""
    electorate, proposer = set(steps[0].payload["electorate"]), steps[0].payload["proposer"]
    around = Around.told_by(steps)
    assert last.kind == "reveal"
    if not (around.written and last.actor is None):
        assert last.actor == around.facilitator, "only who facilitates reveals"
        assert last.actor in around.present
    assert last.actor != proposer, "nobody facilitates their own proposal"
    here = electorate & around.present
    assert Fraction(len(here), len(electorate)) >= rules.presence_quorum
    version, call = last.payload["version"], last.payload["call"]
    assert version == len(after.versions), "the text adopted is the last one"
    positions = last_positions(steps, version, call)
    assert set(positions) <= electorate
    assert all(position.payload["choice"] != "objection" for position in positions.values())
    silent = {each.person for each in after.revealed[-1].positions if each.choice == "silent_consent"}
    judge_silence(steps, silent, positions, before, rules, around)
    counted = len(positions) + (len(silent) if silent and rules.written.silence_counts else 0)
    assert Fraction(counted, len(electorate)) >= rules.quorum
    if not here <= set(positions):
        assert last.at >= before.ends_at, "all have answered, or the time is over"
    for objection in after.objections:
        assert lifted(objection, steps), f"objection {objection.id} was never lifted"


def judge_silence(steps, silent, positions, before: Session, rules: ConsentTerms, around: Around) -> None:
    """Silence is consent only in writing, if the charter says so, after two reminders that really left."""
    if around.written and not before.called <= set(positions) | (before.called - around.present):
        assert len(before.reminders) >= 2, "no window closes on the silent without its reminders"
    if not silent:
        return
    assert around.written
    assert rules.written.silence == "consent"
    assert not silent & set(positions)
    assert silent <= around.present
    for person in silent:
        left = {s.payload["number"] for s in steps if s.kind == "mailed" and s.payload["person"] == person
                and s.payload["window"] == before.window and s.at < before.ends_at}  # fmt: skip
        assert len(left) >= 2, f"{person} was not reminded twice"


def last_positions(steps, version: int, call: int) -> dict[int, Step]:
    """The last position of each person in that call, since the call was last opened."""
    found: dict[int, Step] = {}
    for step in steps:
        if step.kind == "position" and (step.payload["version"], step.payload["call"]) == (version, call):
            found[step.actor] = step
    return found


def lifted(objection, steps) -> bool:
    """Whether the steps hold what lifts an objection: its author's word, or the majority of a jury."""
    mine = [step for step in steps if step.payload.get("objection") == objection.id]
    words = {step.kind for step in mine if step.actor == objection.author}
    if "withdraw_objection" in words or "confirm_resolved" in words:
        return True
    votes = {step.actor: step.payload["agree"] for step in mine if step.kind == "jury_vote"}
    votes.pop(objection.author, None)
    return len(votes) >= 2
