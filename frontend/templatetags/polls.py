"""Votes in templates: their answers and outcomes in words, and the way from a decision to its vote."""

from django import template

from frontend.poll_words import ANSWERS, Answer
from frontend.stages_poll import poll_stage
from governance.queries.polls import poll_of

register = template.Library()


@register.filter
def vote_answer(code: str) -> Answer | None:
    """Return an answer of a ballot with its word, shape and colour; None for no answer."""
    return next((each for each in ANSWERS if each.code == code), None)


@register.filter
def poll_state(outcome: str, refused: str = "") -> object:
    """Name what came of a vote; « Vote ouvert » while nothing has."""
    return poll_stage(outcome, refused).label


@register.simple_tag
def vote_of(proposal_id: int) -> int | None:
    """Return the vote to which a decision was sent, None if it was not."""
    return poll_of(proposal_id)
