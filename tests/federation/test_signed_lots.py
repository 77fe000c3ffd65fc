"""A lot with a member of another node: envelope, key and answer are signed at home, and all can check."""

import json
from uuid import uuid4

import pytest

from federation import tasks
from governance.actions.lots import act_in_lot, open_lot
from governance.errors import WrongState
from governance.models import ActSignature, Entry, LotStep
from governance.queries.lots import lot_view
from governance.queries.remote import signatures_of
from tests.federation.test_signed_acts import far, wait_hours  # noqa: F401 - fixture
from tests.federation.test_signed_choices import all_hold, kinds, signed
from tests.federation.test_signin_home import browser, home  # noqa: F401 - fixtures
from tests.governance.rules.test_lot_process import key, mark
from tests.governance.test_lots import frozen

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lot(far):  # noqa: F811
    return open_lot(actor=far.alix, circle_id=far.circle.pk, frozen=frozen(far))


def do(lot, actor, kind, **payload):
    return act_in_lot(lot_id=lot.pk, actor=actor, kind=kind, payload=payload, key=uuid4())


def drawn(lot, far, *, wrong=False):  # noqa: F811
    for number, member in enumerate(far.three, start=1):
        do(lot, member, "commit", commitment=mark(number))
    do(lot, far.alix, "close_commits")
    if wrong:
        do(lot, far.camille, "reveal_secret", secret=key(9))
    for number, member in enumerate(far.three, start=1):
        do(lot, member, "reveal_secret", secret=key(number))
    do(lot, far.alix, "close_reveals")
    for member in (far.alix, far.camille):
        do(lot, member, "read_beacon", beacon="dice:6-2")
    return lot_view(lot.pk, viewer=far.alix)


def far_one(far):  # noqa: F811
    return next(member for member in far.three if not member.local)


def test_envelope_key_and_answer_are_signed_and_the_entries_open_them(far, lot):  # noqa: F811
    order = drawn(lot, far).order
    for each in order:  # whoever is drawn refuses, until it is the turn of the one from elsewhere
        member = next(one for one in far.three if one.pk == each.person.id)
        do(lot, member, "refuse_draw" if member.local else "accept_draw")
        if not member.local:
            break
    tasks.keep_entrances()
    of = kinds(lot=lot)
    assert of[:2] == ["commit", "reveal_secret"]
    assert of[-1] == "accept_draw"
    for row in ActSignature.objects.all():
        assert signed(row)["place"].endswith(f"/tirages/{lot.pk}")
    told = [
        each for entry in Entry.objects.filter(kind="lot").order_by("seq") for each in entry.body.get("signatures", [])
    ]
    assert [each["kind"] for each in told] == of
    assert all(each["opened"] for each in told)
    assert far_one(far).uri not in json.dumps(told)
    assert len(signatures_of(lot_id=lot.pk)) == len(of)
    draw = next(entry for entry in Entry.objects.filter(kind="lot") if entry.body["phase"] == "drawn")
    left = [f"le tirage de l'inscription n° {draw.seq}"]
    all_hold(far, found="actes signés par d'autres nœuds, vérifiés", left=left)


def test_no_secret_leaves_before_the_reveals_are_closed(far, lot):  # noqa: F811
    drawn(lot, far)
    seen = json.dumps(far.home.signed)
    for number in (1, 2, 3):
        assert key(number) not in seen
        assert mark(number) not in seen


def test_a_key_that_opens_nothing_is_told_nowhere(far, lot):  # noqa: F811
    if far.camille.local:
        far.camille, far.bachir = far.bachir, far.camille
    drawn(lot, far, wrong=True)
    assert key(9) not in json.dumps([entry.body for entry in Entry.objects.all()])


def test_where_nothing_may_wait_an_unsigned_envelope_is_refused(far, lot):  # noqa: F811
    wait_hours(far, 0)
    other = open_lot(actor=far.alix, circle_id=far.circle.pk, frozen=frozen(far, role="trésorerie"))
    far.home.sign_status = 503
    with pytest.raises(WrongState, match="signature_unreachable"):
        do(other, far_one(far), "commit", commitment=mark(1))
    assert not LotStep.objects.filter(lot=other, kind="commit").exists()
