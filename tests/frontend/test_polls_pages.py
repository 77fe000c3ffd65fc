"""Pages of votes on a text, as people see them without script."""

import re
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from html import unescape
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from frontend import messages
from frontend.figure_words import value_of
from frontend.poll_words import headline, share_in_words, time_left
from frontend.sentences.polls import POLLS
from governance.actions.polls import close_poll
from governance.models import NamedBallot, Poll, Proxy
from governance.queries.poll_list import polls
from governance.queries.polls import poll_view
from governance.rules.polls import PollTerms, Tier
from network.clock import day_of, now
from network.models import MembershipState
from tests import factories
from tests.frontend.reading import Page, faults, page_of, plain
from tests.governance.conftest import make_cast
from tests.governance.polling import PASSWORD, allow_votes, on_charter, to_vote, vote

KEY = re.compile(r'name="key" value="([^"]+)"')


@pytest.fixture
def cast(db):
    made = make_cast()
    factories.node("Nœud Démo")
    return made


@pytest.fixture
def poll(cast, clock) -> Poll:
    allow_votes(cast)
    return to_vote(cast)


def browser(member) -> Client:
    client = Client()
    client.force_login(member.account)
    return client


def read(member, poll) -> Page:
    answer = browser(member).get(reverse("poll", args=[poll.pk]))
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def send(client, poll, choice, *, member="", key=None, **more):
    said = {"choice": choice, "member": member, "key": key or str(uuid4()), **more}
    return client.post(reverse("poll_ballot", args=[poll.pk]), said, follow=True)


def ticked(page) -> list[str]:
    return [each.attributes["value"] for each in page.all("input") if "checked" in each.attributes]


def test_the_page_says_what_is_voted_on_why_and_under_which_rules(cast, poll):
    page = read(cast.alix, poll)
    for said in (
        "Vote : Se réunir au local",
        "premier lundi",
        "laissent des membres de côté",
        "Le consentement n’a pas été trouvé",
        "adopté si plus de la moitié des voix pour ou contre sont pour",
        "À égalité, il n’est pas adopté",
        "sur les 3 de la liste",
        "Le vote est nominatif",
        "il reste 7 jours",
        "ou dès que chaque personne de la liste a voté elle-même",
        "Si je ne fais rien : Votre voix n’est pas comptée",
    ):
        assert said in page.words, said
    links = {each.attributes["href"] for each in page.all("a")}
    assert reverse("proposition", args=[cast.proposal.pk]) in links
    assert reverse("register_entry", args=[poll.opening.seq]) in links
    assert [each.attributes["value"] for each in page.all("input") if each.attributes.get("type") == "radio"] == [
        "for",
        "against",
        "abstain",
    ]
    assert ticked(page) == []


def test_after_voting_i_read_that_it_counts_what_i_chose_and_that_i_may_change_it(cast, poll):
    alix = browser(cast.alix)
    page = page_of(send(alix, poll, "against", member=cast.alix.pk))
    assert "Votre voix est enregistrée. Reçu :" in page.words
    assert "Vous avez voté : Contre" in page.words
    assert "Vous pouvez changer d’avis tant que le vote est ouvert" in page.words
    assert ticked(page) == ["against"]
    page = page_of(send(alix, poll, "for", member=cast.alix.pk))
    assert "Vous avez voté : Pour" in page.words
    assert [each.choice for each in NamedBallot.objects.all()] == ["against", "for"]


def test_pressing_twice_counts_once(cast, poll):
    alix, key = browser(cast.alix), str(uuid4())
    first, second = (page_of(send(alix, poll, "for", member=cast.alix.pk, key=key)) for _ in range(2))
    said = re.compile(r"Votre voix est enregistrée\. Reçu : [^.]+\.")
    assert said.search(first.words).group() == said.search(second.words).group()
    assert NamedBallot.objects.count() == 1


def test_nothing_chosen_is_said_beside_the_choices_and_keeps_the_key(cast, poll):
    key = str(uuid4())
    answer = send(browser(cast.alix), poll, "", member=cast.alix.pk, key=key)
    page = page_of(answer)
    assert answer.status_code == 400
    assert faults(page) == []
    assert page.words.count("Choisissez pour, contre ou abstention.") == 2
    assert f"#choix-{cast.alix.pk}" in {each.attributes["href"] for each in page.all("a")}
    assert KEY.search(page.html).group(1) == key


