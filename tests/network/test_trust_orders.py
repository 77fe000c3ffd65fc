"""Whatever the order in which news comes, doubled or late: the same state, and the same answers, in both engines."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from network.actions.attestations import record_remote_tombstone, record_remote_vouch
from network.actions.webs import keep_arrays
from network.models import Tombstone, Vouch
from network.queries import arrays
from network.queries.facts import all_facts
from network.queries.trust import trust_lines, viewpoint_for
from network.rules.facts import VouchFact, digest
from tests.factories import collective, member

pytestmark = pytest.mark.django_db
AWAY = "https://tours.example"
DAY = timedelta(days=1)


def events(chance, people, at):
    """Attestations, renewals and tombstones of some, ids used for two people; as actions to be done in any order."""
    facts = []
    for n in range(24):
        u, w = chance.sample(people, 2)
        name, issued = f"{AWAY}/att/{n}", at - chance.randint(10, 600) * DAY
        for renewal in range(chance.choice([1, 1, 2])):
            when = issued + renewal * 5 * DAY
            facts.append(VouchFact(name, u.uri, w.uri, "charte", chance.randint(1, 3), when, when + 700 * DAY))
    stones = chance.sample(facts, 5)
    for fact in chance.sample(facts, 4):
        others = [person for person in people if person.uri not in {fact.issuer, fact.subject}]
        facts.append(replace(fact, subject=chance.choice(others).uri, issued=fact.issued + chance.choice([-DAY, DAY])))
    doings = [lambda fact=fact: record_remote_vouch(fact) for fact in facts]
    doings += [lambda fact=fact: record_remote_tombstone(uri=fact.id, issuer=fact.issuer, at=at) for fact in stones]
    return doings


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_any_order_any_repetition_gives_the_same(engine, settings, clock):
    settings.TRUST_ENGINE = engine
    home, chance = collective("Les Terrils"), random.Random(8)
    people = [member(f"P{n}", origin=AWAY, belongs_to=home) for n in range(7)]
    doings, said = events(chance, people, clock.now()), set()
    for order in range(8):
        Vouch.objects.all().delete()
        Tombstone.objects.all().delete()
        arrays.forget()
        mixed = chance.sample(doings, len(doings))
        late = mixed[20:]
        for do in [*mixed[:20], *chance.sample(mixed[:20], 6)]:
            do()
        keep_arrays()  # what is kept is of a state in between
        for do in [*late, *chance.sample(mixed, 6)]:
            do()
        lines = [trust_lines(viewpoint_for(member=person), people) for person in people]
        facts = all_facts()
        told = [(line.kappa, line.label, line.paths, round(line.score, 9)) for each in lines for line in each.values()]
        living = [(fact.id, fact.renewed) for fact in facts.surviving]
        said.add((digest(facts), facts.members_at(clock.now()), repr(living), repr(told)))
        assert len(said) == 1, order
    assert any(line.kappa >= 2 for each in lines for line in each.values())
