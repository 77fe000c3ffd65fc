"""Proving an entry by its own website: what is read there, how, and what proves nothing."""

import pytest

from federation.claiming import claim_by_website
from network.actions.imports import apply_import, start_import
from network.errors import NotFound, WrongState
from network.models import Claim, Member, Offer
from network.queries.claims import site_proof
from tests import factories
from tests.peers import Peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings):
    with Peer() as site:
        settings.FEDERATION_ON = True
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, site.address]
        yield site


@pytest.fixture
def bachir(db):
    alix = factories.member("Alix", belongs_to=factories.collective())
    factories.account(alix, operator=True)
    return factories.member("Bachir", belongs_to=alix.memberships.get().collective)


@pytest.fixture
def entry(site, bachir, gazetteer):
    return entry_of(f"http://{site.address}/")


def entry_of(website):
    alix = Member.objects.get(name="Alix")
    text = f"nom;commune;site;titre\nÉtage 12;Liévin;{website};Courriel\n"
    apply_import(
        actor=alix, run_id=start_import(actor=alix, scope="entries", name="a.csv", text=text, source="Annuaire Z").pk
    )
    return Member.objects.get(name="Étage 12")


def show(site, text, content_type="text/html; charset=utf-8", path="/"):
    site.serve(path, text.encode(), content_type=content_type)


def code(entry, member):
    return site_proof(entry.pk, actor=member).code


def refusal(member, entry):
    with pytest.raises((WrongState, NotFound)) as refused:
        claim_by_website(actor=member, member_id=entry.pk)
    assert Member.objects.filter(pk=entry.pk, unclaimed=True).exists()
    assert not Claim.objects.exists()
    return refused.value.code


@pytest.mark.parametrize(
    "words", ["<p>Bonjour, {code}.</p>", "<!-- {code} -->", '<meta name="toile" content="{code}">']
)
def test_a_code_on_the_page_proves_it(site, bachir, entry, words):
    show(site, f"<!doctype html><title>Étage</title>{words.format(code=code(entry, bachir))}")
    claim = claim_by_website(actor=bachir, member_id=entry.pk)
    assert (claim.member, claim.proof) == (bachir, f"http://{site.address}/")
    assert Offer.objects.get(title="Courriel").owner == bachir
    (seen,) = site.asked("/")
    assert "signature" not in seen.headers


def test_another_members_code_proves_nothing(site, bachir, entry):
    show(site, f"<p>{code(entry, Member.objects.get(name='Alix'))}</p>")
    assert refusal(bachir, entry) == "code_not_found"


@pytest.mark.parametrize("kind", ["application/json", "image/svg+xml", "application/octet-stream"])
def test_only_a_page_proves_it(site, bachir, entry, kind):
    show(site, code(entry, bachir), content_type=kind)
    assert refusal(bachir, entry) == "site_unread"


def test_a_site_that_does_not_answer_or_is_too_large(site, bachir, entry):
    assert refusal(bachir, entry) == "site_unread"
    show(site, " " * (1024 * 1024 + 1) + code(entry, bachir))
    assert refusal(bachir, entry) == "site_unread"


def test_a_site_that_now_leads_elsewhere_proves_nothing(site, bachir, entry, settings):
    """A name that was given up leads where its new owner likes."""
    with Peer() as other:
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, other.address]
        show(other, code(entry, bachir), path="/ici")
        site.serve("/", b"", status=302, headers={"Location": f"{other.origin}/ici"})
        assert refusal(bachir, entry) == "site_elsewhere"
    show(site, code(entry, bachir), path="/fr/")
    site.serve("/", b"", status=301, headers={"Location": "/fr/"})
    assert claim_by_website(actor=bachir, member_id=entry.pk).state == "accepted"


def test_addresses_inside_are_never_asked(site, bachir, entry, settings):
    show(site, code(entry, bachir))
    settings.FEDERATION_TEST_PEERS = [each for each in settings.FEDERATION_TEST_PEERS if each != site.address]
    assert refusal(bachir, entry) == "site_unread"
    settings.FEDERATION_ON = False
    assert refusal(bachir, entry) == "site_unread"
    assert not site.seen


def test_an_entry_without_website_is_not_asked_for(site, bachir, entry):
    Member.objects.filter(pk=entry.pk).update(website="")
    assert refusal(bachir, entry) == "member_unknown"
    assert not site.seen