def test_a_refusal_keeps_what_was_chosen_and_a_spent_key_is_renewed(cast, poll):
    alix, key = browser(cast.alix), str(uuid4())
    send(alix, poll, "for", member=cast.alix.pk, key=key)
    answer = send(alix, poll, "against", member=cast.alix.pk, key=key)
    page = page_of(answer)
    assert answer.status_code == 409
    assert ticked(page) == ["against"]
    assert "Cet envoi a déjà servi" in page.words
    assert KEY.search(page.html).group(1) != key
    assert [each.choice for each in NamedBallot.objects.all()] == ["for"]


def test_nobody_reads_a_choice_of_others_before_the_end(cast, poll):
    send(browser(cast.alix), poll, "against", member=cast.alix.pk)
    page = read(cast.bachir, poll)
    assert "Alix · a voté" in page.words
    assert "Bachir · n’a pas encore voté" in page.words
    assert "1 personne a voté, sur 3." in page.words
    assert "Vous avez voté" not in page.words
    assert page.words.count("Contre") == 1  # the label of the ballot
    assert "Adopté" not in page.words


def test_the_last_ballot_shows_the_result_in_words_first_then_a_table_and_who_chose_what(cast, poll):
    for member, choice in ((cast.alix, "for"), (cast.bachir, "for")):
        vote(poll, member, choice)
    page = page_of(send(browser(cast.camille), poll, "against", member=cast.camille.pk))
    assert faults(page) == []
    for said in (
        "Votre voix est enregistrée",
        "Adopté par vote : 2 pour, 1 contre, 0 abstention.",
        "après que le consentement n’a pas été trouvé",
        "3 personnes ont voté, sur 3.",
        "Sur 3 pour ou contre, 2 voix sont pour : il en fallait plus de la moitié.",
        "Alix · Pour",
        "Camille · Contre",
    ):
        assert said in page.words, said
    heads = [plain(each.text) for each in page.all("th") if each.attributes["scope"] == "row"]
    counts = [each.text for each in page.all("td") if each.attributes.get("class") == "number"]
    assert list(zip(heads, counts, strict=True)) == [("Pour", "2"), ("Contre", "1"), ("Abstention", "0")]
    entry = Poll.objects.get().entry.seq
    assert reverse("register_entry", args=[entry]) in {each.attributes["href"] for each in page.all("a")}
    assert not page.all("fieldset")


def test_rejected_and_without_effect_are_said_with_what_was_missing(cast, poll, clock):
    vote(poll, cast.alix, "abstain")
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    page = read(cast.alix, poll)
    assert "Sans effet : 0 pour, 0 contre, 1 abstention." in page.words
    assert "Trop peu de personnes ont voté : le texte n’est pas adopté." in page.words
    assert "1 personne a voté, sur 3. Il en fallait au moins 2." in page.words
    assert "Alix · Abstention" in page.words
    assert "Bachir · n’a pas voté" in page.words


def test_every_outcome_has_its_sentence(cast, poll):
    for member in cast.three:
        vote(poll, member, "against")
    view = poll_view(poll.pk, viewer=cast.alix)
    assert plain(headline(view)) == "Non adopté : 0 pour, 3 contre, 0 abstention."
    assert "Non adopté" in read(cast.alix, poll).words
    assert plain(headline(replace(view, outcome="withheld", count={}))) == "Vote non dépouillé."
    Poll.objects.update(outcome="withheld")
    page = read(cast.alix, poll)
    assert "le décompte dirait qui a voté quoi" in page.words
    assert not page.all("table")


def test_a_ballot_after_the_end_says_so_and_shows_the_result(cast, poll, clock):
    vote(poll, cast.alix)
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    answer = send(browser(cast.bachir), poll, "for", member=cast.bachir.pk)
    assert answer.status_code == 409
    page = page_of(answer)
    assert "votre envoi n’a pas été compté" in page.words
    assert "Sans effet" in page.words


