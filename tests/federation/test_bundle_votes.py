"""A vote in the recount bundle: counted again by the stand-alone verifier, whatever is altered named."""

import json
from copy import deepcopy
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.bundles import bundle
from governance.actions.register import enter
from governance.models import Entry, RegisterHead
from governance.queries.register import document_of
from governance.rules.polls import CHOICES, PollTerms, Tier, tally
from governance.rules.register import START, canonical, digest, link, plain
from tests.federation.test_bundles import altered
from tests.governance.conftest import make_cast
from tests.governance.polling import carried_with_proxy
from tests.governance.registers import verifier

HERE = "ici"
REWRITE = "UPDATE governance_entry SET body = {}, digest = %s, head = %s WHERE id = %s"


@pytest.fixture(scope="module")
def voting(lasting_db):
    """Carried by two to one: Alix (n° 1) also votes for Camille (n° 3), whose proxy she holds; Bachir is against."""
    cast = make_cast()
    carried_with_proxy(cast)
    return cast


@pytest.fixture
def voted(voting, db):
    return deepcopy(voting)


def seq_of(kind):
    return Entry.objects.get(kind=kind).seq


def test_a_vote_is_recounted(voted, alone):
    for with_names in (False, True):
        _found, left = alone.check(bundle(voted.collective, with_names=with_names).decode())
        assert left == []
    body = Entry.objects.get(kind="vote").body
    assert (body["share"], body["outcome"]) == ("2/3", "carried")
    assert [bool(each["by"]) for each in body["ballots"]] == [False, False, True]


# --- in the file: every alteration is found by the digests, and named by its entry -------------------------------


def swap(ballots):
    ballots[0]["choice"], ballots[1]["choice"] = ballots[1]["choice"], ballots[0]["choice"]


@pytest.mark.parametrize(
    "change",
    [
        lambda ballots: ballots[1].update(choice="for"),
        lambda ballots: ballots[2].update(choice=""),
        lambda ballots: ballots[2].update(by=None),
        lambda ballots: ballots.pop(1),
        lambda ballots: ballots.clear(),
        lambda ballots: ballots.reverse(),
        lambda ballots: ballots.append(ballots[0]),
        swap,
    ],
)
def test_ballots_altered_deleted_or_swapped_in_the_file_are_named(voted, alone, change):
    parts = json.loads(bundle(voted.collective))
    entry = parts["entries"][seq_of("vote") - 1]["document"]
    change(entry["body"]["ballots"])
    said = altered(alone, canonical(parts).decode())
    assert said.startswith(f"inscription n° {seq_of('vote')}, du {entry['at']} : le contenu ne donne pas")


def test_a_vote_taken_out_of_the_file_is_named(voted, alone):
    parts = json.loads(bundle(voted.collective))
    del parts["entries"][seq_of("vote") - 1]
    assert f"inscription n° {seq_of('vote')} : manque" in altered(alone, canonical(parts).decode())


def test_an_opening_and_its_count_swapped_are_named(voted, alone):
    parts = json.loads(bundle(voted.collective))
    first, second = seq_of("fallback") - 1, seq_of("vote") - 1
    parts["entries"][first], parts["entries"][second] = parts["entries"][second], parts["entries"][first]
    assert f"inscription n° {first + 1} : manque, ou n'est pas à sa place" in altered(alone, canonical(parts).decode())


# --- an operator who writes the past anew, chain and signatures too: what is counted again tells ------------------


def rewrite(collective, kind, change):
    """Alter one entry and everything that follows from it: digests, heads, and (in the bundle) signatures."""
    as_json, head = "%s::jsonb" if connection.vendor == "postgresql" else "%s", START
    with connection.cursor() as cursor:
        for row in Entry.objects.filter(collective=collective).order_by("seq"):
            if row.kind == kind:
                change(row.body)
            mark = digest(document_of(row))
            head = link(head, mark)
            values = [json.dumps(row.body), mark, head.hex(), row.pk]
            cursor.execute(REWRITE.format(as_json), values)
    RegisterHead.objects.filter(collective=collective).update(head=head.hex())


def lent():
    return Entry.objects.get(kind="fallback").body["vote"]["proxies"]


def person(number):
    return {"number": number, "name": "0" * 64}


