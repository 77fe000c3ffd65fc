"""Words of the charter's figures, and the change that a text stands for, in templates."""

from django import template

from frontend import figure_words
from governance.queries.charters import change_view

register = template.Library()


@register.filter
def figure_name(place: str) -> str:
    """Say in a sentence what a figure is."""
    return figure_words.name_of(place)


@register.filter
def figure_title(place: str) -> str:
    """Name a figure in a few words."""
    return figure_words.title_of(place)


@register.simple_tag
def figure_value(place: str, value: object) -> str:
    """Write a figure's value as people read it."""
    return figure_words.value_of(place, value)


@register.inclusion_tag("partials/charter_change.html", takes_context=True)
def charter_change(context: template.Context, proposal_id: int, text: str) -> dict[str, object]:
    """Draw what a proposal changes in the charter, if that is what it does. In the room: the same for everybody."""
    shared = context.get("state") is not None
    return {"change": change_view(proposal_id, text=text, viewer=None if shared else context.get("me"))}