def test_strangers_find_nothing_and_others_of_the_collective_follow(cast, poll):
    address = reverse("poll", args=[poll.pk])
    assert Client().get(address).status_code == 302
    fanny = browser(cast.fanny)
    assert fanny.get(address).status_code == 404
    assert send(fanny, poll, "for").status_code == 404
    assert fanny.get(reverse("poll", args=[poll.pk + 1])).status_code == 404
    assert "Se réunir au local" not in page_of(fanny.get(reverse("polls"))).words
    page = read(cast.dominique, poll)
    assert "Vous n’êtes pas sur la liste de ce vote" in page.words
    assert not page.all("fieldset")
    refused = send(browser(cast.dominique), poll, "for")
    assert refused.status_code == 403
    assert faults(page_of(refused)) == []
    assert NamedBallot.objects.count() == 0


def test_i_vote_for_somebody_who_gave_me_their_proxy_and_their_own_vote_prevails(cast, clock):
    allow_votes(cast)
    until = day_of(now()) + timedelta(days=90)
    Proxy.objects.create(circle=cast.circle, giver=cast.camille, holder=cast.bachir, ends_on=until)
    poll = to_vote(cast)
    bachir, camille = browser(cast.bachir), browser(cast.camille)
    page = read(cast.bachir, poll)
    assert "La voix de Camille, que vous représentez" in page.words
    assert len(page.all("fieldset")) == 2
    assert "Bachir peut voter pour vous, par pouvoir" in read(cast.camille, poll).words
    page = page_of(send(bachir, poll, "for", member=cast.camille.pk))
    assert "La voix de Camille est enregistrée. Reçu :" in page.words
    assert "Vous avez voté pour le compte de Camille : Pour" in page.words
    page = read(cast.camille, poll)
    assert "Bachir a voté pour vous, par pouvoir : Pour" in page.words
    assert "c’est votre voix qui compte" in page.words
    page = page_of(send(camille, poll, "against", member=cast.camille.pk))
    assert "Vous avez voté : Contre" in page.words
    page = read(cast.bachir, poll)
    assert "elle-même : sa propre voix l’emporte" in page.words
    assert len(page.all("fieldset")) == 1
    refused = send(bachir, poll, "for", member=cast.camille.pk)
    assert refused.status_code == 409


def test_who_is_suspended_reads_why_they_cannot_vote(cast, poll):
    cast.camille.memberships.update(state=MembershipState.SUSPENDED)
    page = read(cast.camille, poll)
    assert "Votre appartenance est suspendue" in page.words
    assert not page.all("fieldset")


def test_a_secret_vote_asks_for_the_password_and_shows_no_participation(cast, clock):
    allow_votes(cast, secrecy="secret")
    poll = to_vote(cast)
    page = read(cast.alix, poll)
    assert "Le vote est secret" in page.words
    field = next(each for each in page.all("input") if each.attributes.get("type") == "password")
    assert (field.attributes["name"], field.attributes["autocomplete"]) == ("password", "current-password")
    assert "· a voté" not in page.words
    assert "pas encore voté" not in page.words
    assert "Ce que le secret ne protège pas" in page.words
    assert "vote secret" in page_of(browser(cast.alix).get(reverse("polls"))).words


def test_a_secret_ballot_counts_with_the_password_and_keeps_what_was_chosen_without_it(cast, clock):
    allow_votes(cast, secrecy="secret")
    poll, alix = to_vote(cast), browser(cast.alix)
    for wrong, said in (("", "Écrivez-le pour voter"), ("faux", "Ce n’est pas votre mot de passe")):
        answer = send(alix, poll, "against", member=cast.alix.pk, password=wrong)
        page = page_of(answer)
        assert answer.status_code == 400
        assert said in page.words
        assert ticked(page) == ["against"]
        assert "value" not in next(e.attributes for e in page.all("input") if e.attributes.get("type") == "password")
    page = page_of(send(alix, poll, "against", member=cast.alix.pk, password="motdepasse-1"))  # noqa: S106
    assert "Votre voix est enregistrée. Reçu : 2" in page.words
    assert "Un vote secret ne se change pas" in page.words
    assert " h " not in re.search(r"Reçu : [^.]+", page.words).group()
    assert "Vous avez voté" not in page.words
    assert ticked(page) == []
    assert not page.all("fieldset")


