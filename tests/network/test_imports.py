"""Importing one's own offers, and entries of others: preview, effect, report, undoing as a whole, once only."""

import json
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.imports import apply_import, start_import, undo_import
from network.actions.offers import edit_offer, withdraw_offer
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.formats import csv_table, geojson
from network.models import ImportRun, Member, Offer, OfferState, SourceRecord
from network.queries.exports import cards_of
from network.queries.import_plans import plan_of
from network.queries.imports import import_page
from network.queries.offers import draft_of
from network.queries.readers import readable
from network.queries.search import find_offers
from network.queries.trust import viewpoint_for
from network.rules.search import SearchQuery
from tests import factories

pytestmark = pytest.mark.django_db

OWN = """titre;competence;lieu;prix;montant;a_distance
Installation de Nextcloud;nextcloud;62800;à l’heure;55,5;non
Dépannage à distance;;;don;;oui
Sans prix;;Liévin;;;
Montant illisible;;Liévin;heure;cher;
"""
ENTRIES = """nom;nature;site;commune;latitude;longitude;titre;prix
Étage 12;association;https://etage.example;Liévin;50,42;2,78;Courriel;prix libre
Étage 12;association;https://etage.example;Liévin;;;Wiki;
Paul;personne;;Lens;50,4301;2,8399;;
Sans nature;bizarre;;;;;;
"""


@pytest.fixture
def alix(gazetteer):
    factories.skill("nextcloud")
    home = factories.collective()
    member = factories.member("Alix", belongs_to=home)
    factories.account(member, operator=True)
    return member


@pytest.fixture
def bachir(alix):
    return factories.member("Bachir", belongs_to=alix.memberships.get().collective)


def own(actor, text=OWN):
    return start_import(actor=actor, scope="own", name="offres.csv", text=text)


def entries(actor, text=ENTRIES, **more):
    return start_import(actor=actor, scope="entries", name="fiches.csv", text=text, **{"source": "Annuaire Z"} | more)


def does(run):
    return [(step.number, step.does) for step in import_page(run.pk, viewer=run.actor).plan.steps]


# --- one's own --------------------------------------------------------------------------------------------


def test_the_preview_says_each_line_and_writes_nothing(alix):
    run = own(alix)
    assert does(run) == [(2, "create"), (3, "create"), (4, "refuse"), (5, "refuse")]
    steps = import_page(run.pk, viewer=alix).plan.steps
    assert [[(p.field, p.code, p.value) for p in step.problems] for step in steps[2:]] == [
        [("price", "price_unknown", "")],
        [("montant", "amount_unreadable", "cher")],
    ]
    assert not Offer.objects.exists()


def test_the_good_lines_are_published_and_the_others_told(alix):
    run = apply_import(actor=alix, run_id=own(alix).pk)
    made = Offer.objects.get(title="Installation de Nextcloud")
    assert (made.owner, made.local, made.skill.slug, made.place_code) == (alix, True, "nextcloud", "62510")
    assert (made.price, made.amount_cents, made.remote) == ("hourly", 5550, False)
    assert (run.report["create"], run.report["refuse"]) == (2, 2)
    assert [each["line"] for each in run.report["left_out"]] == [4, 5]
    assert run.content == ""
    found = find_offers(SearchQuery(text="nextcloud", place="Liévin"), viewpoint=viewpoint_for(member=None))
    assert [hit.offer.pk for hit in found.hits] == [made.pk]


def test_the_same_file_again_changes_nothing(alix):
    apply_import(actor=alix, run_id=own(alix).pk)
    again = own(alix)
    assert does(again)[:2] == [(2, "same"), (3, "same")]
    before = list(Offer.objects.order_by("pk").values())
    apply_import(actor=alix, run_id=again.pk)
    assert list(Offer.objects.order_by("pk").values()) == before


def test_confirmed_twice_it_is_done_once(alix):
    run = own(alix)
    first, second = (apply_import(actor=alix, run_id=run.pk) for _ in range(2))
    assert Offer.objects.count() == 2
    assert first.report == second.report


