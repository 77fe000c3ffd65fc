"""The tree grows and is tidied by members, and no offer is ever lost on the way."""

import pytest
from django.db import transaction

from network.actions.offers import edit_offer, publish_offer
from network.actions.skills import add_skill, load_skills, merge_skills, split_skill
from network.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from network.models import Offer, Skill, SkillMerge
from network.queries.offers import draft_of
from network.queries.search import find_offers
from network.queries.skills import find_skill, skill_tree, skills_of_uris
from network.rules.offers import OfferDraft
from network.rules.search import SearchQuery
from tests import factories
from tests.network.catalogue import VISITOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    """A collective with a member and an operator; the shipped tree."""
    load_skills()
    coop = factories.collective()
    plain, operator = factories.member("Alix", belongs_to=coop), factories.member("Bachir", belongs_to=coop)
    factories.account(operator, operator=True)
    return coop, plain, operator


def found(**asked):
    answer = find_offers(SearchQuery(**asked), viewpoint=VISITOR)
    return [] if answer.widening else sorted(hit.offer.title for hit in answer.hits)


# --- adding ------------------------------------------------------------------------------------------------


def known(uri: str, slug: str = "") -> str:
    """The slug of the skill that another node's address means here, empty for a concept of its own."""
    skill = skills_of_uris([(uri, slug)]).get((uri, slug))
    return skill.slug if skill else ""


def test_a_member_adds_a_skill_and_uses_it_at_once(people):
    _, alix, _ = people
    made = add_skill(actor=alix, label_fr="Vélos cargos", broader="materiel", same=["biporteur"], synonyms=["remorque"])
    assert (made.slug, made.label_en, made.broader.slug, made.added_by) == (
        "velos-cargos",
        "Vélos cargos",
        "materiel",
        alix,
    )
    publish_offer(actor=alix, draft=OfferDraft("Prêt à la journée", "gift", skill="velos-cargos", area="country"))
    for asked in ({"skill": "materiel"}, {"text": "biporteur"}, {"text": "remorques"}, {"skill": "Vélo cargo"}):
        assert found(**asked) == ["Prêt à la journée"]


@pytest.mark.parametrize("label", ["Courriel", "courriels", "e-mail", "Mail", "E-MAILS"])
def test_what_is_there_already_is_not_added_twice(people, label):
    with pytest.raises(Invalid) as refusal:
        add_skill(actor=people[1], label_fr=label)
    assert (refusal.value.code, refusal.value.facts["slug"]) == ("skill_exists", "courriel")


def test_a_name_too_short_and_an_unknown_place_in_the_tree(people):
    with pytest.raises(Invalid) as refusal:
        add_skill(actor=people[1], label_fr="x", broader="nulle-part")
    assert [field for field, _ in refusal.value.facts["problems"]] == ["label_fr", "label_en", "broader"]
    assert not Skill.objects.filter(label_fr="x").exists()


def test_only_active_members_add_and_only_operators_merge(people):
    coop, alix, _ = people
    candidate = factories.member("Camille")
    factories.candidate(coop, candidate)
    with pytest.raises(NotEntitled):
        add_skill(actor=candidate, label_fr="Vannerie")
    with pytest.raises(NotEntitled):
        merge_skills(actor=alix, slug="wifi", into="reseau")


def test_the_shipped_list_leaves_what_members_added_and_merged_alone(people):
    _, alix, operator = people
    add_skill(actor=alix, label_fr="Vannerie")
    merge_skills(actor=operator, slug="hebergement", into="reseau")
    assert load_skills() == 0
    assert find_skill("vannerie")
    assert find_skill("courriel").broader.slug == "reseau"
    assert find_skill("hebergement").slug == "reseau"


# --- merging -----------------------------------------------------------------------------------------------


def test_a_merge_loses_no_offer_no_member_and_no_address(people):
    _, alix, operator = people
    alix.skills.add(Skill.objects.get(slug="vpn"))
    operator.skills.set(Skill.objects.filter(slug__in=["vpn", "acces-internet"]))
    factories.offer(alix, "Tunnel", skill="vpn")
    factories.offer(alix, "Fibre", skill="acces-internet")
    merge_skills(actor=operator, slug="vpn", into="acces-internet")
    assert found(skill="vpn") == found(skill="acces-internet") == ["Fibre", "Tunnel"]
    assert found(text="wireguard") == ["Fibre", "Tunnel"]  # its words lead there too
    assert {m.name: [s.slug for s in m.skills.all()] for m in (alix, operator)} == {
        "Alix": ["acces-internet"],
        "Bachir": ["acces-internet"],
    }
    assert "vpn" not in {node.slug for root in skill_tree() for node in root.narrower}
    assert known("https://b.example/skills/vpn", "vpn") == "acces-internet"


