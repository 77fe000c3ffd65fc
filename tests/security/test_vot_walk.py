"""VOT-09 and 11, walked: what every page and answer says to whom, before and after somebody votes, or for another.

The same acts as of people and programs: over HTTP, with refusals among them. Nothing anybody else reads may move, nor
any line that is kept hold what was chosen, or a password.
"""

import logging
import re
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from governance.models import Proxy, SecretBallot
from network.actions.collectives import admit_member
from tests import factories
from tests.governance.conftest import make_member
from tests.governance.polling import PASSWORD, allow_votes, to_vote
from tests.security.readers import read_all, remembered

WRONG = "motdepasse-faux"
LINE = logging.Formatter()  # with its trace, if it has one
CHOSEN = ("abstain", "against")  # words that stand in no other line
ITSELF = re.compile(  # new each time a page is drawn: keys of forms, signed instants, the end of an empty feed
    r'name="(?:csrfmiddlewaretoken|key)" value="[^"]*"|value="[\w-]+:\w+:[\w-]{43}"|<updated>[^<]*\.\d{6}[^<]*<'
)
AWAITED = re.compile(r"\d+\schoses? à faire")  # on every page of whom a ballot waits for
OFFERED = re.compile(r'<input type="radio" name="choice" value="\w+">')  # what one may choose


class Walk:
    """A secret vote of five. Bachir gave Camille his proxy; Dominique runs the node; Élise looks on, as visitors do."""

    def __init__(self, cast):
        allow_votes(cast, secrecy="secret", electorate="collective")
        factories.node()
        self.cast, self.elise = cast, make_member("Elise")
        admit_member(collective=cast.collective, member=self.elise)
        cast.dominique.account.is_staff = cast.dominique.account.is_superuser = True
        cast.dominique.account.save()
        people = {"voter": cast.alix, "giver": cast.bachir, "holder": cast.camille, "staff": cast.dominique}
        self.clients = {name: browser(member) for name, member in {**people, "other": self.elise}.items()}
        self.clients["visitor"] = Client()
        given = {"holder_id": cast.camille.pk, "key": str(uuid4())}
        assert self.tell("giver", f"circles/{cast.circle.pk}/proxies", given) == 201
        self.proxy, self.poll = Proxy.objects.get(), to_vote(cast)
        for made_when_asked in ("/registre/dossier.json", "/entrer/cles"):
            self.clients["visitor"].get(made_when_asked)
        self.numbers = {
            "scrutins/": self.poll.pk, "polls/": self.poll.pk, "cercles/": cast.circle.pk, "circles/": cast.circle.pk,
            "pouvoirs/": self.proxy.pk, "registre/": self.poll.opening.seq, "register/": self.poll.opening.seq,
            "assembl": cast.assembly.pk, "proposi": cast.proposal.pk, "proposals/": cast.proposal.pk,
            "membres/": cast.bachir.pk, "members/": cast.bachir.pk,
        }  # fmt: skip

    def tell(self, who, address, document) -> int:
        return self.clients[who].post(f"/api/v1/{address}", document, content_type="application/json").status_code

    def by_page(self, choice="abstain", password=PASSWORD) -> int:
        said = {"choice": choice, "member": self.cast.alix.pk, "key": str(uuid4()), "password": password}
        return self.clients["voter"].post(f"/scrutins/{self.poll.pk}/voix", said).status_code

    def by_program(self, choice="against", **more) -> int:
        said = {"choice": choice, "member": self.cast.bachir.pk, "key": str(uuid4()), "password": PASSWORD, **more}
        return self.tell("holder", f"polls/{self.poll.pk}/ballots", said)

    def votes(self) -> None:
        """Alix by the page, then Camille for Bachir by a program; neither gets in at once."""
        assert (self.by_page(password=WRONG), self.by_page()) == (400, 302)
        assert (self.by_program(password=WRONG), self.by_program(), self.by_program()) == (400, 200, 409)
        assert sorted(SecretBallot.objects.values_list("choice", flat=True)) == ["abstain", "against"]

    def withdraws(self) -> None:
        assert self.tell("giver", f"proxies/{self.proxy.pk}/end", {}) == 200

    def look(self, *who) -> dict[tuple[str, str], tuple[int, str]]:
        """What each of these people is answered at every address."""
        found = {}
        for name in who:
            cache.clear()  # the counters of how often one asked
            for address, status, text in read_all(self.clients[name], self.numbers):
                assert status not in {429, 500}, (name, address)
                found[name, address] = status, ITSELF.sub("", AWAITED.sub("", text) if name == "giver" else text)
        return found


def browser(member) -> Client:
    client = Client()
    client.force_login(member.account)
    return client


@pytest.fixture
def walk(cast, clock):
    return Walk(cast)


def differing(before, after) -> dict[str, set[str]]:
    """The addresses that answer otherwise, by reader."""
    assert before.keys() == after.keys()
    found: dict[str, set[str]] = {}
    for (name, address), told in before.items():
        if after[name, address] != told:
            found.setdefault(name, set()).add(address)
    return found


def test_vot_11_no_page_changes_when_somebody_votes(walk):
    """But their own: whose ballot was cast reads that it was, and who cast it has a receipt. Neither tells a choice."""
    readers = ("staff", "giver", "holder", "other", "visitor")
    before = walk.look(*readers)
    walk.votes()
    after = walk.look(*readers)
    told, data = {f"/scrutins/{walk.poll.pk}", f"/api/v1/polls/{walk.poll.pk}"}, "/compte/mes-donnees.zip"
    waiting = {"/a-faire", "/propositions", "/scrutins", "/api/v1/polls", "/api/v1/proposals"}
    own = {"giver": {*told, *waiting, data}, "holder": {*told, data}}
    assert differing(before, after) == own
    assert {before[name, page][0] for name in readers[:-1] for page in told} == {200}
    assert before["giver", f"/cercles/{walk.cast.circle.pk}/pouvoirs/{walk.proxy.pk}"][0] == 200
    for name, pages in own.items():
        for address in pages:
            status, text = after[name, address]
            assert (status, [word for word in CHOSEN if word in OFFERED.sub("", text)]) == (200, []), (name, address)


def test_vot_11_a_proxy_taken_back_tells_nobody_else_whether_it_was_used(walk):
    told = []
    for used in (False, True):
        with transaction.atomic():
            if used:
                walk.votes()
            walk.withdraws()
            told.append(walk.look("other"))
            transaction.set_rollback(True)
    assert differing(*told) == {}


def test_vot_09_no_line_and_nothing_remembered_holds_a_choice_or_a_password(walk, caplog):
    caplog.set_level(logging.DEBUG)
    walk.votes()
    lines = [LINE.format(record) for record in caplog.records if not record.name.startswith("django.db")]
    refused = [line for line in lines if line.startswith("act refused")]
    assert [line.rpartition(" ")[2] for line in refused] == ["409"]
    kept = remembered()
    assert kept
    for text in (*lines, *kept):
        assert not [word for word in (*CHOSEN, PASSWORD, WRONG) if word in text], text
