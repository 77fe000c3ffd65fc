"""The live room as text: one fragment for everybody of an audience, one for each person; both with the page's partials.

A fragment never holds a field in which somebody types, and the shared one nothing personal: see `acts.py` for how
buttons reach the fields of the page. `governance.consumers` sends what is drawn here.
"""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import messages
from frontend.acts import panel_of
from frontend.stages import decision_stage, meeting_stage
from governance.consumers import RoomConsumer, set_sentence
from governance.drawing import Hand, set_hand
from governance.queries.shapes import Audience, ConsentView, RoomState, RoomView

__all__ = ["beads", "draw_mine", "draw_state", "look", "personal_context", "shared_context", "websocket_urlpatterns"]

BEADS = {"done": "done", "current": "now", "ahead": "to-come"}


def draw_state(state: RoomState, language: str) -> str:
    """Return the fragment that everybody of an audience gets in one language."""
    with translation.override(language):
        template = "assemblies/push_hall.html" if state.audience == "hall" else "assemblies/push_shared.html"
        return render_to_string(template, shared_context(state))


def draw_mine(view: RoomView, language: str) -> str:
    """Return the fragment of one person, or of all who see the same: buttons, rank, own position."""
    with translation.override(language):
        return render_to_string("assemblies/push_personal.html", personal_context(view))


def look(audience: Audience) -> str:
    """Return what tells drawings apart: in the room everybody sees the same state."""
    return "hall" if audience == "hall" else "room"


def shared_context(state: RoomState) -> dict[str, object]:
    """Return what the shared partials draw; the same values, whoever reads."""
    consent = state.consent
    words = decision_stage(consent.stage) if consent and state.stage == "open" else meeting_stage(state.stage)
    return {
        "state": state,
        "consent": consent,
        "words": words,
        "line": _line(state),
        "heading": state.current.title if state.current else state.title,
        "beads": beads(consent) if consent else [],
        "progress": progress(state),
        "objections": consent.objections if consent else (),
        "next_speakers": state.queue[:2],
        "present_names": ", ".join(person.name for person in state.present),
        "join": f"{settings.ORIGIN.partition('//')[2]}/assemblees/{state.assembly_id}",
    }


def personal_context(view: RoomView) -> dict[str, object]:
    """Return what the personal partials draw."""
    return {
        "state": view.state,
        "mine": view.mine,
        "panel": panel_of(view.state, view.mine),
        "deadline": _deadline(view),
        "not_spoken": ", ".join(person.name for person in view.state.not_spoken),
    }


def progress(state: RoomState) -> str:
    """Say how many have answered, never what: « 9 personnes sur 12 ont répondu »."""
    consent = state.consent
    if consent is None or not consent.expected_count or state.stage != "open":
        return ""
    counts = {"n": consent.answered_count, "of": consent.expected_count}
    if not counts["n"]:
        return _("Personne sur %(of)s n’a encore répondu.") % counts
    said = ngettext("%(n)s personne sur %(of)s a répondu.", "%(n)s personnes sur %(of)s ont répondu.", counts["n"])
    return said % counts


def _line(state: RoomState) -> str:
    """Say where the room is: « Assemblée du cercle Accueil · point 2 sur 4 · 12 présents, quorum atteint »."""
    parts = [_("Assemblée du cercle « %(circle)s »") % {"circle": state.circle.name}]
    if state.current:
        parts.append(_("point %(n)s sur %(of)s") % {"n": state.current.position, "of": len(state.items)})
    if state.stage in {"convened", "open", "suspended"}:
        present = ngettext("%(n)s présent", "%(n)s présents", state.present_count) % {"n": state.present_count}
        missing = _("quorum non atteint (%(n)s requis)") % {"n": state.quorum_needed}
        parts.append(f"{present}, {_('quorum atteint') if state.quorum_reached else missing}")
    else:
        parts.append(str(meeting_stage(state.stage).label))
    return " · ".join(parts)


def beads(consent: ConsentView) -> list[dict[str, object]]:
    """Return the thread of stages as `partials/thread.html` draws it."""
    return [{"text": decision_stage(mark.code).label, "state": BEADS[mark.state]} for mark in consent.thread]


def _deadline(view: RoomView) -> datetime | None:
    """Return when the facilitator's refused acts may become possible, if time alone does it."""
    consent = view.state.consent
    if consent is None or view.mine.role != "facilitator" or consent.ends_at is None:
        return None
    return consent.ends_at if consent.ends_at > view.state.at else None


set_hand(Hand(draw_state, draw_mine, look))
set_sentence(messages.of)

websocket_urlpatterns = [path("ws/assemblees/<int:assembly_id>", RoomConsumer.as_asgi())]