def test_an_offer_that_names_the_old_skill_is_written_under_the_new_one(people):
    _, alix, operator = people
    merge_skills(actor=operator, slug="vpn", into="reseau")
    made = publish_offer(actor=alix, draft=OfferDraft("Tunnel", "gift", skill="vpn", area="country"))
    assert made.skill.slug == "reseau"
    again = edit_offer(actor=alix, offer_id=made.pk, draft=draft_of(made))
    assert again.skill.slug == "reseau"


def test_what_was_narrower_hangs_under_the_other(people):
    factories.offer(people[1], "Serveur", skill="courriel")
    merge_skills(actor=people[2], slug="hebergement", into="reseau")
    assert found(skill="reseau") == ["Serveur"]


def test_a_merge_can_be_undone(people):
    _, alix, operator = people
    alix.skills.add(Skill.objects.get(slug="vpn"))
    factories.offer(alix, "Tunnel", skill="vpn")
    before = {s.slug: (s.synonyms, s.exact_match, s.broader_id) for s in Skill.objects.all()}
    merge = merge_skills(actor=operator, slug="vpn", into="reseau")
    factories.offer(alix, "Câbles", skill="reseau")
    split_skill(actor=operator, merge_id=merge.pk)
    assert found(skill="vpn") == ["Tunnel"]
    assert found(skill="reseau") == ["Câbles", "Tunnel"]  # the one lies under the other again
    assert [s.slug for s in alix.skills.all()] == ["vpn"]
    assert {s.slug: (s.synonyms, s.exact_match, s.broader_id) for s in Skill.objects.all()} == before
    with pytest.raises(WrongState):
        split_skill(actor=operator, merge_id=merge.pk)


def test_merges_are_undone_in_the_order_of_their_making(people):
    operator = people[2]
    first = merge_skills(actor=operator, slug="vpn", into="reseau")
    second = merge_skills(actor=operator, slug="wifi", into="reseau")
    with pytest.raises(WrongState, match="skill_merged_since"):
        split_skill(actor=operator, merge_id=first.pk)
    split_skill(actor=operator, merge_id=second.pk)
    assert split_skill(actor=operator, merge_id=first.pk).slug == "vpn"


@pytest.mark.parametrize(
    ("slug", "into", "code"),
    [
        ("vpn", "vpn", "skill_same"),
        ("reseau", "vpn", "skill_under_itself"),
        ("rien", "vpn", "skill_unknown"),
        ("vpn", "rien", "skill_unknown"),
    ],
)
def test_merges_that_make_no_sense(people, slug, into, code):
    with pytest.raises((WrongState, NotFound), match=code):
        merge_skills(actor=people[2], slug=slug, into=into)
    assert not SkillMerge.objects.exists()


def test_a_merge_that_fails_half_way_changes_nothing(people, monkeypatch):
    _, alix, operator = people
    factories.offer(alix, "Tunnel", skill="vpn")

    def broken(slugs):
        raise RuntimeError("index")

    monkeypatch.setattr("network.actions.skills.index_offers_with", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        merge_skills(actor=operator, slug="vpn", into="reseau")
    assert Offer.objects.get(title="Tunnel").skill.slug == "vpn"
    assert Skill.objects.get(slug="vpn").merged_into is None


def test_a_skill_of_another_node_is_known_by_what_it_is_elsewhere(people):
    assert known("https://www.wikidata.org/entity/Q25874683") == "nextcloud"
    assert known("https://b.example/skills/nextcloud", "nextcloud") == "nextcloud"
    assert known("https://b.example/skills/apiculture", "apiculture") == ""


# --- at the same moment --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_opposite_merges_one_succeeds(people):
    operator = people[2]
    factories.offer(people[1], "Tunnel", skill="vpn")
    factories.offer(people[1], "Borne", skill="wifi")
    results = factories.at_once(
        lambda: merge_skills(actor=operator, slug="vpn", into="wifi"),
        lambda: merge_skills(actor=operator, slug="wifi", into="vpn"),
    )
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert found(skill="vpn") == found(skill="wifi") == ["Borne", "Tunnel"]


@pytest.mark.django_db(transaction=True)
def test_an_offer_written_during_a_merge_is_found_under_what_remains(people):
    _, alix, operator = people
    draft = OfferDraft("Tunnel", "gift", skill="vpn", area="country")
    publish = [lambda: publish_offer(actor=alix, draft=draft)] * 4
    results = factories.at_once(lambda: merge_skills(actor=operator, slug="vpn", into="reseau"), *publish)
    assert not [result for result in results if isinstance(result, Exception)]
    assert found(skill="reseau") == ["Tunnel"] * 4


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_the_same_skill_one_succeeds(people):
    add = [lambda: add_skill(actor=people[1], label_fr="Vannerie")] * 2
    results = factories.at_once(*add)
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert Skill.objects.filter(label_fr="Vannerie").count() == 1
