"""Every act that a person may make in a room, with its fields: acts of the meeting, and acts of consent."""

from governance.errors import Invalid
from governance.rules.fields import Field, clean

__all__ = ["CONSENT_ACTS", "ROOM_ACTS", "UNDOABLE", "clean_act", "fields_of"]

EXITS = ("alternative", "trial", "sleep", "defer", "delegate", "refer", "fallback")
GROUNDS = ("effectiveness", "side_effect", "improvement")
VERSION = Field("version", "whole", low=1)
CALL = Field("call", "whole", low=1)
ROUND = Field("round", "whole", low=1)
OBJECTION = Field("objection", "whole", low=1)
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

ROOM_ACTS: dict[str, tuple[Field, ...]] = {
    "check_in": (),
    "leave": (),
    "open": (),
    "pause": (REASON,),
    "resume_meeting": (),
    "go_to_item": (Field("item", "whole", low=1),),
    "add_item": (Field("title"),),
    "ask_to_speak": (Field("why", "choice", required=False, choices=("speak", "point_of_order")),),
    "withdraw_request": (),
    "give_floor": (PERSON,),
    "end_turn": (),
    "set_timer": (Field("minutes", "whole", low=1, high=240), Field("label", required=False)),
    "pause_timer": (),
    "resume_timer": (),
    "stop_timer": (),
    "hand_over": (PERSON,),
    "accept_facilitation": (),
    "take_over": (),
    "second_facilitator": (PERSON,),
    "name_deputy": (PERSON,),
    "name_secretary": (PERSON,),
    "note_incident": (Field("text", "long"),),
    "undo": (),
    "close": (),
    "draw_up_minutes": (),
    "amend_minutes": (Field("text", "long"),),
    "approve_minutes": (Field("digest"),),
    "contest_minutes": (Field("digest"), REASON),
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
    "answer_question": (Field("text", "long"),),
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
    ),
    "confirm_objection": (OBJECTION,),
    "reveal": (VERSION, CALL),
    "judge": (OBJECTION, Field("agree", "yes_no"), Field("reason", "long", required=False)),
    "refine": (OBJECTION, Field("text", "long"), Field("consequence", "long")),
    "close_test": (OBJECTION,),
    "draw_jury": (OBJECTION,),
    "jury_vote": (OBJECTION, Field("agree", "yes_no"), REASON),
    "withdraw_objection": (OBJECTION, Field("as_concern", "yes_no", required=False)),
    "confirm_resolved": (OBJECTION,),
    "offer_amendment": (VERSION, *NEW_TEXT),
    "oppose_amendment": (VERSION, REASON),
    "accept_amendment": (VERSION, OBJECTION),
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

UNDOABLE = frozenset(
    {
        "ask_to_speak",
        "withdraw_request",
        "give_floor",
        "end_turn",
        "set_timer",
        "pause_timer",
        "resume_timer",
        "stop_timer",
        "add_item",
        "name_deputy",
        "name_secretary",
    }
)


def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of the act `kind`; raises Invalid `unknown_act`."""
    fields = ROOM_ACTS.get(kind, CONSENT_ACTS.get(kind)) if isinstance(kind, str) else None
    if fields is None:
        raise Invalid("unknown_act", field="kind")
    return fields


def clean_act(kind: str, payload: object) -> dict[str, object]:
    """Return the payload of the act in plain types; raises Invalid (see `fields.clean`).

    >>> clean_act("reveal", {"version": "2", "call": 1})
    {'version': 2, 'call': 1}
    """
    return clean(fields_of(kind), payload)
