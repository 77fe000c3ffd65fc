"""How old an entry is, in words: the one place where lists, pages and notices learn to say it."""

from typing import Any

from django.utils.translation import gettext as _

from frontend import words
from frontend.templatetags.ui import day
from network.queries.freshness import delays

__all__ = ["freshness_line", "freshness_notice", "shown_freshness"]


def freshness_line(freshness: Any) -> str:
    """Return the dates in one line, and a mark if it is not fresh: « confirmé le 3 octobre 2026 · à confirmer »."""
    parts = [_("confirmé le %(day)s") % {"day": day(freshness.renewed_at)}] if freshness.claimed else []
    if freshness.source_origin:
        said = {"day": day(freshness.heard_at), "node": words.host(freshness.source_origin)}
        parts.append(_("reçu le %(day)s de %(node)s") % said)
    if freshness.attested_at:
        parts.append(_("attesté par un pair le %(day)s") % {"day": day(freshness.attested_at)})
    parts.append(words.freshness(freshness))
    return " · ".join(part for part in parts if part)


def freshness_notice(freshness: Any) -> str:
    """Return the sentence with which the page of an entry warns that it may be out of date; empty when it is fresh."""
    copy = bool(freshness.source_origin)
    said = {"days": delays().old_copy, "day": day(freshness.heard_at if copy else freshness.renewed_at)}
    return {
        "to_confirm": _("À confirmer : personne ne l’a confirmée depuis le %(day)s.") % said,
        "unsteady": _("Son nœud n’a pas répondu, deux jours au moins en un mois : cette copie peut être dépassée."),
        "old_copy": _("Copie de plus de %(days)s jours : pas de nouvelles de son nœud depuis le %(day)s.") % said,
        "faded": _faded(copy) % said,
    }.get(freshness.state, "")


def _faded(copy: bool) -> str:
    if copy:
        return _("Plus de nouvelles de son nœud depuis le %(day)s : elle ne paraît plus dans les résultats.")
    return _("Personne ne l’a confirmée depuis le %(day)s : elle ne paraît plus dans les résultats.")


def shown_freshness(freshness: Any) -> dict[str, Any]:
    """Return what a page shows of how old its entry is: the dates, and the notice."""
    return {"freshness": freshness, "notice": freshness_notice(freshness)}
