"""The first run, invitations, profiles, people of other nodes, and those who leave."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser

from network.actions.leaving import mark_member_gone
from network.actions.members import (
    accept_invitation,
    confirm_profile,
    create_invitation,
    record_remote_member,
    set_up_node,
    update_profile,
)
from network.actions.trust import vouch
from network.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from network.models import (
    Account,
    Collective,
    Invitation,
    Member,
    Membership,
    MembershipState,
    NodeProfile,
    OfferState,
    OfferTerm,
    Tombstone,
    Vouch,
)
from network.queries.members import (
    counts,
    find_invitation,
    home_collective,
    is_set_up,
    local_member,
    local_members_called,
    member_by_uri,
    member_for,
    member_page,
    members_of,
    names_of_local,
    this_node,
)
from network.queries.webs import load
from network.rules.cards import MemberCard
from network.rules.facts import DEFAULT_TERMS
from network.signals import member_joined, profile_edited
from tests.factories import LENS, LIEVIN, PASSWORD, account, at_once, member, offer, skill, vouch_between

FIRST = {
    "node_name": "Nœud des Terrils", "collective_name": "Les Terrils", "username": "Alix", "password": PASSWORD,
    "display_name": "Alix Martin", "kind": "person",
}  # fmt: skip
JOIN = {"username": "bachir", "password": PASSWORD, "display_name": "Bachir"}
TOURS = "https://tours.example"


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


def _refused(error, code, call, **kwargs) -> DomainError:
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code
    return refusal.value


# --- the first run ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_first_run_makes_node_collective_and_first_member():
    assert (is_set_up(), this_node(), home_collective()) == (False, None, None)
    made = set_up_node(**FIRST, place=LIEVIN)
    assert is_set_up()
    assert this_node().name == "Nœud des Terrils"
    assert (made.username, made.operator, made.is_staff, made.is_superuser) == ("alix", True, False, False)
    person = made.member
    assert (person.uri, person.handle, person.local) == ("http://localhost:8000/u/alix", "alix", True)
    assert (person.place_name, person.place_dept, person.lat) == ("Liévin", "62", 50.4216)
    home = home_collective()
    assert (home.uri, home.slug) == ("http://localhost:8000/g/les-terrils", "les-terrils")
    membership = Membership.objects.get()
    assert (membership.member, membership.number, membership.state) == (person, 1, MembershipState.ACTIVE)
    assert authenticate(username="alix", password=PASSWORD) == made


@pytest.mark.django_db
def test_a_second_first_run_is_refused_and_changes_nothing():
    set_up_node(**FIRST)
    _refused(WrongState, "already_set_up", set_up_node, **FIRST | {"username": "pirate", "node_name": "Autre"})
    assert this_node().name == FIRST["node_name"]
    assert (Account.objects.count(), Collective.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"username": "é"}, "username_invalid", "username"),
        ({"username": "a/b"}, "username_invalid", "username"),
        ({"password": "short"}, "password_too_short", "password"),
        ({"password": "password123"}, "password_too_common", "password"),
        ({"username": "montagnes", "password": "montagnes1"}, "password_too_similar", "password"),
        ({"display_name": " "}, "name_length", "display_name"),
        ({"kind": "robot"}, "kind_unknown", "kind"),
        ({"node_name": ""}, "name_length", "node_name"),
        ({"collective_name": "x"}, "name_length", "name"),
    ],
)
def test_a_first_run_that_fails_leaves_the_node_free_for_another(wrong, code, field):
    refusal = _refused(Invalid, code, set_up_node, **FIRST | wrong)
    assert refusal.facts["field"] == field
    assert not is_set_up()
    assert not Account.objects.exists()
    set_up_node(**FIRST)


# --- invitations -----------------------------------------------------------------------------------------


@pytest.fixture
def alix(db):
    return set_up_node(**FIRST).member


def test_a_link_makes_one_member_once(alix, clock):
    invitation, token = create_invitation(actor=alix)
    assert token not in str(vars(invitation))
    assert find_invitation(token) == invitation
    made = accept_invitation(token=token, **JOIN)
    assert (made.username, made.operator, made.member.name) == ("bachir", False, "Bachir")
    assert [(m.number, m.member.name) for m in Membership.objects.order_by("number")] == [
        (1, "Alix Martin"),
        (2, "Bachir"),
    ]
    assert members_of(home_collective()) == [alix, made.member]
    assert find_invitation(token) is None
    _refused(WrongState, "invitation_used", accept_invitation, token=token, **JOIN | {"username": "autre"})
    assert Account.objects.count() == 2


def test_the_arrival_is_announced(alix, django_capture_on_commit_callbacks):
    heard = []
    hear = lambda **facts: heard.append((facts["member_id"], facts["collective_id"]))  # noqa: E731
    member_joined.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        made = accept_invitation(token=create_invitation(actor=alix)[1], **JOIN)
    member_joined.disconnect(hear)
    assert heard == [(made.member.pk, home_collective().pk)]


def test_a_link_expires(alix, clock):
    _, token = create_invitation(actor=alix, days=2)
    clock.advance(days=2)
    assert find_invitation(token) is None
    _refused(WrongState, "invitation_expired", accept_invitation, token=token, **JOIN)


def test_an_unknown_link_opens_nothing(alix):
    invitation, _ = create_invitation(actor=alix)
    for token in ("", "nonsense", invitation.token_digest):
        assert find_invitation(token) is None
        _refused(NotFound, "invitation_unknown", accept_invitation, token=token, **JOIN)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"username": "ALIX"}, "username_taken"),
        ({"password": "x"}, "password_too_short"),
        ({"kind": ""}, "kind_unknown"),
    ],
)
def test_a_mistake_does_not_use_the_link_up(alix, wrong, code):
    _, token = create_invitation(actor=alix)
    _refused(Invalid, code, accept_invitation, token=token, **JOIN | wrong)
    assert Member.objects.count() == 1
    assert accept_invitation(token=token, **JOIN).member.name == "Bachir"


def test_only_members_invite(alix):
    _refused(NotEntitled, "not_a_member", create_invitation, actor=member("Fanny"))
    Membership.objects.update(state=MembershipState.SUSPENDED)
    _refused(NotEntitled, "not_a_member", create_invitation, actor=alix)
    assert not Invitation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_link_used_by_several_at_once_makes_one_account():
    alix = set_up_node(**FIRST).member
    _, token = create_invitation(actor=alix)
    calls = [lambda n=n: accept_invitation(token=token, **JOIN | {"username": f"racer{n}"}) for n in range(4)]
    results = at_once(*calls)
    assert sorted(isinstance(each, Account) for each in results) == [False, False, False, True]
    assert {each.code for each in results if isinstance(each, DomainError)} == {"invitation_used"}
    assert (Account.objects.count(), Member.objects.count(), Membership.objects.count()) == (2, 2, 2)


@pytest.mark.django_db(transaction=True)
def test_several_first_runs_at_once_make_one_node():
    results = at_once(*[lambda n=n: set_up_node(**FIRST | {"username": f"racer{n}"}) for n in range(4)])
    assert sum(isinstance(each, Account) for each in results) == 1
    assert {each.code for each in results if isinstance(each, DomainError)} == {"already_set_up"}
    assert (NodeProfile.objects.count(), Collective.objects.count(), Account.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_register_numbers_follow_one_another_when_several_join_at_once():
    alix = set_up_node(**FIRST).member
    tokens = [create_invitation(actor=alix)[1] for _ in range(4)]
    people = [JOIN | {"token": token, "username": f"racer{n}"} for n, token in enumerate(tokens)]
    at_once(*[lambda person=person: accept_invitation(**person) for person in people])
    assert sorted(Membership.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


# --- profiles --------------------------------------------------------------------------------------------


def test_a_profile_says_what_its_owner_wants(alix, clock, django_capture_on_commit_callbacks):
    skill("nextcloud"), skill("vélo")
    clock.advance(days=3)
    heard = []
    hear = lambda **facts: heard.append(facts["member_id"])  # noqa: E731
    profile_edited.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        update_profile(
            actor=alix, name=" Atelier Martin ", kind="company", summary="*Bonjour*", place=LENS,
            languages=["fr", "fsl"], skills=["nextcloud", "nextcloud"], opening="waiting",
            website="https://atelier.example/",
        )  # fmt: skip
    profile_edited.disconnect(hear)
    row = Member.objects.get(pk=alix.pk)
    assert (row.name, row.kind, row.summary, row.opening) == ("Atelier Martin", "company", "*Bonjour*", "waiting")
    assert (row.place_name, row.place_code, row.languages) == ("Lens", "62498", ["fr", "fsl"])
    assert [each.slug for each in row.skills.all()] == ["nextcloud"]
    assert (row.revision, row.renewed_at, row.handle) == (2, clock.now(), "alix")
    assert heard == [alix.pk]


def test_what_is_not_said_stays(alix, clock):
    update_profile(actor=alix, place=LENS, skills=[skill().slug], summary="Bonjour")
    update_profile(actor=alix, opening="closed")
    row = Member.objects.get(pk=alix.pk)
    assert (row.place_name, row.summary, row.opening, row.skills.count()) == ("Lens", "Bonjour", "closed", 1)
    update_profile(actor=alix, place=None, skills=[])
    row.refresh_from_db()
    assert (row.place_name, row.lat, row.skills.count()) == ("", None, 0)


def test_confirming_moves_the_date_only(alix, clock):
    clock.advance(days=200)
    row = confirm_profile(actor=alix)
    assert (row.renewed_at, row.name, row.revision) == (clock.now(), "Alix Martin", 2)


def test_offers_are_found_by_the_new_name(alix):
    made = offer(alix, "Réparation")
    update_profile(actor=alix, name="Zébulon")
    assert OfferTerm.objects.filter(offer=made, term="zebulon").exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "x"}, "name_length"),
        ({"name": "x" * 121}, "name_length"),
        ({"kind": "robot"}, "kind_unknown"),
        ({"summary": "x" * 5001}, "summary_too_long"),
        ({"summary": "a\x00b"}, "text_invalid"),
        ({"languages": ["français"]}, "language_invalid"),
        ({"languages": ["fr"] * 21}, "languages_too_many"),
        ({"skills": ["no-such-skill"]}, "skill_unknown"),
        ({"skills": ["x"] * 31}, "skills_too_many"),
        ({"opening": "maybe"}, "opening_unknown"),
        ({"website": "javascript:alert(1)"}, "website_invalid"),
    ],
)
def test_a_profile_out_of_bounds_is_refused_whole(alix, wrong, code):
    refusal = _refused(Invalid, code, update_profile, actor=alix, **{"name": "Autre Nom"} | wrong)
    assert refusal.facts["field"] == next(iter(wrong))
    assert Member.objects.get(pk=alix.pk).name == "Alix Martin"


def test_all_problems_are_told_together(alix):
    refusal = _refused(Invalid, "name_length", update_profile, actor=alix, name="", opening="?", skills=["no"])
    assert refusal.facts["problems"] == [
        ("name", "name_length"), ("opening", "opening_unknown"), ("skills", "skill_unknown"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_nobody_edits_a_profile_of_another_node(clock):
    _refused(NotEntitled, "not_your_profile", update_profile, actor=member(origin=TOURS), name="Autre")
    _refused(NotEntitled, "not_your_profile", update_profile, actor=member(gone_at=clock.now()), name="Autre")


# --- reading ---------------------------------------------------------------------------------------------


def test_the_page_of_a_member_separates_offers_from_requests(alix):
    gives, seeks = offer(alix, "Réparation"), offer(alix, "Cherche un local", purpose="request")
    offer(alix, "Retirée", state=OfferState.WITHDRAWN)
    page = member_page(alix.pk, viewer=None)
    assert (page.member, page.offers, page.requests) == (alix, [gives], [seeks])
    assert (page.can_edit, page.can_vouch) == (False, False)
    assert [m.number for m in page.memberships] == [1]
    assert member_page(alix.pk, viewer=alix).can_edit
    assert not member_page(alix.pk, viewer=alix).can_vouch
    assert member_page(alix.pk, viewer=member("B", belongs_to=home_collective())).can_vouch


def test_people_are_found_by_login_handle_and_address(alix):
    assert member_for(alix.account) == alix
    assert (member_for(AnonymousUser()), member_for(None), member_for(Account(username="op"))) == (None, None, None)
    assert (local_member("ALIX"), local_member("nobody")) == (alix, None)
    assert member_by_uri(alix.uri) == alix


def test_figures_of_the_node(alix):
    remote = member(origin=TOURS)
    offer(remote), offer(alix, purpose="request"), offer(alix, state=OfferState.EXPIRED)
    seen = counts()
    assert (seen.members, seen.local_members, seen.offers, seen.requests, seen.origins) == (2, 1, 1, 1, 2)


def test_the_page_of_nobody_is_unknown(alix, clock):
    gone = member("Élise", gone_at=clock.now())
    for pk in (gone.pk, 10**9):
        _refused(NotFound, "member_unknown", lambda pk: member_page(pk, viewer=alix), pk=pk)


# --- people of other nodes -------------------------------------------------------------------------------


def _card(**said) -> MemberCard:
    plain = {
        "uri": f"{TOURS}/u/dominique",
        "origin": TOURS,
        "handle": "dominique",
        "kind": "person",
        "name": "Dominique",
    }
    return MemberCard(**plain | said)


@pytest.mark.django_db
def test_what_a_node_says_of_its_member_is_kept_clean(clock):
    skill("nextcloud")
    row = record_remote_member(
        card=_card(
            html="<p>Bonjour <script>alert(1)</script></p>", languages=("fr",), skill_slugs=("nextcloud", "unknown"),
            website="https://d.example", place_name="Tours", place_dept="37", lat=47.39, lon=0.69, opening="waiting",
        )
    )  # fmt: skip
    assert (row.uri, row.origin, row.local, row.handle) == (f"{TOURS}/u/dominique", TOURS, False, "dominique")
    assert (row.summary, row.languages, row.opening) == ("<p>Bonjour </p>", ["fr"], "waiting")
    assert [each.slug for each in row.skills.all()] == ["nextcloud"]
    assert (row.place_name, row.heard_at) == ("Tours", clock.now())


@pytest.mark.django_db
def test_said_again_it_is_the_same_member(clock):
    first = record_remote_member(card=_card())
    clock.advance(days=1)
    again = record_remote_member(card=_card(name="Dominique D."))
    assert (again.pk, again.name, again.heard_at) == (first.pk, "Dominique D.", clock.now())
    assert Member.objects.count() == 1


@pytest.mark.django_db
def test_decoration_that_makes_no_sense_is_dropped_and_length_is_cut():
    row = record_remote_member(
        card=_card(name="D\x00" * 200, languages=("français",), website="javascript:x", place_name="T" * 500)
    )
    assert (row.name, row.languages, row.website, len(row.place_name)) == ("D" * 120, [], "", 120)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        ({"origin": "https://pirate.example"}, NotEntitled, "origin_mismatch"),
        ({"uri": "http://localhost:8000/u/alix", "origin": "http://localhost:8000"}, NotEntitled, "origin_mismatch"),
        ({"uri": "http://LOCALHOST:8000/u/x", "origin": "http://LOCALHOST:8000"}, NotEntitled, "origin_mismatch"),
        ({"uri": TOURS + ".pirate.example/u/x"}, NotEntitled, "origin_mismatch"),
        ({"kind": "Service"}, Invalid, "kind_unknown"),
        ({"opening": ""}, Invalid, "opening_unknown"),
        ({"lat": 91.0, "lon": 0.0}, Invalid, "point_invalid"),
        ({"lat": float("nan"), "lon": 0.0}, Invalid, "point_invalid"),
        ({"lat": 1.0}, Invalid, "point_invalid"),
        ({"uri": TOURS + "/" + "u" * 500}, Invalid, "uri_too_long"),
    ],
)
def test_a_card_that_cannot_be_true_is_refused(wrong, error, code):
    _refused(error, code, record_remote_member, card=_card(**wrong))
    assert not Member.objects.exists()


# --- leaving ---------------------------------------------------------------------------------------------


def test_whoever_leaves_takes_everything_along(alix, clock):
    home = home_collective()
    bachir = member("Bachir", belongs_to=home)
    login, live = account(bachir), offer(bachir)
    public, other = vouch_between(bachir, alix), vouch_between(alix, bachir)
    vouch(actor=bachir, subject_id=alix.pk, level=1, kind="prestation", public=False)
    mark_member_gone(uri=bachir.uri)
    bachir.refresh_from_db(), live.refresh_from_db(), login.refresh_from_db()
    assert (bachir.gone_at, bachir.name, bachir.place_name, bachir.lat) == (clock.now(), "", "", None)
    assert (live.state, login.is_active) == (OfferState.WITHDRAWN, False)
    assert not OfferTerm.objects.filter(offer=live).exists()
    assert Tombstone.objects.count() == 1
    assert set(Vouch.objects.all()) == {public, other}
    assert [fact.id for fact in load().facts.counting(clock.now(), DEFAULT_TERMS)] == [other.uri]
    assert Membership.objects.get(member=bachir).state == MembershipState.ENDED
    assert (members_of(home), member_for(login), local_member(bachir.handle)) == ([alix], None, None)


@pytest.mark.django_db
def test_whoever_left_does_not_come_back_with_a_late_message(clock):
    record_remote_member(card=_card())
    left = mark_member_gone(uri=f"{TOURS}/u/dominique")
    clock.advance(days=1)
    assert mark_member_gone(uri=left.uri).gone_at == left.gone_at
    assert record_remote_member(card=_card()).name == ""
    assert mark_member_gone(uri=f"{TOURS}/u/nobody") is None


@pytest.mark.django_db
def test_names_of_many_are_told_apart_in_one_query(django_assert_num_queries):
    plain, first, second, borrowed = (member(name) for name in ("Élise", "Bachir", "bachir", "Anne"))
    Member.objects.filter(pk=borrowed.pk).update(handle="anne.martin")
    Member.objects.filter(pk=plain.pk).update(handle="anne")
    odd = member("/membres/7")
    people = [plain, first, second, borrowed, odd]
    with django_assert_num_queries(1):
        names = names_of_local([each.pk for each in people])
    assert set(names) == {"Élise", f"@{first.handle}", f"@{second.handle}", "@anne.martin", f"@{odd.handle}"}
    assert [local_members_called(name) for name in names] == [
        [each] for each in sorted(people, key=lambda m: (m.name, m.pk))
    ]
