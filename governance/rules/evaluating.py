"""R3 and R6, first half: sealed evaluations by value, their reveal as a distribution, the synthesis, the hearing."""

import json
from collections.abc import Iterable, Mapping
from datetime import date

from governance.errors import IllegalStep, Invalid
from governance.rules.candidacy import Candidacy, Stage
from governance.rules.candidacy_guards import actor_of, people, text, to, whole
from governance.rules.cooptation_terms import CooptationTerms, evaluations_needed
from governance.rules.fields import Field, clean
from governance.rules.session import Step, evolve

__all__ = ["MARKS", "check_answers", "check_evaluation", "distribution", "readable"]

MARKS = ("manifest", "in_progress", "not_seen", "contrary")
_MARK = (
    Field("mark", "choice", choices=MARKS),
    Field("fact", "long", required=False),
    Field("on", "date", required=False),
)
_ANSWER = (Field("fact", "long"),)
Answers = Mapping[str, Mapping[str, object]]


def check_evaluation(marks: object, articles: Iterable[str], today: date) -> dict[str, dict[str, object]]:
    """Return an evaluation in plain types: a mark for each article, with a dated fact unless it is `not_seen`.

    Raises Invalid; its fact `field` is `mark-…`, `fact-…` or `on-…` with the article.
    """
    found = {article: _cleaned(_MARK, marks, article) for article in articles}
    _only(marks, found)
    for article, said in found.items():
        if said["mark"] != "not_seen":
            for name in ("fact", "on"):
                if name not in said:
                    raise Invalid("field_missing", field=f"{name}-{article}")
            if date.fromisoformat(str(said["on"])) > today:
                raise Invalid("date_future", field=f"on-{article}")
    return found


def check_answers(answers: object, articles: Iterable[str]) -> dict[str, dict[str, object]]:
    """Return what a candidate answers to each value: a fact. Raises Invalid with the field `fact-…`."""
    found = {article: _cleaned(_ANSWER, answers, article) for article in articles}
    _only(answers, found)
    return found


def _cleaned(fields: tuple[Field, ...], given: object, article: str) -> dict[str, object]:
    said = given.get(article, {}) if isinstance(given, Mapping) else {}
    try:
        return clean(fields, said)
    except Invalid as error:
        where = f"{error.facts['field']}-{article}" if "field" in error.facts else f"fact-{article}"
        raise Invalid(error.code, **{**error.facts, "field": where}) from None


def _only(given: object, found: Mapping[str, object]) -> None:
    unknown = set(given) - set(found) if isinstance(given, Mapping) else set()
    if unknown:
        raise Invalid("article_unknown", field="article")


def readable(said: Mapping[str, object]) -> str:
    """Return one answer as the text that a commitment covers."""
    return json.dumps(dict(said), sort_keys=True, ensure_ascii=False)


def distribution(evaluations: Iterable[Answers], articles: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return how many said what, by article. Never an average.

    >>> distribution([{"a": {"mark": "manifest"}}, {"a": {"mark": "not_seen"}}], ["a"])["a"]["manifest"]
    1
    """
    given = list(evaluations)
    return {
        article: {mark: sum(each[article]["mark"] == mark for each in given) for mark in MARKS} for article in articles
    }


def evaluate(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Seal an evaluation; the last before the reveal counts."""
    if state.evaluations_until is None or step.at >= state.evaluations_until:
        raise IllegalStep("evaluations_closed", until=state.evaluations_until)
    text(step, "commitment")
    return evolve(state, evaluators=state.evaluators | {actor_of(step)})


def reveal(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Open the evaluations together: enough are given, or the time has run out with whatever was given."""
    given = state.evaluators - people(step.payload, "erased")  # of the others no word is left to be counted
    enough = len(given) >= evaluations_needed(len(state.electorate), terms)
    if not enough and (state.evaluations_until is None or step.at < state.evaluations_until):
        raise IllegalStep("evaluations_missing", until=state.evaluations_until)
    counts = step.payload.get("counts")
    if not isinstance(counts, Mapping) or any(sum(each.values()) != len(given) for each in counts.values()):
        raise Invalid("field_malformed", field="counts")
    return to(state, Stage.HEARING, step.at, counts=counts, revealed_at=step.at, evaluators=given)


def synthesise(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R5: sponsors write what the evaluations say, for the candidate to read; it may be rewritten until the hearing."""
    text(step, "commitment")
    return evolve(state, synthesis=True)


def hear(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R6: a first meeting has heard the person; for an exclusion, called and absent is enough, and is said."""
    whole(step, "assembly")
    present = step.payload.get("present") is True
    if state.cause == "admission":
        if not state.synthesis:
            raise IllegalStep("synthesis_missing")
        if not present:
            raise IllegalStep("candidate_absent")
    return to(state, Stage.DECISION, step.at, heard_at=step.at)