def test_ones_own_export_read_again_changes_nothing_even_markdown(alix):
    factories.offer(
        alix, description="Du **gras**, et\n\n* une liste", price="hourly", amount_cents=5500, tags=["radio libre"],
        access=["home_visit", "phone"],
    )  # fmt: skip
    factories.offer(alix, "Besoin d’aide", purpose="request", price="barter", area="country", remote=True)
    (card,) = cards_of(Member.objects.filter(pk=alix.pk))
    for name, text in (("a.csv", csv_table.written([card])), ("a.geojson", geojson.written([card]))):
        run = start_import(actor=alix, scope="own", name=name, text=text)
        assert {what for _, what in does(run)} == {"same"}


def test_ones_own_free_words_and_access_come_in_and_bad_ones_name_their_line(alix):
    table = "titre;prix;lieu;mots_libres;acces_annonce\nDépannage;don;Lens;#radio, wiki;par téléphone; à domicile\n"
    table = table.replace("téléphone; à", "téléphone, à") + f"Long;don;Lens;{'x' * 41};\nFaux;don;Lens;;lune\n"
    run = own(alix, table)
    steps = import_page(run.pk, viewer=alix).plan.steps
    assert [[(p.field, p.code) for p in step.problems] for step in steps] == [
        [],
        [("tags", "tag_too_long")],
        [("acces_annonce", "word_unknown")],
    ]
    apply_import(actor=alix, run_id=run.pk)
    made = Offer.objects.get()
    assert (made.tags, made.access) == (["radio", "wiki"], ["home_visit", "phone"])
    assert does(own(alix, "titre,prix\nDépannage,don\n")) == [(2, "same")], "what is not said stays"
    feature = {"title": "Autre", "price": "gift", "access": ["lune"], "place": {"name": "Lens"}}
    feature = {"type": "Feature", "geometry": None, "properties": {"name": "Alix", "offers": [feature]}}
    run = start_import(actor=alix, scope="own", name="a.geojson", text=json.dumps(feature))
    (step,) = import_page(run.pk, viewer=alix).plan.steps
    assert [(p.field, p.code) for p in step.problems] == [("access", "access_unknown")]


def test_a_changed_line_changes_only_what_it_says(alix):
    offer = factories.offer(alix, description="**Ici**", price="hourly", amount_cents=5500, availability="Le mardi")
    run = own(alix, "titre,prix,montant\nInstallation de Nextcloud,heure,60\n")
    assert import_page(run.pk, viewer=alix).plan.steps[0].changed == ("amount_cents",)
    apply_import(actor=alix, run_id=run.pk)
    offer.refresh_from_db()
    assert (offer.amount_cents, offer.description, offer.availability) == (6000, "**Ici**", "Le mardi")


def test_undoing_withdraws_and_restores(alix):
    offer = factories.offer(alix, price="hourly", amount_cents=5500)
    before = draft_of(offer)
    text = "titre,prix,montant,lieu\nInstallation de Nextcloud,heure,60,Liévin\nAutre,don,,Lens\n"
    run = apply_import(actor=alix, run_id=own(alix, text).pk)
    undone = undo_import(actor=alix, run_id=run.pk)
    offer.refresh_from_db()
    assert draft_of(offer) == before
    assert Offer.objects.get(title="Autre").state == OfferState.WITHDRAWN
    assert (undone.report["undone"], undone.report["kept"]) == (2, [])
    assert undo_import(actor=alix, run_id=run.pk).report == undone.report


def test_what_was_changed_since_stays_and_is_told(alix):
    run = apply_import(actor=alix, run_id=own(alix).pk)
    made = Offer.objects.get(title="Dépannage à distance")
    draft = draft_of(made)
    edit_offer(actor=alix, offer_id=made.pk, draft=type(draft)(**{**vars(draft), "availability": "Le soir"}))
    undone = undo_import(actor=alix, run_id=run.pk)
    assert undone.report["kept"] == [{"line": 3, "label": "Dépannage à distance", "why": "changed"}]
    assert (undone.report["kept_counts"], undone.report["undone"]) == ({"changed": 1}, 1)
    assert Offer.objects.get(pk=made.pk).state == OfferState.LIVE


