"""Every act that a person may make in a candidacy, with its fields. Answers by article are judged in `evaluating`."""

from governance.errors import Invalid
from governance.rules.acts import NATURES
from governance.rules.fields import Field, clean

__all__ = ["CANDIDACY_ACTS", "clean_candidacy_act"]

PERSON = Field("person", "person", low=1)
TEXT = Field("text", "long")
ARTICLE = Field("article")
FACT = Field("fact", "long")
NATURE = Field("nature", "choice", choices=NATURES)
BY_ARTICLE = {"evaluate": "marks", "renew": "answers"}  # acts with one value an article, under this name

CANDIDACY_ACTS: dict[str, tuple[Field, ...]] = {
    "ask_sponsor": (PERSON,),
    "decline_sponsor": (),
    "confirm_sponsor": (Field("organisation"),),
    "step_down": (),
    "announce": (),
    "evaluate": (),
    "close_evaluation": (),
    "synthesise": (TEXT,),
    "hear": (Field("assembly", "whole", low=1), Field("present", "yes_no")),
    "open_decision": (),
    "answer_conditions": (TEXT,),
    "decide_again": (),
    "name_companion": (PERSON,),
    "object": (ARTICLE, FACT, NATURE),
    "withdraw_objection": (Field("objection", "whole", low=1),),
    "flag": (ARTICLE, FACT, NATURE),
    "take_up_flag": (Field("flag", "whole", low=1),),
    "withdraw": (),
    "renew": (),
    "propose_exclusion": (ARTICLE, FACT, NATURE),
    "drop_exclusion": (),
    "appeal": (TEXT,),
    "panel_vote": (Field("send_back", "yes_no"), TEXT),
}


def clean_candidacy_act(kind: str, payload: dict[str, object]) -> dict[str, object]:
    """Return the payload of the act in plain types, answers by article left as they came; raises Invalid.

    >>> clean_candidacy_act("ask_sponsor", {"person": "7"})
    {'person': 7}
    """
    fields = CANDIDACY_ACTS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise Invalid("unknown_act", field="kind")
    name = BY_ARTICLE.get(kind)
    if name is None:
        return clean(fields, payload)
    rest = {key: value for key, value in payload.items() if key != name}
    return {**clean(fields, rest), name: payload.get(name, {})}
