"""Taking an entry over: by proof or by an operator's word; what becomes of it, and how it comes back."""

import pytest

from network.actions.claims import ask_claim, forget_old_claims, settle_claim, take_proven_entry, undo_claim
from network.actions.imports import apply_import, start_import, undo_import
from network.actions.offers import renew_offer
from network.errors import NotEntitled, NotFound, WrongState
from network.models import Claim, ImportRun, Member, Offer, SourceRecord
from network.queries.claims import claimed_by, claims_settled, site_proof
from network.queries.entry_plans import member_state, offer_state
from network.queries.import_plans import plan_of
from network.queries.search import find_offers
from network.queries.trust import viewpoint_for
from network.rules.search import SearchQuery
from tests import factories

pytestmark = pytest.mark.django_db

SITE = "https://etage.example"
ENTRIES = f"""nom;nature;site;commune;titre;prix
Étage 12;association;{SITE};Liévin;Courriel;prix libre
Étage 12;association;{SITE};Liévin;Wiki;
Sans site;association;;Lens;Sauvegarde;don
"""


@pytest.fixture
def alix(gazetteer):
    member = factories.member("Alix", belongs_to=factories.collective())
    factories.account(member, operator=True)
    return member


@pytest.fixture
def bachir(alix):
    return factories.member("Bachir", belongs_to=alix.memberships.get().collective)


def read(actor):
    run = start_import(actor=actor, scope="entries", name="a.csv", text=ENTRIES, source="Annuaire Z")
    return apply_import(actor=actor, run_id=run.pk)


@pytest.fixture
def entry(alix):
    read(alix)
    return Member.objects.get(name="Étage 12")


def found(text="courriel"):
    hits = find_offers(SearchQuery(text=text, place="Liévin"), viewpoint=viewpoint_for(member=None)).hits
    return [(hit.owner.name, hit.offer.title) for hit in hits]


def proven(actor, entry):
    return take_proven_entry(actor=actor, member_id=entry.pk, address=SITE)


# --- the proof --------------------------------------------------------------------------------------------


def test_each_member_has_a_code_of_their_own_for_each_entry(alix, bachir, entry):
    mine, theirs = (site_proof(entry.pk, actor=member) for member in (alix, bachir))
    assert mine.address == theirs.address == SITE
    assert mine.code != theirs.code
    assert mine == site_proof(entry.pk, actor=alix)
    assert len(mine.code) == len("toile-") + 24


def test_without_website_or_right_to_publish_nothing_is_proved(alix, entry):
    assert site_proof(Member.objects.get(name="Sans site").pk, actor=alix) is None
    assert site_proof(entry.pk, actor=None) is None
    assert site_proof(entry.pk, actor=factories.member("Dominique", origin="https://tours.example")) is None
    assert site_proof(alix.pk, actor=alix) is None


def test_a_page_within_a_site_proves_nothing(alix, entry):
    """There visitors may write too, on a wiki or under a post: that is for operators to judge."""
    Member.objects.filter(pk=entry.pk).update(website=SITE + "/annuaire/etage-12")
    assert site_proof(entry.pk, actor=alix) is None


def test_what_was_seen_elsewhere_gives_nothing(bachir, entry):
    with pytest.raises(NotFound):
        take_proven_entry(actor=bachir, member_id=entry.pk, address="https://autre.example")
    with pytest.raises(NotEntitled):
        proven(factories.member("Dominique", origin="https://tours.example"), entry)
    assert Member.objects.filter(pk=entry.pk, unclaimed=True).exists()


def test_a_proven_entry_becomes_the_members_offers_and_website(bachir, entry):
    ask_claim(member_id=entry.pk, wants="claim", actor=bachir, message="C’est nous")
    claim = proven(bachir, entry)
    assert (claim.state, claim.proof, claim.settled_by, claim.title, claim.message) == (
        "accepted", SITE, None, "Étage 12", "",
    )  # fmt: skip
    assert Claim.objects.count() == 1  # the one that waited is the one that is proved
    assert sorted(Offer.objects.filter(owner=bachir).values_list("title", "price")) == [
        ("Courriel", "prix_libre"), ("Wiki", "prix_libre"),
    ]  # fmt: skip
    bachir.refresh_from_db()
    assert bachir.website == SITE
    assert found() == [("Bachir", "Courriel")]
    assert claimed_by(entry.uri.removeprefix("http://localhost:8000")) == bachir
    with pytest.raises(NotFound):
        proven(bachir, entry)


def test_a_website_that_the_member_has_stays(bachir, entry):
    Member.objects.filter(pk=bachir.pk).update(website="https://bachir.example")
    proven(Member.objects.get(pk=bachir.pk), entry)
    assert Member.objects.get(pk=bachir.pk).website == "https://bachir.example"


def test_the_others_who_asked_are_refused(alix, bachir, entry):
    other = ask_claim(member_id=entry.pk, wants="claim", actor=alix)
    proven(bachir, entry)
    other.refresh_from_db()
    assert other.state == "refused"
    with pytest.raises(WrongState, match="claim_settled"):
        settle_claim(actor=alix, claim_id=other.pk, accept=True)
    assert not Offer.objects.filter(owner=alix).exists()