def test_undoing_keeps_what_a_later_import_of_ones_own_has_read_again(alix, clock):
    """The same file a month later changes nothing, but it says once more of one offer that it is so."""
    first = apply_import(actor=alix, run_id=own(alix).pk)
    clock.advance(days=30)
    without = "".join(line for line in OWN.splitlines(keepends=True) if "Dépannage" not in line)
    second = apply_import(actor=alix, run_id=own(alix, without).pk)
    assert second.report["same"] == 1
    undone = undo_import(actor=alix, run_id=first.pk).report
    assert undone["kept"] == [{"line": 2, "label": "Installation de Nextcloud", "why": "confirmed"}]
    assert (undone["kept_counts"], undone["undone"]) == ({"confirmed": 1}, 1)
    states = dict(Offer.objects.values_list("title", "state"))
    assert states == {"Installation de Nextcloud": "live", "Dépannage à distance": "withdrawn"}
    undone = undo_import(actor=alix, run_id=second.pk).report
    assert (undone["kept"], undone["undone"]) == ([], 0), "it had changed nothing"
    assert Offer.objects.get(title="Installation de Nextcloud").state == OfferState.LIVE


@pytest.mark.parametrize("how", ["undone", "withdrawn", "of another"])
def test_only_a_later_import_that_stands_keeps_ones_own_offers(alix, bachir, clock, how):
    first = apply_import(actor=alix, run_id=own(alix).pk)
    clock.advance(days=30)
    whose = bachir if how == "of another" else alix
    second = apply_import(actor=whose, run_id=own(whose).pk)
    if how == "undone":
        undo_import(actor=alix, run_id=second.pk)
    if how == "withdrawn":
        for offer in Offer.objects.all():
            withdraw_offer(actor=alix, offer_id=offer.pk)
    assert undo_import(actor=alix, run_id=first.pk).report["kept"] == []
    assert set(alix.offers.values_list("state", flat=True)) == {"withdrawn"}


