"""Who may take a step of co-optation, and small questions that its stages share. Each raises, or says nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime

from governance.errors import IllegalStep, Invalid, NotEntitled
from governance.rules.candidacy import Candidacy, Stage
from governance.rules.cooptation_terms import CooptationTerms
from governance.rules.session import Step, evolve

Who = Callable[[Candidacy, int | None], None]
Apply = Callable[[Candidacy, Step, CooptationTerms], Candidacy]


def clock(state: Candidacy, actor: int | None) -> None:
    """Only the house itself: a deadline, or what a decision said."""
    if actor is not None:
        raise NotEntitled("only_the_clock")


def candidate(state: Candidacy, actor: int | None) -> None:
    """The person concerned."""
    if actor is None or actor != state.person:
        raise NotEntitled("not_candidate")


def not_candidate(state: Candidacy, actor: int | None) -> None:
    """Anybody but the person concerned."""
    if actor is None or actor == state.person:
        raise NotEntitled("own_candidacy")


def asked(state: Candidacy, actor: int | None) -> None:
    """One of those whom the candidate asked to sponsor."""
    not_candidate(state, actor)
    if actor not in state.asked:
        raise NotEntitled("not_asked")


def sponsor(state: Candidacy, actor: int | None) -> None:
    """One of the sponsors."""
    if state.sponsor(actor) is None:
        raise NotEntitled("not_sponsor")


def elector(state: Candidacy, actor: int | None) -> None:
    """One of the electorate frozen at the opening (R10); never the person concerned."""
    not_candidate(state, actor)
    if actor not in state.electorate:
        raise NotEntitled("not_elector")


def witness(state: Candidacy, actor: int | None) -> None:
    """One of the electorate who neither carries the candidacy nor proposed the exclusion."""
    elector(state, actor)
    if state.sponsor(actor) is not None or actor == state.proposer:
        raise NotEntitled("witness_needed")


def juror(state: Candidacy, actor: int | None) -> None:
    """One of those drawn by lot for the appeal."""
    if actor is None or actor not in state.panel:
        raise NotEntitled("not_in_panel")


def text(step: Step, name: str) -> str:
    """Return a text of the payload; raises Invalid `field_missing` if it is empty."""
    value = str(step.payload.get(name) or "").strip()
    if not value:
        raise Invalid("field_missing", field=name)
    return value


def whole(step: Step, name: str) -> int:
    """Return a whole number of the payload; raises Invalid."""
    value = step.payload.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid("field_missing" if value is None else "field_malformed", field=name)
    return value


def people(payload: Mapping[str, object], name: str) -> frozenset[int]:
    """Return the people of a list."""
    value = payload.get(name, ())
    return frozenset(value) if isinstance(value, list | tuple | frozenset | set) else frozenset()


def instant(value: object) -> datetime:
    """Return an instant that a journal wrote as text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def actor_of(step: Step) -> int:
    """Return who took the step; the table lets only people through where this is asked."""
    if step.actor is None:
        raise NotEntitled("person_needed")
    return step.actor


def article_of(step: Step, terms: CooptationTerms) -> str:
    """R4: an article of the charter is cited, and the ground is none of the void ones."""
    article = text(step, "article")
    if article not in terms.articles:
        raise Invalid("article_unknown", field="article")
    nature = str(step.payload.get("nature", "values"))
    if nature in terms.void_grounds:
        raise Invalid("ground_void", field="nature", ground=nature)
    return article


def to(state: Candidacy, stage: Stage, at: datetime, **changes: object) -> Candidacy:
    """Return the state come into another stage."""
    return evolve(state, stage=stage, since=at, **changes)


def wait_until(at: datetime, until: datetime | None, code: str = "too_early") -> None:
    """Raise IllegalStep before that instant."""
    if until is None or at < until:
        raise IllegalStep(code, until=until)
