"""The live room as text: one fragment for everybody of an audience, one for each person; both with the page's partials.

A fragment never holds a field in which somebody types, and the shared one nothing personal: see `acts.py` for how
buttons reach the fields of the page. `governance.consumers` sends what is drawn here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import path
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from frontend import messages
from frontend.acts import panel_of
from frontend.election_stages import election_stage
from frontend.stages import decision_stage, meeting_stage
from frontend.stages_exercise import practised
from frontend.teaching import stage_help
from governance.consumers import RoomConsumer, set_sentence
from governance.drawing import Hand, set_hand
from governance.queries.consent_shapes import Person
from governance.queries.room_shapes import EntryForMe, MoodView, RoundView
from governance.queries.shapes import Audience, ConsentView, ElectionView, RoomState, RoomView
from governance.queries.words import choice_label, field_label, sign_label

__all__ = [
    "beads",
    "draw_mine",
    "draw_state",
    "election_beads",
    "look",
    "personal_context",
    "shared_context",
    "websocket_urlpatterns",
]

RANKS: Mapping[str, Promise] = {
    "order": gettext_lazy("Un point d’ordre passe avant le reste."),
    "observer": gettext_lazy("Vous observez : les membres passent d’abord, et c’est l’animation qui vous invite."),
    "unheard": gettext_lazy("Vous n’avez pas encore parlé sur ce point : la charte vous fait passer devant."),
    "heard": gettext_lazy("Vous avez déjà parlé sur ce point : la charte fait passer devant qui n’a pas parlé."),
    "arrival": gettext_lazy("L’ordre est celui des demandes."),
}
ROLES: Mapping[str, Promise] = {
    "facilitator": gettext_lazy("Animation"),
    "deputy": gettext_lazy("Suppléance"),
    "secretary": gettext_lazy("Secrétariat"),
    "timekeeper": gettext_lazy("Temps"),
    "teller": gettext_lazy("Scrutation"),
}
NAMED = 60  # people named in a row; a page lists the others
LISTED = 30  # people in a list of those to speak, and as many of those who spoke: the page has them all
BEADS = {"done": "done", "current": "now", "ahead": "to-come"}


def draw_state(state: RoomState, language: str) -> str:
    """Return the fragment that everybody of an audience gets in one language."""
    with translation.override(language):
        template = "assemblies/push_hall.html" if state.audience == "hall" else "assemblies/push_shared.html"
        return render_to_string(template, shared_context(state))


def draw_passing(state: RoomState, language: str) -> str:
    """Return the small fragment of hands and moods, alike for everybody of an audience."""
    with translation.override(language):
        return render_to_string("assemblies/push_passing.html", passing_context(state))


def draw_mine(view: RoomView, language: str) -> str:
    """Return the fragment of one person, or of all who see the same: buttons, rank, own position."""
    with translation.override(language):
        return render_to_string("assemblies/push_personal.html", personal_context(view))


def look(audience: Audience) -> str:
    """Return what tells drawings apart: in the room everybody sees the same state, but whom a decision is about."""
    return audience if audience in {"hall", "concerned"} else "room"


def passing_context(state: RoomState) -> dict[str, object]:
    """Return what the partial of hands and moods draws."""
    return {
        "state": state,
        "passing": state.passing,
        "hands": [(sign_label(each.sign), each.count, each.people) for each in state.passing.signals],
        "mood_question": _mood_question(state.passing.mood),
    }


def _mood_question(mood: MoodView | None) -> str:
    if mood is None:
        return ""
    usual = {"opening": _("Comment arrivez-vous ?"), "closing": _("Comment repartez-vous ?")}
    return mood.question or usual.get(mood.moment, "")


def shared_context(state: RoomState) -> dict[str, object]:
    """Return what the shared partials draw; the same values, whoever reads."""
    consent = state.consent
    election = state.election
    words, stage = meeting_stage(state.stage), f"meeting.{state.stage}"
    if state.stage == "open" and election:
        words, stage = election_stage(election.stage), f"election.{election.stage}"
    elif state.stage == "open" and consent:
        words, stage = decision_stage(consent.stage), f"decision.{consent.stage}"
    return {
        **passing_context(state),
        "consent": consent,
        "words": practised(words, stage) if state.exercise else words,
        "term": stage_help(stage).term,
        "line": _line(state),
        "aside": _aside(state),
        "heading": state.current.title if state.current else state.title,
        "election": election,
        "beads": beads(consent) if consent else election_beads(election) if election else [],
        "progress": progress(state),
        "objections": consent.objections if consent else (),
        "next_speakers": _next_speakers(state),
        "roles": [(str(ROLES[line.role]), line) for line in state.role_log],
        "turns": turns(state.round),
        "queue": state.queue[:LISTED],
        "queue_more": and_others(len(state.queue) - LISTED),
        "airtime": held_floor(state)[:LISTED],
        "airtime_more": and_others(len(state.airtime) - LISTED),
        "unheard": named(state.not_spoken),
        "items": [(item, -(-item.spent // 60)) for item in state.items],
        "present_names": named(state.present),
        "crowd": state.present_count > NAMED,
        "door": named(state.door),
        "observers": named(state.observers),
        "join": f"{settings.ORIGIN.partition('//')[2]}/assemblees/{state.assembly_id}",
    }


def _aside(state: RoomState) -> str:
    """Say that somebody has no part in the decision on the table, since it is about them, and who leads instead."""
    if not state.set_aside:
        return ""
    said = [_("Sur ce point, la personne que la décision concerne est entendue, et ne tient aucun rôle.")]
    if "facilitator" in state.set_aside:
        nobody = _("Personne n’anime : une personne présente se propose, une autre l’appuie.")
        leader = state.item_facilitator.name if state.item_facilitator else ""
        said.append(nobody if state.facilitator_away else _("%(name)s anime ce point.") % {"name": leader})
    if "secretary" in state.set_aside:
        said.append(_("Pour les personnes sans appareil, l’animation désigne un autre secrétariat."))
    return " ".join(said)


def _next_speakers(state: RoomState) -> list[str]:
    """Return the next two to speak: of the round if one goes round, else of the queue."""
    coming = state.round.to_come if state.round else tuple(request.person for request in state.queue)
    return [str(person.name) for person in coming[:2]]


def named(people: Sequence[Person]) -> str:
    """Name people in a row, the first of a crowd and how many more: everybody gets this again at every act."""
    more = len(people) - NAMED
    if more <= 0:
        return ", ".join(str(person.name) for person in people)
    names = ", ".join(str(person.name) for person in people[:NAMED])
    said = ngettext("%(names)s et %(n)s autre personne", "%(names)s et %(n)s autres personnes", more)
    return said % {"names": names, "n": more}


def and_others(more: int) -> str:
    """Say how many come after those named; nothing if nobody does."""
    return ngettext("et %(n)s autre personne", "et %(n)s autres personnes", more) % {"n": more} if more > 0 else ""


def turns(held: RoundView | None, shown: int | None = LISTED) -> dict[str, object] | None:
    """Return what is drawn of a round: the last `shown` who had their turn, as many to come, and how many more.

    Places count from the first of all, so that a cut list says the same number for somebody as the whole one.
    """
    if held is None:
        return None
    early = 0 if shown is None else max(0, len(held.done) - shown)
    coming = held.to_come if shown is None else held.to_come[:shown]
    said = ngettext("%(n)s personne a déjà eu son tour.", "%(n)s personnes ont déjà eu leur tour.", early)
    return {
        "question": held.question,
        "early": said % {"n": early} if early else "",
        "start": early + 1,
        "done": held.done[early:],
        "coming": coming,
        "more": and_others(len(held.to_come) - len(coming)),
        "away": named(held.away) if shown else ", ".join(str(person.name) for person in held.away),
    }


def held_floor(state: RoomState) -> list[tuple[str, str, int]]:
    """Return who held the floor how long, in words, and their part in a hundred; the longest first."""
    return [(line.person.name, clock(line.seconds), line.percent) for line in state.airtime]


def clock(seconds: int) -> str:
    """Say a length of time: « 3 min 05 s »."""
    return _("%(m)s min %(s)s s") % {"m": seconds // 60, "s": f"{seconds % 60:02}"}


def personal_context(view: RoomView) -> dict[str, object]:
    """Return what the personal partials draw."""
    return {
        **passing_context(view.state),
        "mine": view.mine,
        "panel": panel_of(view.state, view.mine),
        "rank_why": str(RANKS.get(view.mine.rank_why, "")),
        "entries": [
            (entry, choice_label(entry.means), choice_label(entry.choice), _argued(entry))
            for entry in view.mine.entries
        ],
        "deadline": _deadline(view),
        "not_spoken": named(view.state.not_spoken),
    }


def _argued(entry: EntryForMe) -> list[tuple[str, str]]:
    """Return what an objection entered for somebody says besides its words: what is confirmed is the whole of it."""
    said = {
        "ground": str(choice_label(entry.ground)) if entry.ground else "",
        "article": entry.article,
        "fact": entry.fact,
        "nature": str(choice_label(entry.nature)) if entry.nature else "",
    }
    return [(str(field_label("enter_position", name)), value) for name, value in said.items() if value]


def progress(state: RoomState) -> str:
    """Say how many have answered, never what: « 9 personnes sur 12 ont répondu »."""
    asked = state.consent or state.election
    if asked is None or not asked.expected_count or state.stage != "open":
        return ""
    counts = {"n": asked.answered_count, "of": asked.expected_count}
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


def election_beads(election: ElectionView) -> list[dict[str, object]]:
    """Return the thread of an election's stages."""
    return [{"text": election_stage(mark.code).label, "state": BEADS[mark.state]} for mark in election.thread]


def _deadline(view: RoomView) -> datetime | None:
    """Return when the facilitator's refused acts may become possible, if time alone does it."""
    timed = view.state.consent or view.state.election
    if timed is None or view.mine.role != "facilitator" or timed.ends_at is None:
        return None
    return timed.ends_at if timed.ends_at > view.state.at else None


set_hand(Hand(draw_state, draw_mine, look, draw_passing))
set_sentence(messages.of)

websocket_urlpatterns = [path("ws/assemblees/<int:assembly_id>", RoomConsumer.as_asgi())]