def test_an_end_that_is_today_here_does_not_come_back(alix, clock):
    """Half past midnight, while it is still yesterday at Greenwich: the offer gets the usual end."""
    clock.set(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    text = "titre,prix,lieu,jusqu_au\nDépannage,don,Lens,2026-11-24\n"
    apply_import(actor=alix, run_id=own(alix, text).pk)
    run = apply_import(actor=alix, run_id=own(alix, text.replace("11-24", "12-24")).pk)
    clock.set(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert undo_import(actor=alix, run_id=run.pk).report["kept"] == []
    assert draft_of(Offer.objects.get()).ends_on > date(2027, 5, 1)


def test_an_offer_whose_last_day_is_today_here_can_be_read_again(alix, clock):
    """Half past midnight: a line that says nothing of its end does not stumble over the one that it has."""
    clock.set(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    apply_import(actor=alix, run_id=own(alix, "titre,prix,lieu,jusqu_au\nDépannage,don,Lens,2026-11-24\n").pk)
    clock.set(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert does(own(alix, "titre,prix,lieu\nDépannage,troc,Lens\n")) == [(2, "update")]


def test_an_unknown_or_doubtful_place_names_its_line(alix):
    run = own(alix, "titre,prix,lieu\nUn,don,Nulleparville\nDeux,don,Saint-Denis\n")
    problems = [step.problems[0] for step in import_page(run.pk, viewer=alix).plan.steps]
    assert [(p.field, p.code, p.value) for p in problems] == [
        ("place", "place_unknown", "Nulleparville"),
        ("place", "place_ambiguous", "Saint-Denis"),
    ]


def test_one_cannot_import_for_another_nor_see_it(alix, bachir):
    run = own(bachir)
    for act in (apply_import, undo_import):
        with pytest.raises(NotFound):
            act(actor=alix, run_id=run.pk)
    with pytest.raises(NotFound):
        import_page(run.pk, viewer=alix)
    with pytest.raises(NotEntitled):
        own(factories.member("Fanny"))


def test_an_import_cannot_be_applied_after_undoing(alix):
    run = apply_import(actor=alix, run_id=own(alix).pk)
    undo_import(actor=alix, run_id=run.pk)
    with pytest.raises(WrongState):
        apply_import(actor=alix, run_id=run.pk)
    with pytest.raises(WrongState):
        undo_import(actor=alix, run_id=own(alix).pk)


def test_a_file_that_is_nothing_we_know(alix):
    with pytest.raises(Invalid):
        own(alix, '{"x": 1}')
    run = start_import(actor=alix, scope="own", name="x.csv", text="a;b\n1;2\n")
    assert plan_of(run, today=run.created_at.date()).problem.code == "csv_no_heading"
    with pytest.raises(Invalid):
        apply_import(actor=alix, run_id=run.pk)
    assert ImportRun.objects.get(pk=run.pk).state == "read"


# --- entries of others ------------------------------------------------------------------------------------


def test_entries_are_unclaimed_and_found(alix):
    run = entries(alix)
    assert sorted(does(run)) == [(2, "create"), (4, "create"), (5, "refuse")]
    apply_import(actor=alix, run_id=run.pk)
    etage, paul = Member.objects.filter(unclaimed=True).order_by("-name")
    etage, paul = sorted((etage, paul), key=lambda member: member.name, reverse=True)
    assert (etage.name, etage.local, etage.handle, etage.kind) == ("Étage 12", False, "", "association")
    assert sorted(etage.offers.values_list("title", "price")) == [("Courriel", "prix_libre"), ("Wiki", "unsaid")]
    assert [offer.title for offer in paul.offers.all()] == ["Paul"]
    assert (paul.lat, paul.lon) == (50.4292, 2.8317) or paul.place_code == "62498"  # the commune's point, not theirs
    found = find_offers(SearchQuery(text="courriel", place="Liévin"), viewpoint=viewpoint_for(member=None))
    assert [hit.owner.pk for hit in found.hits] == [etage.pk]


def test_entries_read_again_are_renewed_and_only_changes_written(alix, clock):
    apply_import(actor=alix, run_id=entries(alix).pk)
    record = SourceRecord.objects.get(member__name="Étage 12")
    clock.advance(days=100)
    again = entries(alix)
    assert {what for _, what in does(again)} == {"same", "refuse"}
    apply_import(actor=alix, run_id=again.pk)
    assert SourceRecord.objects.get(pk=record.pk).leaves_at > record.leaves_at
    assert set(Offer.objects.values_list("ends_at", flat=True)) == set(
        SourceRecord.objects.values_list("leaves_at", flat=True)
    ), "the one by which an entry without offers is found, too"
    assert again.changes.count() == 0
    text = ENTRIES.replace("Courriel;prix libre", "Courriel;don")
    third = entries(alix, text)
    assert (2, "update") in does(third)
    apply_import(actor=alix, run_id=third.pk)
    assert Offer.objects.get(title="Courriel").price == "gift"
    undo_import(actor=alix, run_id=third.pk)
    assert Offer.objects.get(title="Courriel").price == "prix_libre"


def test_a_plan_asks_as_often_for_fifty_entries_as_for_five(alix, bachir):
    """New, read again, or here already: what is here is read once, whatever the number of lines."""
    Member.objects.filter(pk=bachir.pk).update(website="https://bachir.example")
    head = "identifiant,nom,site,commune,competences,titre,competence\n"

    def table(first, last):
        line = "https://a.example/{n},Nom {n},https://{n}.example,Lens,nextcloud,Wiki,nextcloud"
        lines = [line.format(n=n) for n in range(first, last)]
        return head + "\n".join([*lines, "https://b.example/1,Bachir,https://bachir.example,Lens,,,"])

    for text in (table(0, 5), table(100, 150)):
        apply_import(actor=alix, run_id=entries(alix, text).pk)
    counts = []
    for first, last in ((10, 15), (200, 250), (0, 5), (100, 150)):
        run = entries(alix, table(first, last))
        with CaptureQueriesContext(connection) as asked:
            plan = plan_of(run, today=run.created_at.date())
        assert plan.counts == {"same" if first in {0, 100} else "create": last - first, "skip": 1}
        counts.append(len(asked))
    assert (counts[0], counts[2]) == (counts[1], counts[3])


def test_entries_bring_free_words_and_access_and_what_is_malformed_is_left_out_and_told(alix):
    head = "nom,commune,acces,titre,mots_libres,acces_annonce\n"
    text = head + f"Étage,Lens,sans marche,Wiki,a; {'x' * 41},téléphone\n"
    run = entries(alix, text)
    (step,) = import_page(run.pk, viewer=alix).plan.steps
    assert [(note.field, note.code) for note in step.notes] == [("tags", "tag_too_long")]
    apply_import(actor=alix, run_id=run.pk)
    offer = Offer.objects.get()
    assert (offer.owner.access, offer.tags, offer.access) == (["step_free"], ["a"], ["phone"])
    assert does(entries(alix, text)) == [(2, "same")]
    second = apply_import(actor=alix, run_id=entries(alix, text.replace("téléphone", "à distance")).pk)
    assert Offer.objects.get().access == ["remote"]
    undo_import(actor=alix, run_id=second.pk)
    assert Offer.objects.get().access == ["phone"]


def test_an_import_from_before_a_column_was_read_is_undone_as_well(alix):
    run = apply_import(actor=alix, run_id=entries(alix).pk)
    for change in run.changes.all():
        change.after = {name: value for name, value in change.after.items() if name not in {"access", "tags"}}
        change.save()
    assert undo_import(actor=alix, run_id=run.pk).report["kept"] == []


def test_entries_leave_search_after_six_months_and_are_forgotten_later(alix, clock):
    from network.tasks import expire

    apply_import(actor=alix, run_id=entries(alix).pk)
    query, nobody = SearchQuery(text="courriel", place="Liévin"), viewpoint_for(member=None)
    clock.advance(days=170)
    assert find_offers(query, viewpoint=nobody).total == 1
    clock.advance(days=20)
    assert find_offers(query, viewpoint=nobody).total == 0
    expire()
    assert Member.objects.filter(unclaimed=True).count() == 2
    clock.advance(days=200)
    expire()
    assert not Member.objects.filter(unclaimed=True).exists()
    assert not SourceRecord.objects.exists()


def test_undoing_entries_leaves_no_trace(alix):
    before = Member.objects.count(), Offer.objects.count()
    run = apply_import(actor=alix, run_id=entries(alix).pk)
    undo_import(actor=alix, run_id=run.pk)
    assert (Member.objects.count(), Offer.objects.count()) == before
    assert not SourceRecord.objects.exists()


def test_undoing_the_first_of_two_keeps_what_the_second_changed(alix):
    first = apply_import(actor=alix, run_id=entries(alix).pk)
    apply_import(actor=alix, run_id=entries(alix, ENTRIES.replace("Courriel;prix libre", "Courriel;don")).pk)
    undone = undo_import(actor=alix, run_id=first.pk)
    assert {each["label"] for each in undone.report["kept"]} == {"Courriel", "Wiki", "Étage 12", "Paul"}
    assert undone.report["kept_counts"] == {"confirmed": 5}
    assert {m.name for m in Member.objects.filter(unclaimed=True)} == {"Paul", "Étage 12"}


def test_undoing_an_import_keeps_what_a_later_one_has_confirmed_and_says_so(alix):
    """The same file again changes nothing, but says of each entry once more that it is so; Paul is no longer in it."""
    first = apply_import(actor=alix, run_id=entries(alix).pk)
    without = "".join(line for line in ENTRIES.splitlines(keepends=True) if "Wiki" not in line and "Paul" not in line)
    apply_import(actor=alix, run_id=entries(alix, without).pk)
    undone = undo_import(actor=alix, run_id=first.pk).report
    assert {(each["label"], each["why"]) for each in undone["kept"]} == {
        ("Étage 12", "confirmed"),
        ("Courriel", "confirmed"),
    }
    assert (undone["kept_counts"], undone["undone"]) == ({"confirmed": 2}, 3)
    (etage,) = Member.objects.filter(unclaimed=True)
    assert [offer.title for offer in etage.offers.all()] == ["Courriel"]


def test_an_older_state_does_not_come_back_over_what_a_later_import_has_confirmed(alix):
    apply_import(actor=alix, run_id=entries(alix).pk)
    text = ENTRIES.replace("Courriel;prix libre", "Courriel;don")
    second = apply_import(actor=alix, run_id=entries(alix, text).pk)
    third = apply_import(actor=alix, run_id=entries(alix, text).pk)
    undo_import(actor=alix, run_id=second.pk)
    assert Offer.objects.get(title="Courriel").price == "gift"
    undo_import(actor=alix, run_id=third.pk)
    assert Offer.objects.get(title="Courriel").price == "gift"


def test_a_later_import_that_was_undone_keeps_nothing(alix):
    first, second = (apply_import(actor=alix, run_id=entries(alix).pk) for _ in range(2))
    for run in (second, first):
        assert undo_import(actor=alix, run_id=run.pk).report["kept"] == []
    assert not Member.objects.filter(unclaimed=True).exists()


def test_an_import_changes_no_entry_that_came_from_elsewhere_and_says_so(alix):
    """Two directories may know somebody by the same address: the one that brought the entry may change it."""
    known = ENTRIES.replace("nom;", "identifiant;nom;").replace("\nÉtage", "\nhttps://etage.example/fiche;Étage")
    known = known.replace("\nPaul", "\n;Paul").replace("\nSans", "\n;Sans")
    apply_import(actor=alix, run_id=entries(alix, known).pk)
    etage = Member.objects.get(name="Étage 12")
    other = known.replace("Étage 12", "Étage 13").replace("Courriel;prix libre", "Courriel;don")
    run = entries(alix, other, source="Annuaire Y")
    steps = {step.number: step for step in import_page(run.pk, viewer=alix).plan.steps}
    assert (steps[2].does, steps[2].code, steps[4].does) == ("skip", "entry_elsewhere", "create")
    report = apply_import(actor=alix, run_id=run.pk).report
    assert ["", "entry_elsewhere", ""] in [problem for each in report["left_out"] for problem in each["problems"]]
    etage.refresh_from_db()
    assert (etage.name, Offer.objects.get(title="Courriel").price) == ("Étage 12", "prix_libre")
    assert Member.objects.filter(unclaimed=True, name="Paul").count() == 2
    own = entries(alix, other)
    assert (2, "update") in does(own)


def test_whoever_is_here_already_is_left_out(alix, bachir):
    Member.objects.filter(pk=bachir.pk).update(website="https://etage.example")
    run = entries(alix, ENTRIES + f"{bachir.uri};;;;;;;\n")
    steps = {step.number: step for step in import_page(run.pk, viewer=alix).plan.steps}
    assert (steps[2].does, steps[2].code) == ("skip", "entry_is_member")


def test_only_operators_bring_entries(alix, bachir):
    with pytest.raises(NotEntitled):
        entries(bachir)
    with pytest.raises(Invalid):
        start_import(actor=alix, scope="entries", name="x.csv", text=ENTRIES)


def test_entries_are_no_members_of_ours(alix, bachir, client):
    """No attestation, no request for a quote, no actor document; not counted among members."""
    from network import permissions
    from network.actions.trust import vouch
    from network.queries.members import counts

    factories.node()
    members = counts().members
    apply_import(actor=alix, run_id=entries(alix).pk)
    entry = Member.objects.get(name="Étage 12")
    assert counts().members == members
    assert not permissions.can_vouch(bachir, entry)
    assert not permissions.can_ask(bachir, entry.offers.first())
    with pytest.raises(NotFound):
        vouch(actor=bachir, subject_id=entry.pk, level=1)
    path = entry.uri.removeprefix(entry.uri.split("/fiches/")[0])
    answer = client.get(path, headers={"accept": "application/activity+json"}, follow=True)
    assert answer["Content-Type"].startswith("text/html")
    assert client.get("/.well-known/webfinger", {"resource": entry.uri}).status_code == 404
    assert Offer.objects.filter(readable(None), owner=entry, local=True).count() == 0
