"""One's own web: given and received, what ends soon, what waits, what is withdrawn; competences beside skills."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.collectives import end_membership
from network.actions.trust import renew_vouch, vouch, withdraw_vouch
from network.queries.tending import competences, kind_of_skill, my_vouch, my_web, own_vouch, pace_for
from network.queries.trust import viewpoint_for
from tests.factories import member, skill, vouch_between
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db
NEXTCLOUD = "competence:https://tours.example/skills/nextcloud"


@pytest.fixture
def cast(clock):
    return cloth()


def names(rows):
    return [row.person.name for row in rows]


def test_given_and_received_the_first_to_end_first(cast):
    web = my_web(cast.camille)
    assert web.collective == cast.home
    assert names(web.given) == ["Fanny", "Bachir", "Alix"]
    assert names(web.received) == ["Alix", "Bachir"]
    assert [each.ends_at for each in web.given] == sorted(each.ends_at for each in web.given)
    assert (web.ended, web.withdrawn, web.soon) == ((), (), ())


def test_what_ends_within_sixty_days_is_told(cast, clock):
    clock.advance(days=400)
    assert names(my_web(cast.camille).soon) == ["Fanny"]
    renew_vouch(actor=cast.camille, vouch_id=own_vouch(cast.camille, cast.fanny).pk)
    assert my_web(cast.camille).soon == ()


def test_what_has_ended_can_still_be_renewed(cast, clock):
    clock.advance(days=500)
    assert names(my_web(cast.camille).ended) == ["Fanny"]
    renew_vouch(actor=cast.camille, vouch_id=my_vouch(cast.camille, my_web(cast.camille).ended[0].vouch_id).pk)
    assert my_web(cast.camille).ended == ()


def test_no_attestation_outlives_the_charters_longest_validity(cast, clock):
    row = vouch_between(cast.gwen, cast.hugo, issued=clock.now())
    type(row).objects.filter(pk=row.pk).update(expires_at=clock.now() + timedelta(days=5000))
    assert my_web(cast.gwen).given[0].ends_at == clock.now() + my_web(cast.gwen).terms.validity


def test_a_second_newcomer_waits_and_says_until_when(cast, clock):
    first = clock.now()
    vouch(actor=cast.gwen, subject_id=cast.hugo.pk, level=1)
    clock.advance(minutes=1)
    vouch(actor=cast.gwen, subject_id=cast.alix.pk, level=1)
    web = my_web(cast.gwen)
    assert [(each.person.name, each.waits, each.counts_at) for each in web.given if each.waits] == [
        ("Alix", True, first + timedelta(days=30))
    ]
    assert web.pace.counts_at == first + timedelta(days=60)
    assert pace_for(cast.gwen, cast.hugo).counts_at == first
    assert pace_for(cast.gwen, cast.bachir).counts_at == first + timedelta(days=60)


def test_whom_a_waiting_attestation_is_for_learns_until_when(cast, clock):
    first = clock.now()
    vouch(actor=cast.gwen, subject_id=cast.hugo.pk, level=1)
    clock.advance(minutes=1)
    vouch(actor=cast.gwen, subject_id=cast.alix.pk, level=1)
    received = {each.person.name: each.counts_at for each in my_web(cast.alix).received if each.waits}
    assert received == {"Gwen": first + timedelta(days=30)}


def test_what_was_withdrawn_with_the_reason_until_attested_anew(cast):
    withdraw_vouch(actor=cast.camille, vouch_id=own_vouch(cast.camille, cast.fanny).pk, reason="Fâchés.")
    web = my_web(cast.camille)
    assert [(each.person.name, each.reason) for each in web.withdrawn] == [("Fanny", "Fâchés.")]
    assert "Fanny" not in names(web.given)
    assert own_vouch(cast.camille, cast.fanny) is None
    vouch(actor=cast.camille, subject_id=cast.fanny.pk, level=1)
    assert my_web(cast.camille).withdrawn == ()


def test_somebody_who_left_is_in_nobodys_web(cast, clock):
    cast.fanny.gone_at = clock.now()
    cast.fanny.save()
    assert "Fanny" not in names(my_web(cast.camille).given)


def test_whoever_is_no_member_has_no_pace(cast):
    end_membership(collective=cast.home, member=cast.camille)
    web = my_web(cast.camille)
    assert (web.collective, web.pace) == (None, None)
    assert names(my_web(cast.alix).received) == ["Bachir"]  # hers counts no more


# --- what is private ----------------------------------------------------------------------------------------


def test_private_ones_are_the_issuers_alone(cast):
    before = my_web(cast.fanny), my_web(cast.bachir)
    vouch(actor=cast.alix, subject_id=cast.fanny.pk, level=3, kind="prestation", public=False, statement="secret")
    assert (my_web(cast.fanny), my_web(cast.bachir)) == before
    mine = [each for each in my_web(cast.alix).given if not each.public]
    assert [(each.person.name, each.kind, each.statement, each.waits) for each in mine] == [
        ("Fanny", "prestation", "secret", False)
    ]


def test_another_ones_attestation_is_as_unknown_as_none(cast):
    row = own_vouch(cast.alix, cast.bachir)
    assert my_vouch(cast.alix, row.pk) == row
    assert my_vouch(cast.bachir, row.pk) is None
    assert my_vouch(cast.bachir, 10**9) is None


# --- competences --------------------------------------------------------------------------------------------


def test_competences_are_counted_among_those_accepted_whatever_node_named_the_skill(cast):
    skill("nextcloud")
    stranger = member("Inconnue", origin="https://tours.example")
    for issuer, kind in ((cast.alix, kind_of_skill("nextcloud")), (cast.bachir, NEXTCLOUD), (stranger, NEXTCLOUD)):
        vouch_between(issuer, cast.gwen, kind=kind)
    vouch_between(cast.alix, cast.gwen, kind=NEXTCLOUD)
    assert competences(viewpoint_for(member=None), cast.gwen) == {"nextcloud": 2}
    assert competences(viewpoint_for(member=None), cast.fanny) == {}


def test_a_private_competence_counts_for_its_issuer_only(cast):
    vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=2, kind=kind_of_skill("nextcloud"), public=False)
    assert competences(viewpoint_for(member=cast.bachir), cast.gwen) == {}
    assert competences(viewpoint_for(member=None), cast.gwen) == {}
    assert competences(viewpoint_for(member=cast.alix), cast.gwen) == {"nextcloud": 1}


# --- how much is read ---------------------------------------------------------------------------------------


def count(call):
    with CaptureQueriesContext(connection) as asked:
        call()
    return len(asked)


def test_a_web_of_thirty_takes_the_same_few_queries_as_one_of_three(cast):
    my_web(cast.camille)
    few = count(lambda: my_web(cast.camille))
    for n in range(27):
        vouch_between(cast.camille, member(f"M{n}"), kind=f"competence:https://x.example/skills/s{n}")
        vouch_between(cast.alix, cast.camille, kind=f"competence:https://x.example/skills/s{n}")
    my_web(cast.camille)
    assert count(lambda: my_web(cast.camille)) <= few + 1 <= 13  # labels of skills are asked for when there are any
