"""How much waits for the reader, in the navigation; and the way from a word to its entry in the glossary."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from frontend.glossary import word_of
from governance.queries.inbox import open_count

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_lines(context: template.Context) -> int:
    """Return how many lines wait for the reader; 0 for a visitor, without asking the database."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return 0
    return open_count(context.get("me") or None)


@register.simple_tag
def explained(anchor: str) -> SafeString:
    """Return a small link to a word of the glossary; nothing for a word that is not in it."""
    word = word_of(anchor)
    if word is None:
        return SafeString("")
    name = _("Que veut dire « %(word)s » ?") % {"word": word.word}
    where = f"{reverse('glossary')}#{anchor}"
    return format_html('<a class="ask" href="{}" aria-label="{}" title="{}">?</a>', where, name, name)
