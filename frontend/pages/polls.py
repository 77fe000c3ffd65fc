"""Votes on a text: the list, one with its text and its rules, casting a ballot, the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.poll_words import ANSWERS, headline, lines_of, rules_in_words, share_in_words, time_left
from frontend.stages_poll import poll_stage
from frontend.templatetags.ui import day, moment
from governance.actions.polls import cast_ballot
from governance.queries.poll_list import polls
from governance.queries.polls import MyBallot, PollView, entered_at, poll_view
from governance.queries.shapes import Receipt
from governance.rules.polls import Tier
from governance.rules.quorum import needed
from network.clock import now
from network.errors import DomainError

FEW = 40  # people whose list needs no unfolding
SPENT = frozenset({"key_reused", "key_malformed"})  # after these the same key would be refused again
SUSPENDED = gettext_lazy("Votre appartenance est suspendue : vous pouvez suivre ce vote, pas y voter.")
RECEIPT_SIGNS = 8  # of the key: enough to find it again among one's own


@dataclass(frozen=True)
class BallotForm:
    """One ballot that the reader may cast, as its form is drawn. `chosen`: what is ticked; `why`: what was refused.

    `holder`: of one's own ballot, who may cast it too, or has.
    """

    ballot: MyBallot
    key: str
    chosen: str
    why: str
    refusal: str
    holder: str
    by_holder: bool


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show the votes of one's collectives, open ones first."""
    rows = polls(viewer=me(request))
    at = now()
    context = {
        "still": [(row, time_left(row.closes_at, at)) for row in rows if row.closed_at is None],
        "over": [row for row in rows if row.closed_at is not None],
    }
    return show(request, "polls/list.html", context)


@require_safe
@for_members
def poll(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one vote: what is voted on and why, the rules in words, my ballots; once closed, the result."""
    return _page(request, poll_view(pk, viewer=me(request)))


@require_POST
@for_members
def ballot(request: HttpRequest, pk: int) -> HttpResponse:
    """Cast one ballot, one's own or of somebody whom one represents. What was chosen stays if it is refused."""
    sent = {name: request.POST.get(name, "") for name in ("member", "choice", "key")}
    payload = {"member": sent["member"], "choice": sent["choice"]}
    try:
        receipt = cast_ballot(
            poll_id=pk, actor=me(request), payload=payload, key=sent["key"],
            password=request.POST.get("password", ""), entered_at=entered_at(request.session),
        )  # fmt: skip
    except DomainError as error:
        view = poll_view(pk, viewer=me(request))  # a stranger learns no more than that there is nothing here
        sent["key"] = "" if error.code in SPENT else sent["key"]
        return _page(request, view, sent=sent, why=messages.of(error), status=messages.status_of(error))
    messages.tell(request, _receipt(request, pk, receipt, sent["key"]))
    return redirect("poll", pk)


def _receipt(request: HttpRequest, pk: int, receipt: Receipt, key: str) -> str:
    """Return the sentence after a vote: that it counts, when, under which number; never what was chosen."""
    view, member = poll_view(pk, viewer=me(request)), receipt.facts.get("member")
    at = day(receipt.at) if view.tier == Tier.SECRET else moment(receipt.at)
    facts = {"at": at, "number": key.replace("-", "")[:RECEIPT_SIGNS]}
    if member == me(request).pk:
        return _("Votre voix est enregistrée. Reçu : %(at)s, nᵒ %(number)s.") % facts
    name = next((place.person.name for place in view.roll if place.person.id == member), "")
    return _("La voix de %(name)s est enregistrée. Reçu : %(at)s, nᵒ %(number)s.") % {**facts, "name": name}


def _page(
    request: HttpRequest, view: PollView, *, sent: Mapping[str, str] | None = None, why: str = "", status: int = 200
) -> HttpResponse:
    forms = [_form(view, each, sent or {}, why) for each in view.mine]
    context = {
        "poll": view,
        "words": poll_stage(view.outcome, view.effect_refused),
        "rules": rules_in_words(view),
        "left": time_left(view.closes_at, now()),
        "forms": forms,
        "may_vote": any(each.ballot.allowed for each in forms),
        "waits": not view.moot and any(each.ballot.allowed and not each.ballot.voted for each in forms),
        "answers": ANSWERS,
        "secret": view.tier == Tier.SECRET,
        "why": why,
        "wrong": next((each for each in forms if each.why), None),
        "few": view.electorate <= FEW,
    }
    return show(request, "polls/poll.html", context | _result(view), status=status)


def _result(view: PollView) -> dict[str, object]:
    """Return what a closed vote shows besides; nothing of it exists before."""
    if view.closed_at is None:
        return {}
    return {
        "headline": headline(view),
        "lines": lines_of(view) if view.outcome != "withheld" else [],
        "expressed": sum(view.count.get(each, 0) for each in ("for", "against")),
        "share": share_in_words(view.terms),
        "quorum": needed(view.terms.quorum, view.electorate),
        "effect_refused": messages.sentence(view.effect_refused) if view.effect_refused else "",
    }


def _form(view: PollView, mine: MyBallot, sent: Mapping[str, str], why: str) -> BallotForm:
    refused = bool(why) and sent.get("member") == str(mine.person.id)
    place = next((each for each in view.roll if each.person.id == mine.person.id), None)
    return BallotForm(
        ballot=mine,
        key=(sent.get("key") if refused else "") or str(uuid4()),
        chosen=sent.get("choice", "") if refused else mine.choice,
        why=why if refused else "",
        refusal=_refusal(mine.refusal),
        holder=place.holder.name if place and place.holder and mine.own else "",
        by_holder=bool(place and place.by_holder),
    )


def _refusal(code: str) -> str:
    """Say why this ballot cannot be cast now; a suspension in fewer words than where it is acted on."""
    if code == "membership_suspended":
        return str(SUSPENDED)
    return messages.sentence(code) if code else ""
