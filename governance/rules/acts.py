"""Every act that a person may make in a room, with its fields: of the meeting, of consent, of elections."""

from governance.errors import Invalid
from governance.rules.door import MEANS, SAID
from governance.rules.fields import Field, clean
from governance.rules.moods import MOMENTS

__all__ = ["CONSENT_ACTS", "ELECTION_ACTS", "LOT_ACTS", "PASSING_ACTS", "ROOM_ACTS", "UNDOABLE", "clean_act"]
__all__ += ["fields_of"]

EXITS = ("alternative", "trial", "sleep", "defer", "delegate", "refer", "fallback")
NATURES = ("values", "commercial", "taste", "price", "territory")  # what an objection to a person is about
GROUNDS = ("effectiveness", "side_effect", "improvement")
VERSION = Field("version", "whole", low=1)
CALL = Field("call", "whole", low=1)
ROUND = Field("round", "whole", low=1)
OBJECTION = Field("objection", "whole", low=1)
OFFER = Field("offer", "whole")  # which of the changes offered; 0: none, the text itself
WORDING = Field("wording", "whole", high=1)  # of the objection: as filed, or as narrowed
REASON = Field("reason", "long")
PERSON = Field("person", "person", low=1)


def _text_fields(required: bool) -> tuple[Field, ...]:
    return (
        Field("text", "long", required),
        Field("title", "text", required=False),
        Field("driver", "long", required=False),
        Field("review_on", "date", required=False),
        Field("responsible", "person", required=False, low=1),
        Field("criteria", "long", required=False),
        Field("ends_on", "date", required=False),
    )


NEW_TEXT = _text_fields(required=True)

PERSONAL = (  # asked in decisions about somebody only
    Field("fact", "long", required=False),
    Field("nature", "choice", required=False, choices=NATURES),
)

ROOM_ACTS: dict[str, tuple[Field, ...]] = {
    "check_in": (),
    "leave": (),
    "open": (),
    "pause": (REASON,),
    "resume_meeting": (),
    "go_to_item": (Field("item", "whole", low=1),),
    "add_item": (Field("title"), Field("minutes", "whole", required=False, low=1, high=600)),
    "move_item": (Field("item", "whole", low=1), Field("position", "whole", low=1)),
    "set_budget": (Field("item", "whole", low=1), Field("minutes", "whole", low=1, high=600)),
    "observe": (),
    "check_in_person": (PERSON,),
    "check_out_person": (PERSON,),
    "enter_position": (
        PERSON,
        Field("second", "person", low=1),
        Field("means", "choice", choices=MEANS),
        VERSION,
        CALL,
        Field("choice", "choice", choices=("consent", "concern", "objection")),
        Field("text", "long", required=False),
        Field("consequence", "long", required=False),
        Field("ground", "choice", required=False, choices=GROUNDS),
        Field("article", required=False),
        *PERSONAL,
    ),
    "confirm_position": (Field("entry", "whole", low=1),),
    "refuse_position": (Field("entry", "whole", low=1), REASON),
    "relay": (
        PERSON,
        Field("said", "choice", choices=SAID),
        Field("text", "long", required=False),
        VERSION,
        Field("round", "whole"),
        Field("objection", "whole"),
        OFFER,
        WORDING,
    ),
    "start_round": (
        Field("question"),
        Field("order", "choice", required=False, choices=("arrival", "least_heard")),
        Field("minutes", "whole", required=False, low=1, high=60),
    ),
    "call_next": (),
    "pass_round": (),
    "skip_in_round": (PERSON,),
    "finish_round": (),
    "ask_mood": (
        Field("question", required=False),
        Field("moment", "choice", required=False, choices=MOMENTS),
    ),
    "ask_to_speak": (Field("why", "choice", required=False, choices=("speak", "point_of_order")),),
    "withdraw_request": (),
    "give_floor": (PERSON,),
    "end_turn": (),
    "set_timer": (Field("minutes", "whole", low=1, high=240), Field("label", required=False)),
    "extend_timer": (Field("minutes", "whole", low=1, high=240),),
    "pause_timer": (),
    "resume_timer": (),
    "stop_timer": (),
    "hand_over": (PERSON,),
    "accept_facilitation": (),
    "take_over": (),
    "second_facilitator": (PERSON,),
    "name_deputy": (PERSON,),
    "name_secretary": (PERSON,),
    "name_timekeeper": (PERSON,),
    "name_tellers": (Field("persons", "persons", low=1),),
    "continue_exercise": (),
    "note_incident": (Field("text", "long"),),
    "undo": (),
    "close": (),
    "draw_up_minutes": (),
    "amend_minutes": (Field("text", "long"),),
    "approve_minutes": (Field("digest"),),
    "contest_minutes": (Field("digest"), REASON),
}

# What passes and is kept nowhere: no step, no row (see `governance/gestures.py`).
PASSING_ACTS: dict[str, tuple[Field, ...]] = {
    "signal": (Field("sign"),),
    "lower_signal": (),
    "answer_mood": (Field("mood", "whole", low=1), Field("word", "whole")),
}

