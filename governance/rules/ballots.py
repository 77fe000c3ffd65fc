"""What a ballot says, read from whatever was sent: one choice, and whose ballot it is."""

from collections.abc import Mapping

from governance.errors import Invalid
from governance.rules.polls import CHOICES
from governance.rules.register import LARGEST

__all__ = ["clean_ballot"]

DIGITS = 15  # of a person's number in a form


def clean_ballot(payload: Mapping[str, object], actor: int) -> dict[str, object]:
    """Return the choice and `member`, the number of the person whose ballot it is: an empty one is who acts.

    Raises Invalid `choice_unknown`, `person_malformed`, `unknown_field`.

    >>> clean_ballot({"choice": "for"}, 7), clean_ballot({"choice": "against", "member": "8"}, 7)
    ({'choice': 'for', 'member': 7}, {'choice': 'against', 'member': 8})
    """
    unknown = sorted(str(name) for name in payload if name not in {"choice", "member"})
    if unknown:
        raise Invalid("unknown_field", field=unknown[0][:60])
    choice, member = payload.get("choice"), payload.get("member")
    if choice not in CHOICES:
        raise Invalid("choice_unknown", field="choice")
    return {"choice": choice, "member": actor if member is None or member == "" else _person(member)}


def _person(member: object) -> int:
    if isinstance(member, str) and member.isascii() and member.isdigit() and len(member) <= DIGITS:
        member = int(member)
    if isinstance(member, bool) or not isinstance(member, int) or not 0 < member <= LARGEST:
        raise Invalid("person_malformed", field="member")
    return member