COUNT = [
    ("choice", lambda b: b["ballots"][1].update(choice="for"), "« voted »|« count »|« outcome »|« share »"),
    ("no choice", lambda b: b["ballots"][1].update(choice=""), "recompté"),
    ("odd choice", lambda b: b["ballots"][1].update(choice="yes"), "un choix inconnu"),
    ("deleted", lambda b: b["ballots"].pop(), "les personnes qu'il cite"),
    ("added", lambda b: b["ballots"].append({"person": person(4), "choice": "for", "by": None}), "les personnes qu"),
    ("twice", lambda b: b["ballots"].append(b["ballots"][0]), "les personnes qu'il cite"),
    ("somebody else", lambda b: b["ballots"][1].update(person=person(4)), "les personnes qu'il cite"),
    ("no proxy", lambda b: b["ballots"][1].update(by=person(1)), "n° 1 vote sans pouvoir pour n° 2"),
    ("other holder", lambda b: b["ballots"][2].update(by=person(2)), "n° 2 vote sans pouvoir pour n° 3"),
    ("proxy gone", lambda b: b.update(proxies_withdrawn=lent()), "n° 1 vote sans pouvoir pour n° 3"),
    ("never given", lambda b: b.update(proxies_withdrawn=[{"giver": 2, "holder": 1}]), "les personnes qu'il cite"),
    ("no ballots", lambda b: b.pop("ballots"), "les personnes qu'il cite"),
    ("count", lambda b: b["count"].update(against=0), "« count » : {'for': 2, 'against': 1, 'abstain': 0} recompté"),
    ("more in count", lambda b: b["count"].update(blank=1), "« count »"),
    ("share", lambda b: b.update(share="1/1"), "« share » : 2/3 recompté, 1/1 inscrit"),
    ("share unreduced", lambda b: b.update(share="4/6"), "« share »"),
    ("voted", lambda b: b.update(voted=4), "« voted »"),
    ("electorate", lambda b: b.update(electorate=4), "« electorate » : 3 recompté, 4 inscrit"),
    ("quorum", lambda b: b.update(quorum_reached=False), "« quorum_reached » : True recompté, False inscrit"),
    ("one for true", lambda b: b.update(quorum_reached=1), "« quorum_reached »"),
    ("outcome", lambda b: b.update(outcome="rejected"), "« outcome » : carried recompté, rejected inscrit"),
    ("rules", lambda b: b["rules"].update(threshold="3/4"), "« (outcome|rules) »"),
    ("tier", lambda b: b["rules"].update(tier="sealed"), "des règles inconnues"),
    ("tie", lambda b: b["rules"].update(tie="adopted"), "des règles inconnues"),
    ("no share", lambda b: b["rules"].update(threshold="1/0"), "forme inconnue"),
    ("made secret", lambda b: b["rules"].update(tier="secret", floor=3), "les personnes qu'il cite"),
    ("opened", lambda b: b.update(opened_at="2020-01-01T00:00:00.000000Z"), "« opened_at »"),
    ("closed", lambda b: b.update(closed_at="2020-01-01T00:00:00.000000Z"), "« closed_at »"),
    ("opening", lambda b: b.update(opening=1), "forme inconnue"),
    ("no opening", lambda b: b.update(opening=0), "n'a pas d'ouverture à lui"),
    ("own opening", lambda b: b.update(opening=999), "n'a pas d'ouverture à lui"),
    ("text", lambda b: b.pop("text") and b.update(text_digest="sha256:0"), "« text_digest »"),
    ("nothing", lambda b: b.pop("outcome"), "forme inconnue"),
]


@pytest.mark.parametrize(("change", "named"), [each[1:] for each in COUNT], ids=[each[0] for each in COUNT])
def test_a_count_written_anew_is_named(voted, alone, change, named):
    rewrite(voted.collective, "vote", change)
    with pytest.raises(alone.Bad, match=rf"^inscription n° {seq_of('vote')}, du 20.*: .*({named})"):
        alone.check(bundle(voted.collective).decode())


OPENING = [
    ("roll", lambda v: v["roll"].pop(), "les personnes qu'il cite"),
    ("roll longer", lambda v: v["roll"].append(person(4)), "les personnes qu'il cite"),
    ("proxies", lambda v: v["proxies"].clear(), "sans pouvoir"),
    ("rules", lambda v: v["rules"].update(quorum="1/3"), "« rules »"),
    ("gone", lambda v: v.clear(), "forme inconnue"),
]


