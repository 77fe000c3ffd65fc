"""Words of events for templates."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frontend import event_words

register = template.Library()
register.filter("event_kind", event_words.kind)
register.filter("event_state", event_words.state)
register.filter("event_price", event_words.price)
register.filter("event_where", event_words.where)
register.filter("event_access", event_words.access)


@register.simple_tag
def event_when(row: object) -> SafeString:
    """Write day and hours of one date as a `<time>` that programs read too."""
    starts = row.starts_at.isoformat()  # type: ignore[attr-defined]
    return format_html('<time datetime="{}">{}</time>', starts, event_words.moment(row))
