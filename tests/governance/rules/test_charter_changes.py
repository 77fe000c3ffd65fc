"""What changes between two charters, the text that says so, and carrying a change onto another version."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from governance.rules.charter import digest, document, parts
from governance.rules.charter_changes import changes, fresh_id, reused, said
from governance.rules.rebasing import rebase
from governance.rules.templates import template

BASE = document(*template("six_values"))
IDS = [each["id"] for each in BASE["articles"]]


def other(**new):
    return {**deepcopy(BASE), **new}


def article(name, title="Titre", text="Texte"):
    return {"id": name, "title": title, "text": text}


documents = st.builds(
    lambda ids, titles, calls, quorum: other(
        articles=[article(i, titles[n % len(titles)]) for n, i in enumerate(ids)],
        figures={"consent.call_minutes": calls},
        classes={"ordinary": {"quorum": quorum}},
    ),
    st.lists(st.sampled_from("abcdef"), unique=True, max_size=6),
    st.lists(st.sampled_from(["Un", "Deux"]), min_size=1, max_size=3),
    st.sampled_from([5, 10, None]),
    st.sampled_from(["1/2", "2/3"]),
)


def test_nothing_changed_says_nothing():
    assert not changes(BASE, other()).any()


def test_added_removed_edited_and_moved_articles():
    new = other(articles=[BASE["articles"][1], BASE["articles"][0], *BASE["articles"][3:], article("soin")])
    new["articles"][0] = {**new["articles"][0], "text": "Autrement."}
    found = {each.id: each for each in changes(BASE, new).articles}
    assert (found["soin"].kind, found["soin"].number) == ("added", 6)
    assert (found[IDS[2]].kind, found[IDS[2]].number) == ("removed", None)
    assert found[IDS[1]].kind == "edited"
    assert [found[IDS[0]].kind, found[IDS[1]].moved].count("moved") + found[IDS[1]].moved == 1
    assert all(found[each].kind == "same" for each in IDS[3:])
    text = said(changes(BASE, new), version=1, digest="sha256:00")
    for words in ("Article ajouté** (nᵒ 6, `soin`)", f"Article retiré** (`{IDS[2]}`)", "Autrement.", "`sha256:00`"):
        assert words in text


def test_figures_from_old_to_new():
    new = other()
    new["figures"]["consent.call_minutes"] = 15
    new["classes"]["ordinary"]["fallback"] = True
    del new["figures"]["lot.min_reveals" if "lot.min_reveals" in new["figures"] else "minutes.quorum"]
    lines = said(changes(BASE, new), version=3, digest="sha256:00").splitlines()
    assert "- `consent.call_minutes` : 10 → 15" in lines
    assert "- `classes.ordinary.fallback` : non → oui" in lines
    assert any(line.endswith("→ non fixé") for line in lines)


@given(documents, documents)
def test_changes_tell_every_difference_and_nothing_else(old, new):
    found = changes(old, new)
    assert found.any() == (digest(*parts(old)) != digest(*parts(new)) and _differs(old, new))
    shown = [each.id for each in found.articles if each.kind != "removed"]
    assert shown == [each["id"] for each in new["articles"]]
    gone = {each.id for each in found.articles if each.kind == "removed"}
    assert gone == {each["id"] for each in old["articles"]} - set(shown)


def _differs(old, new):
    plain = [{**each, "figures": {k: v for k, v in each["figures"].items() if v is not None}} for each in (old, new)]
    return plain[0] != plain[1]


def test_dead_ids_do_not_come_back():
    without = other(articles=BASE["articles"][1:])
    assert reused(without, other(), IDS) == [IDS[0]]
    assert reused(BASE, other(), IDS) == []
    assert fresh_id("Liberté", IDS) == "liberte-2"
    assert fresh_id("!!", []) == "article"


@given(documents)
def test_rebase_of_no_change_is_the_new_version(new):
    carried, clashes = rebase(BASE, new, BASE, IDS)
    assert clashes == []
    assert not changes(new, carried).any()


@given(documents)
def test_rebase_onto_the_same_version_keeps_the_draft(draft):
    carried, clashes = rebase(BASE, other(), draft, IDS)
    assert clashes == []
    assert not changes(draft, carried).any()


@given(documents, documents, documents)
def test_rebase_never_drops_or_doubles_an_article(old, new, draft):
    ever = {each["id"] for each in (*old["articles"], *new["articles"])}
    carried, clashes = rebase(old, new, draft, ever)
    ids = [each["id"] for each in carried["articles"]]
    assert len(ids) == len(set(ids))
    kept = {each["id"] for each in new["articles"]} - {each["id"] for each in old["articles"]}
    assert kept <= set(ids)
    before = {each["id"]: each for each in old["articles"]}
    written = {(each["title"], each["text"]) for each in draft["articles"] if each != before.get(each["id"])}
    assert written <= {(each["title"], each["text"]) for each in carried["articles"]}, "what its author wrote stays"
    assert reused(new, carried, ever) == []
    assert all(place.startswith(("articles.", "consent.", "classes.", "title", "preamble")) for place in clashes)


def test_rebase_keeps_both_sides_and_names_what_clashes():
    new, draft = other(), other()
    new["figures"]["consent.call_minutes"], draft["figures"]["consent.call_minutes"] = 12, 15
    new["figures"]["consent.round_minutes"] = 25
    new["articles"] = [*BASE["articles"][1:], article("soin", "Soin")]
    draft["articles"] = [*BASE["articles"][:-1], article("soin", "Soin des outils")]
    draft["articles"][0] = {**draft["articles"][0], "text": "Autrement."}
    carried, clashes = rebase(BASE, new, draft, [*IDS, "soin"])
    again = fresh_id(BASE["articles"][0]["title"], IDS)
    assert sorted(clashes) == [f"articles.{again}", "consent.call_minutes"]
    assert carried["figures"]["consent.call_minutes"] == 15
    assert carried["figures"]["consent.round_minutes"] == 25
    ids = [each["id"] for each in carried["articles"]]
    assert ids[:5] == [again, *IDS[1:5]], "removed there, rewritten here: its text stays where it was"
    assert carried["articles"][0]["text"] == "Autrement."
    assert set(ids[5:]) == {"soin", "soin-des-outils"}