def test_a_named_vote_on_the_charter_asks_for_the_password_too(cast, clock):
    poll, alix = on_charter(cast), browser(cast.alix)
    page = read(cast.alix, poll)
    assert "Le vote est nominatif" in page.words
    assert [each.attributes["name"] for each in page.all("input") if each.attributes.get("type") == "password"]
    answer = send(alix, poll, "against", member=cast.alix.pk)
    assert answer.status_code == 400
    assert "Ce vote demande de nouveau votre mot de passe" in page_of(answer).words
    assert ticked(page_of(answer)) == ["against"]
    page = page_of(send(alix, poll, "against", member=cast.alix.pk, password=PASSWORD))
    assert "Vous avez voté : Contre" in page.words


def test_the_list_shows_open_votes_first_and_which_waits_for_me(cast, clock):
    alix = browser(cast.alix)
    page = page_of(alix.get(reverse("polls")))
    assert faults(page) == []
    assert "Aucun vote n’est ouvert." in page.words
    assert "Aucun vote clos encore." in page.words
    allow_votes(cast)
    poll = to_vote(cast)
    assert "Votre voix est attendue · jusqu’au" in page_of(alix.get(reverse("polls"))).words
    assert [row.waits for row in polls(viewer=cast.dominique)] == [False]
    assert polls(viewer=cast.fanny) == polls(viewer=None) == ()
    for member in cast.three:
        vote(poll, member)
    page = page_of(alix.get(reverse("polls")))
    assert "Adopté par vote" in page.words
    assert "Votre voix est attendue" not in page.words
    for place in ("propositions", "circles"):
        assert f'href="{reverse("polls")}"' in alix.get(reverse(place)).content.decode()


def test_the_proposition_the_room_and_what_waits_lead_to_the_vote(cast, poll):
    alix, address = browser(cast.alix), f'href="{reverse("poll", args=[poll.pk])}"'
    for place, number in (("proposition", cast.proposal.pk), ("assembly", cast.assembly.pk)):
        page = unescape(alix.get(reverse(place, args=[number])).content.decode())
        assert address in page, place
        assert "la question est passée au vote" in page
    waiting = page_of(alix.get(reverse("waiting")))
    assert address in waiting.html
    assert "Un vote vous attend" in waiting.words


def test_the_pages_draw_in_english(cast, poll):
    alix = browser(cast.alix)
    alix.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Vote: Se réunir au local" in page_of(alix.get(reverse("poll", args=[poll.pk]))).words
    for member in cast.three:
        vote(poll, member)
    words = page_of(alix.get(reverse("poll", args=[poll.pk]))).words
    assert "Adopted by vote: 3 for, 0 against, 0 abstentions." in words


@pytest.mark.parametrize(
    ("threshold", "enough", "said"),
    [
        (Fraction(1, 2), False, "plus de la moitié"),
        (Fraction(2, 3), True, "au moins les deux tiers"),
        (Fraction(3, 5), False, "plus de 3/5"),
        (Fraction(1), True, "la totalité"),
    ],
)
def test_a_threshold_in_words(threshold, enough, said):
    assert share_in_words(PollTerms(168, Tier.OPEN, Fraction(1, 2), threshold, enough, True, 0)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "1 minute"), (150, "2 minutes"), (7_300, "2 heures"), (86_400, "24 heures"), (180_000, "2 jours")],
)
def test_the_time_that_is_left(seconds, said):
    at = now()
    assert time_left(at + timedelta(seconds=seconds), at) == said


def test_every_refusal_of_a_vote_has_its_sentence():
    codes = (
        "too_few_for_secrecy nobody_to_vote choice_unknown not_on_roll no_proxy giver_voted already_voted poll_over "
    )
    codes += "poll_unknown person_malformed ballots_malformed key_reused membership_suspended password_needed "
    codes += "password_wrong entry_needed"
    assert set(POLLS) <= set(codes.split())
    for code in codes.split():
        assert code in messages.SENTENCES, code


def test_the_figures_of_votes_are_said_in_words():
    assert value_of("classes.ordinary.secrecy", "secret") == "le décompte seul"
    assert value_of("classes.ordinary.secrecy", "open") == "de qui vient chaque voix"