@pytest.mark.parametrize(("change", "named"), [each[1:] for each in OPENING], ids=[each[0] for each in OPENING])
def test_an_opening_written_anew_is_named_with_its_count(voted, alone, change, named):
    rewrite(voted.collective, "fallback", lambda body: change(body["vote"]))
    with pytest.raises(alone.Bad, match=rf"^inscription n° {seq_of('vote')}.*{named}"):
        alone.check(bundle(voted.collective).decode())


# --- one vote by itself -----------------------------------------------------------------------------------------

RULES = {
    "method": "for or against", "tier": "secret", "quorum": "1/2", "threshold": "1/2", "threshold_rule": "exceeded",
    "tie": "not adopted", "proxies": False, "floor": 3,
}  # fmt: skip


def documents(size, count, outcome, *, share="3/4", quorum=True, voted=4, rules=None, closed="2026-02", **body):
    """Return the count of a secret vote, and its opening: no row is asked."""
    rules = {**RULES, **(rules or {})}
    opened, ends, closed = (f"{month}-01T00:00:00.000000Z" for month in ("2026-01", "2026-02", closed))
    roll = [person(number) for number in range(1, size + 1)]
    vote = {"rules": rules, "closes_at": ends, "roll": roll, "proxies": []}
    told = {"electorate": size, "voted": voted, "count": count, "share": share, "quorum_reached": quorum}
    told |= {"rules": rules, "outcome": outcome, "opened_at": opened, "closed_at": closed, "text_digest": "t", **body}
    return {"at": closed, "body": told}, {"at": opened, "body": {"vote": vote, "text_digest": "t"}}


THREE = {"for": 3, "against": 1, "abstain": 0}
NOTHING = {"share": None, "quorum": None, "voted": None}


@pytest.mark.parametrize(
    "vote",
    [
        documents(6, THREE, "carried"),
        documents(6, THREE, "carried", participants=[person(number) for number in (1, 2, 4, 6)]),
        documents(6, THREE, "carried", participants=None),
        documents(4, THREE, "carried", closed="2026-01"),  # everybody had voted
        documents(9, THREE, "void", quorum=False),
        documents(6, {"for": 0, "against": 0, "abstain": 0}, "void", share=None, quorum=False, voted=0),
        documents(6, {"for": 2, "against": 2, "abstain": 0}, "rejected", share="1/2"),
    ],
)
def test_a_secret_vote_holds_by_its_sums(alone, vote):
    alone.check_vote(*vote, HERE)


def more_time(until="2026-03"):
    return {"closes_at": f"{until}-01T00:00:00.000000Z"}


def test_a_secret_vote_that_was_given_more_time_holds_from_its_second_end(alone):
    alone.check_vote(*documents(6, {}, "withheld", closed="2026-03", **NOTHING), HERE, [more_time()])
    alone.check_vote(*documents(6, THREE, "carried", closed="2026-03"), HERE, [more_time()])
    alone.check_vote(*documents(4, THREE, "carried", closed="2026-02"), HERE, [more_time()])  # everybody had voted


@pytest.mark.parametrize(
    ("vote", "longer", "named"),
    [
        (documents(6, {}, "withheld", closed="2026-03", **NOTHING), [], "prolongé à tort, ou pas du tout"),
        (documents(6, {}, "withheld", closed="2026-02", **NOTHING), [more_time()], "clos avant son heure"),
        (documents(6, THREE, "carried", closed="2026-02"), [more_time()], "clos avant son heure"),
        (documents(6, THREE, "carried", closed="2026-01"), [more_time("2026-01")], "clos avant son heure"),
        (documents(6, THREE, "carried", closed="2026-04"), [more_time(), more_time("2026-04")], "prolongé à tort"),
    ],
)
def test_a_vote_that_ended_before_its_second_end_or_with_an_odd_extension_is_named(alone, vote, longer, named):
    with pytest.raises(alone.Bad, match=f"{HERE} : .*{named}"):
        alone.check_vote(*vote, HERE, longer)


