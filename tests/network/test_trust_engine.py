"""Both engines answer alike, whatever happens to the web; arrays are kept, brought up to date, and safe to lose."""

import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.attestations import end_lapsed_memberships
from network.actions.collectives import end_membership, set_trust_terms
from network.actions.trust import vouch, withdraw_vouch
from network.actions.webs import keep_arrays, web_changed
from network.models import Vouch, WebArrays, WebChange, WebVersion
from network.queries import arrays, engines, fast_scenes, webs
from network.queries.trust import trust_lines, trust_page, viewpoint_for
from network.tasks import keep_web
from tests.factories import collective, member, vouch_between, web

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def fast(settings):
    settings.TRUST_ENGINE = "fast"
    arrays.forget()


@pytest.fixture
def home():
    return collective("Les Terrils")


@pytest.fixture
def crowd(home):
    """Twelve members and two people of another node, attested here and there; old and new, weak and strong."""
    chance = random.Random(5)
    people = [member(f"M{n}", belongs_to=home) for n in range(12)]
    people += [member(f"R{n}", origin="https://tours.example") for n in range(2)]
    pairs = [(u, w) for u in people[:12] for w in people if u != w and chance.random() < 0.28]
    web(home, *pairs)
    for row in Vouch.objects.all():
        row.level, row.issued_at = chance.randint(1, 3), row.issued_at - timedelta(days=chance.randint(0, 500))
        row.save()
    web_changed()
    return people


@pytest.fixture
def built(monkeypatch):
    """How often arrays were built from all rows."""
    times = []
    true = arrays.built
    monkeypatch.setattr(arrays, "built", lambda *args: times.append(1) or true(*args))
    return times


def said(settings, engine, people, home):
    """What the pages say of everybody, and whole pages of some, to a visitor, to members, to somebody with anchors."""
    settings.TRUST_ENGINE = engine
    views = [viewpoint_for(member=None), viewpoint_for(member=None, anchors=[people[1].uri, people[2].uri])]
    views += [viewpoint_for(member=person) for person in people[:3]]
    told = []
    for here in views:
        lines = trust_lines(here, people)
        ranked = trust_lines(here, people, explain=False)
        told.append([(here.kind, here.basis, here.view, here.own_edges)])
        for person in people:
            line, rank = lines[person.pk], ranked[person.pk]
            assert (rank.kappa, rank.label, rank.direct) == (line.kappa, line.label, line.direct)
            told.append((line.kappa, line.label, line.direct, line.paths))
            told.append(pytest.approx(line.score, abs=1e-9) if engine == "reference" else line.score)
        for person in people[1::5]:
            page = trust_page(here, person)
            told.append((page.vouchers, page.belonging, page.cut))
    return told


def agree(settings, people, home):
    ours = said(settings, "fast", people, home)
    assert ours == said(settings, "reference", people, home)
    settings.TRUST_ENGINE = "fast"


def test_both_engines_say_the_same_on_every_page(settings, fast, crowd, home):
    agree(settings, crowd, home)


def test_both_engines_say_the_same_after_every_change(settings, fast, crowd, home, clock, built):
    """One building, whatever happens afterwards: rows are brought up to date."""
    agree(settings, crowd, home)
    first, second, third = crowd[:3]
    given = vouch(actor=first, subject_id=crowd[13].pk, level=3)
    agree(settings, crowd, home)
    vouch(actor=second, subject_id=crowd[12].pk, level=3, kind="prestation", public=False)
    agree(settings, crowd, home)
    clock.advance(hours=3)
    withdraw_vouch(actor=first, vouch_id=given.pk)
    withdraw_vouch(actor=second, vouch_id=second.vouches_given.filter(kind="charte").first().pk)
    agree(settings, crowd, home)
    end_membership(collective=home, member=third)
    agree(settings, crowd, home)
    newcomer = member("Gwen")
    vouch(actor=first, subject_id=newcomer.pk, level=2)
    agree(settings, [*crowd, newcomer], home)
    set_trust_terms(collective=home, terms={"trust.L": "3", "trust.C": "1"})
    agree(settings, [*crowd, newcomer], home)
    assert len(built) == 1
    set_trust_terms(collective=home, terms={"trust.half_life": "1/2"})
    agree(settings, crowd, home)
    assert len(built) == 2  # other weights: other arrays


