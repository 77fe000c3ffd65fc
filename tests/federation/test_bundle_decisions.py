"""A decision by consent in the recount bundle: its objections and its quorum, checked by the stand-alone verifier."""

import json
from copy import deepcopy

import pytest

from federation.bundles import bundle
from governance.models import Entry
from governance.rules.register import canonical
from tests.federation.test_bundle_votes import person, rewrite
from tests.federation.test_bundles import altered
from tests.governance.conftest import OBJECTION, make_cast

HERE = "ici"


@pytest.fixture(scope="module")
def deciding(lasting_db):
    """Camille objects, takes it back, and all three consent to a second call."""
    cast = make_cast()
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.camille, "withdraw_objection", objection=1)
    cast.answer(version=1, call=2)
    cast.do(cast.bachir, "reveal", version=1, call=2)
    return cast


@pytest.fixture
def decided(deciding, db):
    return deepcopy(deciding)


def number():
    return Entry.objects.get(kind="decision").seq


def positions(body):
    return body["calls"][-1]["positions"]


def silenced(body):
    """Two of three said nothing, and the quorum tells it as it is: one position is less than a half of three."""
    for each in positions(body)[1:]:
        each["choice"] = "no_position"
    body["quorum"]["expressed"] = 1


def test_a_decision_by_consent_is_recounted(decided, alone):
    _found, left = alone.check(bundle(decided.collective).decode())
    assert left == []
    body = Entry.objects.get(kind="decision").body
    assert [each["state"] for each in body["objections"]] == ["withdrawn"]
    assert (body["quorum"]["expressed"], body["quorum"]["electorate"]) == (3, 3)


ALTERED = [
    ("open", lambda b: b["objections"][0].update(state="open"), r"l'objection n° 1 n'est pas levée \(open\)"),
    ("qualified", lambda b: b["objections"][0].update(state="qualified"), "l'objection n° 1 n'est pas levée"),
    ("refined", lambda b: b["objections"][0].update(state="refined"), "l'objection n° 1 n'est pas levée"),
    ("odd", lambda b: b["objections"][0].update(state="lifted"), "l'objection n° 1 n'est pas levée"),
    ("not read", lambda b: b["objections"][0].pop("state"), "forme inconnue"),
    ("electorate", lambda b: b["quorum"].update(electorate=2), "quorum de 3 sur 3 recompté"),
    ("somebody less", lambda b: b["electorate"].pop(), "quorum de 3 sur 2 recompté"),
    ("somebody more", lambda b: b["electorate"].append(person(9)), "quorum de 3 sur 4 recompté"),
    ("expressed", lambda b: b["quorum"].update(expressed=4), "quorum de 3 sur 3 recompté"),
    ("silent", lambda b: positions(b)[0].update(choice="no_position"), "quorum de 2 sur 3 recompté"),
    ("against", lambda b: positions(b)[0].update(choice="objection"), "quorum de 2 sur 3 recompté"),
    ("told", lambda b: positions(b)[0].update(choice="objection") or b["quorum"].update(expressed=2), "quorum de 2"),
    ("twice", lambda b: positions(b).append(positions(b)[0]) or b["quorum"].update(expressed=4), "quorum de 3 sur 3"),
    ("share", lambda b: b["quorum"].update(share="3/2"), "le quorum n'est pas atteint"),
    ("too few", silenced, "le quorum n'est pas atteint"),
    ("no share", lambda b: b["quorum"].update(share="1/0"), "forme inconnue"),
    ("no calls", lambda b: b["calls"].clear(), "forme inconnue"),
]


@pytest.mark.parametrize(("change", "named"), [each[1:] for each in ALTERED], ids=[each[0] for each in ALTERED])
def test_what_is_altered_is_named_by_its_entry_even_where_chain_and_signatures_are_made_anew(
    decided, alone, change, named
):
    rewrite(decided.collective, "decision", change)
    with pytest.raises(alone.Bad, match=rf"^inscription n° {number()}, du 20.* : .*{named}"):
        alone.check(bundle(decided.collective).decode())


@pytest.mark.parametrize("change", [each[1] for each in ALTERED], ids=[each[0] for each in ALTERED])
def test_what_is_altered_in_the_file_is_named_by_its_entry(decided, alone, change):
    parts = json.loads(bundle(decided.collective))
    entry = parts["entries"][number() - 1]["document"]
    change(entry["body"])
    said = altered(alone, canonical(parts).decode())
    assert said.startswith(f"inscription n° {number()}, du {entry['at']} : le contenu ne donne pas")


def test_an_entry_without_its_quorum_is_named_as_not_checked(decided, alone):
    rewrite(decided.collective, "decision", lambda body: body.pop("quorum"))
    _found, left = alone.check(bundle(decided.collective).decode())
    assert left == [f"le consentement de l'inscription n° {number()}"]


# --- one decision by itself --------------------------------------------------------------------------------------


def body(*choices, size=3, share="1/2", expressed=None):
    """Return what an entry tells of a consent among `size` people: no row is asked."""
    called = [{"person": {"name": f"{n}"}, "choice": choice} for n, choice in enumerate(choices)]
    spoken = sum(each in {"consent", "concern"} for each in choices)
    figures = {"share": share, "electorate": size, "expressed": spoken if expressed is None else expressed}
    return {"objections": [], "electorate": [None] * size, "calls": [{"positions": called}], "quorum": figures}


@pytest.mark.parametrize(
    "good",
    [
        body("consent", "concern"),
        body("consent", "concern", share="2/3"),
        body("consent", size=1, share="0/1"),
        body("consent", "silent_consent", "no_position", share="1/3"),
        body("consent", "silent_consent", "no_position", expressed=2),
        body(*["consent"] * 7, size=10, share="7/10"),
    ],
)
def test_a_quorum_is_reached_by_exact_shares_and_silence_may_count(alone, good):
    alone.check_consent(good, HERE)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (body("consent", "concern", share="667/1000"), "le quorum n'est pas atteint"),
        (body("no_position", share="0/1"), "le quorum n'est pas atteint"),
        (body("consent", "silent_consent", "no_position"), "le quorum n'est pas atteint"),
        (body("consent", "silent_consent", "no_position", expressed=3), "quorum de 1 sur 3 recompté"),
        (body(size=0, share="0/1"), "le quorum n'est pas atteint"),
    ],
)
def test_a_quorum_that_is_not_reached_is_named(alone, bad, named):
    with pytest.raises(alone.Bad, match=f"{HERE} : .*{named}"):
        alone.check_consent(bad, HERE)