@pytest.mark.parametrize(
    ("vote", "named"),
    [
        (documents(6, {**THREE, "for": 2}, "carried"), "« (voted|share) »"),
        (documents(6, {**THREE, "abstain": 9}, "carried", voted=13), "plus de voix"),
        (documents(6, {"for": 5, "against": -1, "abstain": 0}, "carried"), "plus de voix"),
        (documents(6, {**THREE, "blank": 1}, "carried"), "« count »"),
        (documents(6, THREE, "rejected"), "« outcome » : carried recompté, rejected inscrit"),
        (documents(6, THREE, "carried", share="1/1"), "« share » : 3/4 recompté, 1/1 inscrit"),
        (documents(6, THREE, "carried", rules={"floor": 2}), "règles"),
        (documents(6, THREE, "carried", rules={"floor": 7}), "règles"),
        (documents(6, THREE, "carried", rules={"floor": 5}), "« outcome » : withheld recompté"),
        (documents(6, THREE, "withheld", rules={"floor": 5}), "« (voted|count) »"),  # withheld, and told all the same
        (documents(6, {}, "withheld", **{**NOTHING, "voted": 2}), "« voted »"),
        (documents(6, {}, "withheld", **{**NOTHING, "share": "1/1"}), "« share »"),
        (documents(6, {}, "carried", **NOTHING), "« outcome »"),
        (documents(6, THREE, "carried", closed="2026-01"), "clos avant son heure"),
        (documents(6, {}, "withheld", closed="2026-01", **NOTHING), "clos avant son heure"),
        (documents(6, THREE, "carried", participants=[person(1)]), "les personnes"),
        (documents(6, THREE, "carried", participants=[person(number) for number in (1, 2, 4, 7)]), "les personnes"),
        (documents(6, THREE, "carried", participants=[person(number) for number in (1, 2, 4, 4)]), "les personnes"),
        (documents(1, THREE, "carried", ballots=[{"person": person(1), "choice": "for", "by": None}]), "règles"),
        (documents(4, THREE, "carried", ballots=[{"person": person(1), "choice": "for", "by": None}]), "les personnes"),
    ],
)
def test_a_secret_vote_whose_sums_differ_is_named(alone, vote, named):
    with pytest.raises(alone.Bad, match=f"{HERE} : .*{named}"):
        alone.check_vote(*vote, HERE)


def test_two_counts_of_one_opening_are_named(voted, alone):
    vote = Entry.objects.get(kind="vote")
    again = enter(collective=voted.collective, kind="vote", body=vote.body, terms=vote.terms, at=vote.at)
    with pytest.raises(alone.Bad, match=rf"^inscription n° {again.seq}, du 20.*n'a pas d'ouverture à lui"):
        alone.check(bundle(voted.collective).decode())


@pytest.mark.parametrize(("phase", "left"), [("drawn", ["le tirage de l'inscription n° 1"]), ("frozen", [])])
def test_a_draw_is_not_made_again_and_so_it_is_named(alone, phase, left):
    drawn = {"seq": 1, "type": "lot", "terms": "", "body": {"phase": phase}}
    parts = {"entries": [{"document": drawn}], "minutes": [], "charters": [], "names": []}
    assert alone.check_beside(parts, {}) == left


ALONE = verifier()
HALVES = st.sampled_from(["1/2", "2/3", "3/5", "1/1"])


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["", *CHOICES]), min_size=3, max_size=14),
    HALVES, st.sampled_from(["0/1", "1/3", "1/2", "1/1"]), st.booleans(), st.sampled_from(Tier), st.data(),
)  # fmt: skip
def test_program_and_product_count_alike_and_no_other_count_passes(cast, threshold, quorum, reached, tier, data):
    chosen = [each for each in cast if each]
    floor = 3 if tier is Tier.SECRET else 0
    terms = PollTerms(1, tier, Fraction(quorum), Fraction(threshold), reached, False, floor)
    result = tally(len(cast), chosen, terms)
    rules = {"tier": tier.value, "quorum": quorum, "threshold": threshold, "floor": floor}
    rules |= {"threshold_rule": "reached" if reached else "exceeded"}
    named = [{"person": person(n), "choice": each, "by": None} for n, each in enumerate(cast, start=1)]
    body = plain({"count": result.chosen, "share": result.share, "voted": result.voted})
    if result.outcome == "withheld":
        body = {"count": {}, **NOTHING}
    longer = [more_time("2026-02")] * (result.outcome == "withheld")
    body["quorum"] = body.get("quorum", result.quorum_reached)
    more = {"ballots": named} if tier is Tier.OPEN else {}
    vote, opening = documents(len(cast), outcome=result.outcome.value, rules=rules, **body, **more)
    ALONE.check_vote(vote, opening, HERE, longer)
    false = deepcopy(vote)
    false["body"]["outcome"] = data.draw(st.sampled_from(sorted({"carried", "rejected", "void"} - {result.outcome})))
    with pytest.raises(ALONE.Bad, match="« (outcome|voted) »|« count »"):
        ALONE.check_vote(false, opening, HERE, longer)
