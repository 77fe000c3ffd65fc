"""People who are not there: what the simulated members of an exercise do next, from what the machine allows them.

Pure and repeatable: the same seed, the same room, the same acts. They behave as a circle that is used to consent: one
asks a question, one has a reserve, one objects for a reason and is content once the text takes it up. They answer by
themselves; what moves the decision on waits until a person presses on, so that there is time to read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from governance.rules.assemblies import Room, RoomStage
from governance.rules.charter import ConsentTerms
from governance.rules.consent import legal_steps
from governance.rules.guards import subjects
from governance.rules.session import Session, Stage, Step

__all__ = ["FIRST_ID", "PROPOSAL", "Cast", "answers_next", "embodied", "is_simulated", "moves_next", "written"]

FIRST_ID = 2**40  # numbers of simulated people begin here: no row has them, and they fit a 53-bit whole number
NAMES = ("Inès", "Malo", "Soraya", "Tiago", "Wanda", "Yaël", "Zoé", "Oscar")
PROPOSAL = {
    "title": "Partager un vélo-cargo",
    "driver": "Nous livrons souvent du matériel en voiture pour quelques kilomètres, et cela nous coûte cher.",
    "text": "Nous achetons ensemble un vélo-cargo d’occasion. Il est rangé au local et se réserve sur un calendrier.",
    "criteria": "Nombre de trajets en voiture évités ; frais d’entretien de l’année.",
}
QUESTIONS = ("Combien de personnes pourraient s’en servir chaque semaine ?", "Qui paierait une réparation ?")
REPLY = "Au moins quatre personnes d’après notre sondage, et la caisse commune paierait l’entretien."
REACTIONS = (
    "L’idée me plaît, elle répond à un vrai besoin.",
    "Je suis curieux d’essayer, avec un peu de prudence sur le budget.",
    "Cela m’aiderait tout de suite.",
    "Je n’en aurai guère l’usage, mais je comprends l’intérêt.",
)
RESERVE = "Je crains que l’entretien repose toujours sur les mêmes personnes."
OBJECTION = {
    "choice": "objection",
    "text": "Le local est fermé le dimanche : le vélo serait bloqué dedans ce jour-là.",
    "consequence": "Les livraisons du marché, qui sont le dimanche, resteraient en voiture.",
    "ground": "effectiveness",
}
LIFTED = (
    "Nous achetons ensemble un vélo-cargo d’occasion. Il est rangé dans l’abri de la cour, ouvert tous les jours, et "
    "se réserve sur un calendrier."
)
ANSWER_TO_OTHERS = "Nous faisons l’essai pendant trois mois, puis nous revenons sur le point qui fait objection."


@dataclass(frozen=True)
class Cast:
    """Who plays what: the simulated people, by number, and the seed of their characters."""

    people: Mapping[int, str]
    seed: str
    proposer: int
    facilitator: int

    def place(self, person: int) -> int:
        """Return the character of a simulated person: 0 asks and objects, 1 has a reserve, the others consent.

        Drawn from the seed among those who neither carry the text nor facilitate.
        """
        free = [each for each in sorted(self.people) if each not in {self.proposer, self.facilitator}]
        drawn = sorted(free, key=lambda each: hashlib.sha256(f"{self.seed}:{each}".encode()).digest())
        return drawn.index(person) if person in drawn else len(drawn)

    def pick(self, person: int, words: tuple[str, ...]) -> str:
        """Return one of several phrases, always the same for a person."""
        return words[int(hashlib.sha256(f"{self.seed}:{person}:{words[0]}".encode()).hexdigest(), 16) % len(words)]


def is_simulated(person: int | None) -> bool:
    """Return whether a number is of somebody who is not there."""
    return person is not None and person >= FIRST_ID


def written(step: Step) -> dict[str, object]:
    """Return the payload as its row keeps it: who is simulated has no row, so the number goes in here."""
    return {**step.payload, "as": step.actor} if is_simulated(step.actor) else dict(step.payload)


def embodied(step: Step) -> Step:
    """Return a step read from a row with its simulated author back in place."""
    if step.actor is not None or not is_simulated(step.payload.get("as")):  # type: ignore[arg-type]
        return step
    payload = {name: value for name, value in step.payload.items() if name != "as"}
    return replace(step, actor=step.payload["as"], payload=payload)  # type: ignore[arg-type]


def answers_next(cast: Cast, room: Room, state: Session | None, at: datetime, terms: ConsentTerms) -> Step | None:
    """Return the next answer that a simulated person gives by themself; None when all have answered."""
    for person in sorted(cast.people):
        step = _room_answer(cast, room, person, at)
        if step is None and state is not None and room.stage is RoomStage.OPEN:
            step = _answer(cast, state, person, at, terms)
        if step is not None:
            return step
    return None


def _room_answer(cast: Cast, room: Room, person: int, at: datetime) -> Step | None:
    if room.stage is RoomStage.CONVENED and person not in room.present:
        return Step("check_in", person, at)
    if room.stage is RoomStage.OPEN and room.speech.speaker == person:
        return Step("end_turn", person, at)
    draft = room.stage is RoomStage.MINUTES_DRAFT and person not in room.approvals and person in room.came
    return Step("approve_minutes", person, at, {"digest": room.drafts[-1]}) if draft else None


def _answer(cast: Cast, state: Session, person: int, at: datetime, terms: ConsentTerms) -> Step | None:
    allowed = {each.kind for each in legal_steps(state, person, at, terms) if each.allowed}
    wish = _WISHES.get(state.stage, _nothing)(cast, state, person)
    return wish and Step(wish[0], person, at, wish[1]) if wish and wish[0] in allowed else None


Wish = tuple[str, dict[str, object]] | None


def _nothing(cast: Cast, state: Session, person: int) -> Wish:
    return None


def _driver(cast: Cast, state: Session, person: int) -> Wish:
    if any(each.person == person for each in state.driver):
        return None
    return "answer_driver", {"version": state.version.number, "answer": "clear"}


def _clarify(cast: Cast, state: Session, person: int) -> Wish:
    asked = [turn for turn in state.turns if turn.text]
    if person == state.proposer and len(state.replies) < len(asked):
        return "answer_question", {"text": REPLY}
    if cast.place(person) == 0 and not any(turn.person == person for turn in state.turns):
        return "take_turn", {"round": state.round, "text": cast.pick(person, QUESTIONS)}
    return "pass_turn", {"round": state.round}


def _react(cast: Cast, state: Session, person: int) -> Wish:
    return "take_turn", {"round": state.round, "text": cast.pick(person, REACTIONS)}


def _position(cast: Cast, state: Session, person: int) -> Wish:
    if person in state.sealed:
        return None
    here = {"version": state.version.number, "call": state.call}
    first = not state.revealed
    if first and cast.place(person) == 0:
        return "position", {**here, **OBJECTION}
    if first and cast.place(person) == 1:
        return "position", {**here, "choice": "concern", "text": RESERVE}
    return "position", {**here, "choice": "consent"}


def _judge(cast: Cast, state: Session, person: int) -> Wish:
    objection = state.objection(state.current)
    if objection is None or objection.author == person:
        return None
    if objection.jury:
        voted = person not in objection.jury or any(each.person == person for each in objection.jury_votes)
        why = "L’argument est clair et vérifiable."
        return None if voted else ("jury_vote", {**_now(state, "objection", "offer"), "agree": True, "reason": why})
    if any(each.person == person for each in objection.judgments):
        return None
    return "judge", {**_now(state, "objection", "wording"), "agree": True}


def _now(state: Session, *names: str) -> dict[str, object]:
    now = subjects(state)
    return {name: now[name] for name in names}


def _integrate(cast: Cast, state: Session, person: int) -> Wish:
    objection, offer = state.objection(state.current), state.amendment
    if objection is None:
        return None
    if offer is None and person == state.proposer:
        text = LIFTED if is_simulated(objection.author) else f"{state.version.text} {ANSWER_TO_OTHERS}"
        return "offer_amendment", {"version": state.version.number, "text": text}
    if offer is not None and not offer.confirmed_by and objection.author == person:
        return "confirm_resolved", _now(state, "version", "objection", "offer")
    return None


_WISHES = {
    Stage.DRIVER_CHECK: _driver,
    Stage.CLARIFY: _clarify,
    Stage.REACT: _react,
    Stage.OBJECTION_CALL: _position,
    Stage.TEST: _judge,
    Stage.REOPENED: _judge,
    Stage.INTEGRATE: _integrate,
}

_FORWARD = (
    "submit", "accept_driver", "start", "close_round", "keep", "reveal", "close_test", "accept_amendment",
    "close_decision",
)  # fmt: skip


def moves_next(cast: Cast, room: Room, state: Session | None, at: datetime, terms: ConsentTerms) -> Step | None:
    """Return what moves the exercise on and is up to a simulated person; None when it is somebody else's turn."""
    step = _meeting_move(cast, room, state, at)
    if step is not None or state is None or room.stage is not RoomStage.OPEN:
        return step
    for person in sorted(cast.people):
        allowed = {each.kind for each in legal_steps(state, person, at, terms) if each.allowed}
        kind = next((each for each in _FORWARD if each in allowed), None)
        if kind is not None:
            return Step(kind, person, at, _about(state, kind))
    return None


def _about(state: Session, kind: str) -> dict[str, object]:
    about: dict[str, tuple[str, ...]] = {
        "close_round": ("round",),
        "reveal": ("version", "call"),
        "close_test": ("objection",),
        "accept_amendment": ("version", "objection", "offer"),
        "close_decision": (),
    }
    return _now(state, *about.get(kind, ("version",)))


def _meeting_move(cast: Cast, room: Room, state: Session | None, at: datetime) -> Step | None:
    lead = room.facilitator
    if lead is None or not is_simulated(lead):
        return None
    if room.stage is RoomStage.CONVENED and lead in room.present:
        return Step("open", lead, at)
    if room.stage is RoomStage.OPEN and room.current is None:
        return Step("go_to_item", lead, at, {"item": room.items[0].id})
    if room.stage is RoomStage.OPEN and state is not None and state.stage is Stage.CLOSED:
        return Step("close", lead, at)
    return Step("draw_up_minutes", lead, at) if room.stage is RoomStage.CLOSED else None