CONSENT_ACTS: dict[str, tuple[Field, ...]] = {
    "edit_draft": _text_fields(required=False),
    "submit": (VERSION,),
    "answer_driver": (
        VERSION,
        Field("answer", "choice", choices=("clear", "unclear", "not_ours")),
        Field("reason", "long", required=False),
        Field("addressee", required=False),
    ),
    "accept_driver": (VERSION,),
    "send_back": (REASON,),
    "refer": (Field("addressee"), REASON),
    "start": (VERSION,),
    "take_turn": (ROUND, Field("text", "long")),
    "pass_turn": (ROUND,),
    "answer_question": (Field("text", "long"), Field("question", "whole", required=False, low=1)),
    "close_round": (ROUND,),
    "keep": (VERSION,),
    "amend": (VERSION, *NEW_TEXT),
    "position": (
        VERSION,
        CALL,
        Field("choice", "choice", choices=("consent", "concern", "objection")),
        Field("text", "long", required=False),
        Field("consequence", "long", required=False),
        Field("ground", "choice", required=False, choices=GROUNDS),
        Field("article", required=False),
        *PERSONAL,
    ),
    "confirm_objection": (OBJECTION,),
    "reveal": (VERSION, CALL),
    "judge": (OBJECTION, WORDING, Field("agree", "yes_no"), Field("reason", "long", required=False)),
    "refine": (OBJECTION, Field("text", "long"), Field("consequence", "long")),
    "close_test": (OBJECTION,),
    "draw_jury": (OBJECTION,),
    "jury_vote": (OBJECTION, OFFER, Field("agree", "yes_no"), REASON),
    "withdraw_objection": (OBJECTION, Field("as_concern", "yes_no", required=False)),
    "confirm_resolved": (VERSION, OBJECTION, OFFER),
    "offer_amendment": (VERSION, *NEW_TEXT),
    "oppose_amendment": (VERSION, OFFER, REASON),
    "accept_amendment": (VERSION, OBJECTION, OFFER),
    "choose_exit": (
        VERSION,
        Field("exit", "choice", choices=EXITS),
        REASON,
        Field("until", "date", required=False),
        Field("persons", "persons", required=False, low=1),
        Field("addressee", required=False),
        *_text_fields(required=False),
    ),
    "bring_back": (VERSION, *NEW_TEXT),
    "extend": (Field("minutes", "whole", low=1, high=240),),
    "go_written": (Field("facilitator", "person", required=False, low=1),),
    "extend_window": (Field("days", "whole", low=1, high=90),),
    "offer_facilitation": (PERSON,),
    "take_facilitation": (),
    "expire": (VERSION,),
    "resume": (VERSION,),
    "withdraw": (REASON,),
    "close_decision": (),
    "file_concern": (Field("text", "long"),),
    "reopen": (
        Field("fact", "long"),
        Field("text", "long"),
        Field("consequence", "long"),
        Field("ground", "choice", choices=GROUNDS),
        Field("article", required=False),
    ),
}

_SHARED = (  # acts on the person proposed, as on a text
    "position", "confirm_objection", "reveal", "judge", "refine", "close_test", "draw_jury", "jury_vote",
    "withdraw_objection", "confirm_resolved", "oppose_amendment", "accept_amendment", "extend", "expire",
)  # fmt: skip
MONTHS = Field("months", "whole", required=False, low=1)

ELECTION_ACTS: dict[str, tuple[Field, ...]] = {
    "edit_role": (
        VERSION,
        Field("role"),
        Field("mission", "long"),
        Field("criteria", "long"),
        Field("months", "whole", low=1),
    ),
    "agree_role": (VERSION, Field("agree", "yes_no"), Field("reason", "long", required=False)),
    "open_ballot": (VERSION,),
    "drop_election": (REASON,),
    "cast_ballot": (ROUND, PERSON),
    "pass_ballot": (ROUND,),
    "open_names": (ROUND,),
    "say_reasons": (ROUND, Field("text", "long")),
    "close_names": (ROUND,),
    "change_voice": (ROUND, PERSON, REASON),
    "keep_voice": (ROUND,),
    "close_voices": (ROUND,),
    "propose": (ROUND, PERSON, Field("grounds", "long")),
    "declare_vacant": (ROUND, REASON),
    "offer_change": (
        VERSION,
        Field("change", "choice", choices=("shorter", "pair", "support")),
        Field("text", "long"),
        MONTHS,
        Field("person", "person", required=False, low=1),
    ),
    "accept_mandate": (ROUND,),
    "decline_mandate": (ROUND, REASON),
    "note_silence": (ROUND,),
    "set_new_date": (ROUND, Field("until", "date")),
    "choose_lot": (ROUND,),
    **{kind: CONSENT_ACTS[kind] for kind in _SHARED},
}

LOT_ACTS: dict[str, tuple[Field, ...]] = {
    "commit": (Field("commitment"),),
    "close_commits": (),
    "reveal_secret": (Field("secret"),),
    "close_reveals": (),
    "read_beacon": (Field("beacon"),),
    "accept_draw": (),
    "refuse_draw": (),
}

UNDOABLE = frozenset(
    {
        "ask_to_speak",
        "withdraw_request",
        "give_floor",
        "end_turn",
        "start_round",
        "call_next",
        "pass_round",
        "skip_in_round",
        "set_timer",
        "extend_timer",
        "pause_timer",
        "resume_timer",
        "stop_timer",
        "add_item",
        "move_item",
        "set_budget",
        "name_deputy",
        "name_secretary",
        "name_timekeeper",
        "name_tellers",
    }
)


def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of the act `kind`; raises Invalid `unknown_act`."""
    families = (ROOM_ACTS, PASSING_ACTS, CONSENT_ACTS, ELECTION_ACTS)
    fields = next((each[kind] for each in families if kind in each), None) if isinstance(kind, str) else None
    if fields is None:
        raise Invalid("unknown_act", field="kind")
    return fields


def clean_act(kind: str, payload: object) -> dict[str, object]:
    """Return the payload of the act in plain types; raises Invalid (see `fields.clean`).

    >>> clean_act("reveal", {"version": "2", "call": 1})
    {'version': 2, 'call': 1}
    """
    return clean(fields_of(kind), payload)
