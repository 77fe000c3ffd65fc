"""Every act, field and choice has its word."""

from governance.queries.words import act_label, choice_label, field_label
from governance.rules.acts import CONSENT_ACTS, ELECTION_ACTS, ROOM_ACTS
from tests.governance.rules.test_acts import SYSTEM


def test_every_act_field_and_choice_has_a_label():
    for kind, fields in {**ROOM_ACTS, **CONSENT_ACTS, **ELECTION_ACTS}.items():
        assert act_label(kind)
        for field in fields:
            assert field_label(kind, field.name)
            for choice in field.choices:
                assert choice_label(choice)
    for kind in SYSTEM:
        assert act_label(kind)
