"""Words of attestations for templates: what one says, which articles were seen."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import words
from network.rules.kinds import PRESTATION, skill_of

register = template.Library()


@register.filter
def attests(row: Any) -> str:
    """How strongly an attestation speaks, and of what: « ont travaillé ensemble · compétence « Nextcloud » »."""
    return " · ".join(part for part in (words.level(row.level), about(row)) if part)


@register.filter
def about(row: Any) -> str:
    """What an attestation is about, in a few words; empty for the charter, the usual case."""
    if row.kind == PRESTATION:
        return _("prestation")
    skill = getattr(row, "skill", "") or skill_of(row.kind)
    return _("compétence « %(skill)s »") % {"skill": skill} if skill else ""


@register.filter
def articles_seen(row: Any, titles: dict[str, str]) -> str:
    """Name the articles of the charter that the issuer says to have seen at work; empty for none."""
    if not row.articles:
        return ""
    named = [titles[key] for each in row.articles if (key := f"{row.charter} {each}") in titles]
    if len(named) == len(row.articles):
        return _("Articles de la charte vus à l’œuvre : %(titles)s.") % {"titles": ", ".join(named)}
    count = len(row.articles)
    text = ngettext(
        "%(count)s article vu à l’œuvre, d’une autre version de la charte.",
        "%(count)s articles vus à l’œuvre, d’une autre version de la charte.",
        count,
    )
    return text % {"count": count}