def test_nobody_gets_an_entry_who_may_not_publish_here(alix, entry):
    stranger = factories.member("Dominique", origin="https://tours.example")
    claim = ask_claim(member_id=entry.pk, wants="claim", actor=stranger)
    with pytest.raises(WrongState, match="claim_without_member"):
        settle_claim(actor=alix, claim_id=claim.pk, accept=True)
    assert Offer.objects.filter(owner=entry).count() == 2


# --- and back ---------------------------------------------------------------------------------------------


def said(entry):
    offers = {offer.uri: (offer.state, offer.ends_at, offer_state(offer)) for offer in entry.offers.all()}
    record = SourceRecord.objects.get(member=entry)
    keys = {key: Offer.objects.get(pk=pk).uri for key, pk in record.offer_ids.items()}
    return entry.uri, member_state(entry), offers, keys, (record.url, record.state, record.leaves_at)


@pytest.mark.parametrize("proof", [True, False])
def test_undone_the_entry_is_as_it_was(alix, bachir, entry, proof):
    before = said(entry)
    if proof:
        claim = proven(bachir, entry)
    else:
        claim = ask_claim(member_id=entry.pk, wants="claim", actor=bachir)
        settle_claim(actor=alix, claim_id=claim.pk, accept=True)
    assert undo_claim(actor=alix, claim_id=claim.pk) == 0
    assert said(Member.objects.get(name="Étage 12", unclaimed=True)) == before
    assert found() == [("Étage 12", "Courriel")]
    assert set(Offer.objects.filter(owner=bachir).values_list("state", flat=True)) == {"withdrawn"}
    assert Member.objects.get(pk=bachir.pk).website == ""
    (line,) = claims_settled()
    assert (line.claim.state, line.claim.undone_by, line.undoable) == ("undone", alix, False)
    assert line.claim.settled_by == (None if proof else alix)
    again = start_import(actor=alix, scope="entries", name="a.csv", text=ENTRIES, source="Annuaire Z")
    assert {step.does for step in plan_of(again, today=again.created_at.date()).steps} == {"same"}


def test_what_the_member_changed_since_is_theirs(alix, bachir, entry):
    claim = proven(bachir, entry)
    renew_offer(actor=bachir, offer_id=Offer.objects.get(owner=bachir, title="Wiki").pk)
    Member.objects.filter(pk=bachir.pk).update(website="https://bachir.example")
    assert undo_claim(actor=alix, claim_id=claim.pk) == 1
    assert Offer.objects.get(owner=bachir, state="live").title == "Wiki"
    assert Member.objects.get(pk=bachir.pk).website == "https://bachir.example"


def test_after_an_undoing_the_code_proves_nothing_to_operators_who_doubt(alix, bachir, entry):
    undo_claim(actor=alix, claim_id=proven(bachir, entry).pk)
    entry = Member.objects.get(name="Étage 12")
    assert site_proof(entry.pk, actor=bachir) is None
    with pytest.raises(NotFound):
        proven(bachir, entry)
    claim = ask_claim(member_id=entry.pk, wants="claim", actor=bachir)
    settle_claim(actor=alix, claim_id=claim.pk, accept=True)
    assert found() == [("Bachir", "Courriel")]


def test_what_cannot_be_undone(alix, bachir, entry):
    asked = ask_claim(member_id=entry.pk, wants="claim", actor=alix)
    taken = proven(bachir, entry)
    with pytest.raises(NotEntitled):
        undo_claim(actor=bachir, claim_id=taken.pk)
    with pytest.raises(NotFound):
        undo_claim(actor=alix, claim_id=0)
    undo_claim(actor=alix, claim_id=taken.pk)
    removal = ask_claim(member_id=Member.objects.get(name="Étage 12").pk, wants="remove", actor=bachir)
    settle_claim(actor=alix, claim_id=removal.pk, accept=True)
    for claim in (asked, taken, removal):
        with pytest.raises(WrongState, match="claim_not_undoable"):
            undo_claim(actor=alix, claim_id=claim.pk)
    removal.refresh_from_db()
    assert (removal.kept, removal.title, removal.uri) == ({}, "", "")  # of what was removed nothing stays


def test_after_thirty_days_what_the_entry_was_is_forgotten(alix, bachir, entry, clock):
    claim = proven(bachir, entry)
    clock.advance(days=29)
    forget_old_claims(now=clock.now())
    assert claims_settled()[0].undoable
    clock.advance(days=2)
    assert not claims_settled()[0].undoable
    assert forget_old_claims(now=clock.now()) == 1
    claim.refresh_from_db()
    assert (claim.kept, claim.state, claim.uri) == ({}, "accepted", entry.uri)
    with pytest.raises(WrongState):
        undo_claim(actor=alix, claim_id=claim.pk)


def test_an_import_undone_meanwhile_does_not_hinder(alix, bachir, entry):
    claim = proven(bachir, entry)
    undo_import(actor=alix, run_id=ImportRun.objects.get().pk)
    assert found() == [("Bachir", "Courriel")]
    undo_claim(actor=alix, claim_id=claim.pk)
    assert found() == [("Étage 12", "Courriel")]