def test_what_begins_or_ends_by_itself_is_seen_the_next_day(settings, fast, home, clock, built):
    alix, bachir, camille = (member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille"))
    web(home, (alix, bachir), (alix, camille), (camille, bachir))
    Vouch.objects.filter(issuer=camille).update(expires_at=clock.now() + timedelta(hours=5))
    Vouch.objects.filter(issuer=alix, subject=bachir).update(issued_at=clock.now() + timedelta(hours=5))
    web_changed()
    agree(settings, [alix, bachir, camille], home)
    clock.advance(days=1)
    agree(settings, [alix, bachir, camille], home)
    assert trust_lines(viewpoint_for(member=alix), [bachir])[bachir.pk].direct
    assert len(built) == 1
    clock.advance(days=3)
    agree(settings, [alix, bachir, camille], home)
    assert len(built) == 2  # beyond what is known ahead


def test_of_two_attestations_between_two_people_the_readable_rule_chooses(settings, fast, crowd, home):
    vouch_between(crowd[0], crowd[1], level=1, issued=crowd[0].joined_at)
    vouch_between(crowd[0], crowd[1], level=3, issued=crowd[0].joined_at)
    vouch_between(crowd[0], crowd[1], level=2, issued=crowd[0].joined_at)
    agree(settings, crowd, home)


def test_muted_people_count_in_neither(settings, fast, crowd, home):
    type(crowd[0]).objects.filter(pk=crowd[3].pk).update(muted=True)
    web_changed()
    agree(settings, crowd, home)


# --- kept in the rows ------------------------------------------------------------------------------------


def test_arrays_kept_spare_the_next_process_the_building(settings, fast, crowd, home, built):
    assert keep_web() is True
    assert keep_web() is False  # nothing has changed
    arrays.forget()  # as another process
    built.clear()
    vouch(actor=crowd[0], subject_id=crowd[13].pk, level=3)
    agree(settings, crowd, home)
    assert built == []


def test_without_the_kept_arrays_or_with_spoilt_ones_the_answers_are_the_same(settings, fast, crowd, home, built):
    keep_arrays()
    for spoil in (
        lambda: WebArrays.objects.all().delete(),
        lambda: WebArrays.objects.update_or_create(
            terms=arrays.key_of(webs.terms_of(home)), defaults={"number": 1, "mark": uuid4(), "body": b"PK\x03\x04 no"}
        ),
        lambda: WebArrays.objects.update(body=b""),
    ):
        spoil()
        arrays.forget()
        vouch(actor=crowd[0], subject_id=crowd[13].pk, level=3)
        agree(settings, crowd, home)


def test_arrays_of_another_history_are_not_believed(settings, fast, crowd, home, built):
    """A backup was restored: the same number stands for other facts, and the log does not know our mark."""
    agree(settings, crowd, home)
    held = engines.version_now()
    WebVersion.objects.update(mark=uuid4())
    WebChange.objects.filter(number=held.number).update(mark=uuid4())
    Vouch.objects.filter(issuer=crowd[0]).delete()
    agree(settings, crowd, home)
    assert len(built) == 2


def test_the_log_of_changes_is_bounded(crowd, monkeypatch):
    from network.actions import webs as actions

    monkeypatch.setattr(actions, "REMEMBERED", 50)
    WebVersion.objects.update(number=499)
    web_changed([crowd[0].pk])
    assert set(WebChange.objects.values_list("number", flat=True)) == {500}


def test_nothing_is_kept_where_the_readable_engine_serves(settings, crowd):
    settings.TRUST_ENGINE = "reference"
    assert keep_web() is False
    assert not WebArrays.objects.exists()


# --- vectors ---------------------------------------------------------------------------------------------


def test_a_viewer_out_of_reach_of_a_change_keeps_the_vector(settings, fast, crowd, home, monkeypatch):
    """Somebody whom nobody reaches attests somebody else: no viewer's walker ever notices."""
    loner = member("Loin", belongs_to=home)
    here = viewpoint_for(member=crowd[0])
    before = trust_lines(here, crowd)
    asked = []
    for name in ("fresh", "renewed"):
        true = getattr(fast_scenes, name)
        monkeypatch.setattr(fast_scenes, name, lambda *args, true=true, name=name: asked.append(name) or true(*args))
    vouch(actor=loner, subject_id=crowd[1].pk, level=3)
    assert trust_lines(here, crowd) == before
    assert asked == []
    vouch(actor=crowd[0], subject_id=loner.pk, level=3)
    assert trust_lines(here, [loner])[loner.pk].score > 0
    assert asked == ["renewed"]


def test_vectors_are_bounded_in_bytes(fast, crowd, monkeypatch):
    one = 8 * (fast_scenes.arrays_now(engines.version_now(), webs.DEFAULT_TERMS, crowd[0].joined_at).web.size + 1)
    small = type(fast_scenes._vectors)(3 * one, weigh=lambda kept: kept.visits.nbytes)
    monkeypatch.setattr(fast_scenes, "_vectors", small)
    for person in crowd[:8]:
        trust_lines(viewpoint_for(member=person), crowd[:2])
        assert small.weight <= 3 * one
    assert 1 <= len(small) <= 3


# --- which engine ----------------------------------------------------------------------------------------


def test_auto_takes_arrays_where_the_web_is_large(settings, crowd, monkeypatch):
    settings.TRUST_ENGINE = "auto"
    here = viewpoint_for(member=crowd[0])
    assert isinstance(webs.scene_of(here.view, here.collective, crowd[0].joined_at), webs.ReadableScene)
    monkeypatch.setattr(engines, "FAST_FROM", 14)
    web_changed()
    assert isinstance(webs.scene_of(here.view, here.collective, crowd[0].joined_at), fast_scenes.FastScene)
    monkeypatch.setattr(engines, "FAST_FROM", 15)
    web_changed()
    assert isinstance(webs.scene_of(here.view, here.collective, crowd[0].joined_at), webs.ReadableScene)


def test_a_page_of_many_takes_as_many_queries_as_a_page_of_two(fast, crowd):
    here = viewpoint_for(member=crowd[0])

    def count(subjects):
        with CaptureQueriesContext(connection) as asked:
            trust_lines(here, subjects)
        return len(asked)

    count(crowd[:1])
    assert count(crowd[1:3]) == count(crowd[3:]) <= 6
    assert count(crowd) == count(crowd) == 2


def test_neither_engine_is_loaded_before_its_first_question(tmp_path):
    program = (
        "import sys, deploy.asgi, network.tasks, network.queries.trust;"
        "from network.queries import engines;"
        "heavy = lambda: [name for name in ('networkx', 'numpy', 'scipy') if name in sys.modules];"
        "print(heavy()); engines.paths(); print(heavy()); engines.fast_scenes(); print(heavy())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "deploy.settings", "TOILE_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.splitlines()[:2] == ["[]", "['networkx']"]
    assert "numpy" in done.stdout.splitlines()[2]


def test_memberships_that_lapse_change_nothing_that_counts(settings, fast, crowd, home):
    agree(settings, crowd, home)
    end_lapsed_memberships()
    agree(settings, crowd, home)
