"""What the house adds to an act in a candidacy: what it knows of people, and the words put beside the journal."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from governance.actions.candidacy_journal import keep_text
from governance.actions.register import locked_head
from governance.actions.remote import forget_salts
from governance.errors import Invalid, NotEntitled
from governance.models import Assembly, Candidacy, CandidacyStep, CandidacyText, PersonObjection
from governance.queries.candidacy_states import carried_by, evaluations_of, figures, still_members
from governance.queries.lots import labels
from governance.rules.assemblies import RoomStage
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation_terms import add_months
from governance.rules.evaluating import check_answers, check_evaluation, distribution, readable
from governance.rules.lot import SIZE
from network.models import Member, Membership, MembershipState

Payload = dict[str, object]


@dataclass(frozen=True)
class Asked:
    """One act, before it becomes a step."""

    row: Candidacy
    state: State
    actor: Member
    values: Mapping[str, object]
    at: datetime


def complete(kind: str, asked: Asked) -> Payload:
    """Return the payload of the step: the values of the act, with what the house adds and without erasable words."""
    return _COMPLETE.get(kind, lambda asked: dict(asked.values))(asked)


def electorate(row: Candidacy, at: datetime) -> list[int]:
    """Return the members of the collective now, without the person concerned (R10). Locks nothing: a later
    admission is later."""
    active = Membership.objects.filter(collective=row.collective, state=MembershipState.ACTIVE, since__lte=at)
    found = active.filter(member__gone_at=None).exclude(member=row.person)
    return sorted(found.values_list("member_id", flat=True))


def answers_kept(row: Candidacy, author: Member, given: object, at: datetime) -> dict[str, str]:
    """Keep the answers to each value, in place of earlier ones, and return their commitments by article."""
    articles = figures(row.charter).articles
    answers = check_answers(given, articles)
    CandidacyText.objects.filter(candidacy=row, role="answers").delete()
    return {
        article: keep_text(row, author.pk, "answers", str(said["fact"]), at, article=article)
        for article, said in answers.items()
    }


def _sponsorship(asked: Asked) -> Payload:
    """Lock the sponsor's membership, so that two promises at once are counted one after the other."""
    mine = Membership.objects.select_for_update().filter(collective=asked.row.collective, member=asked.actor)
    since = mine.filter(state=MembershipState.ACTIVE).values_list("since", flat=True).first()
    last = CandidacyStep.objects.filter(kind="confirm_sponsor", actor=asked.actor).exclude(candidacy=asked.row)
    return {
        **asked.values,
        "since": since,
        "live": carried_by(asked.actor, asked.row.collective_id, but=asked.row.pk),
        "last": last.order_by("-at").values_list("at", flat=True).first(),
    }


def _asking(asked: Asked) -> Payload:
    if not still_members(asked.row.collective_id, [int(str(asked.values["person"]))]):
        raise Invalid("sponsor_not_member", field="person")
    return dict(asked.values)


def _announced(asked: Asked) -> Payload:
    return {"electorate": electorate(asked.row, asked.at)}


def _evaluation(asked: Asked) -> Payload:
    """Keep the evaluation sealed beside the journal, in place of an earlier one; it is erased after its time."""
    terms = figures(asked.row.charter)
    marks = check_evaluation(asked.values.get("marks"), terms.articles, asked.at.date())
    CandidacyText.objects.filter(candidacy=asked.row, role="evaluation", author=asked.actor).delete()
    forget_salts(asked.row.pk, asked.actor.pk, evaluations=True)
    until = add_months(asked.at, terms.eval_retention_months)
    text = json.dumps({article: json.loads(readable(said)) for article, said in marks.items()}, ensure_ascii=False)
    mark = keep_text(asked.row, asked.actor.pk, "evaluation", text, asked.at, erase_after=until)
    return {"commitment": mark}


def counts(row: Candidacy) -> Payload:
    """Return the distribution of the evaluations given, and whose words were erased before the reveal: a long pause
    does not keep them beyond their time, and they count no more."""
    found = {"counts": distribution(evaluations_of(row), figures(row.charter).articles)}
    kept = CandidacyText.objects.filter(candidacy=row, role="evaluation").values("author")
    erased = CandidacyStep.objects.filter(candidacy=row, kind="evaluate").exclude(actor__in=kept)
    return {**found, "erased": sorted(set(erased.values_list("actor_id", flat=True)))}


def _text(role: str, *, once: bool = False) -> Callable[[Asked], Payload]:
    def kept(asked: Asked) -> Payload:
        if once:
            CandidacyText.objects.filter(candidacy=asked.row, role=role).delete()
        mark = keep_text(asked.row, asked.actor.pk, role, str(asked.values["text"]), asked.at)
        return {**{name: each for name, each in asked.values.items() if name != "text"}, "commitment": mark}

    return kept


def _hearing(asked: Asked) -> Payload:
    """The first meeting is one of the circle's, opened since the hearing was due."""
    found = Assembly.objects.filter(pk=asked.values["assembly"], circle__collective=asked.row.collective).first()
    since = asked.state.since
    if found is None or found.stage == RoomStage.CONVENED.value:
        raise Invalid("assembly_not_held", field="assembly")
    opened = found.steps.filter(kind="open").order_by("-seq").first()
    if opened is None or (since is not None and opened.at < since):
        raise Invalid("assembly_not_held", field="assembly")
    return dict(asked.values)


def objection_kept(asked: Asked, source: str, *, voice: bool = True) -> Payload:
    """R4: keep the fact beside the journal, and the row that the database checks."""
    article, fact = str(asked.values["article"]), str(asked.values["fact"])
    until = add_months(asked.at, figures(asked.row.charter).eval_retention_months)
    PersonObjection.objects.create(
        candidacy=asked.row, author=asked.actor, source=source, article=article, fact=fact,
        nature=str(asked.values["nature"]), at=asked.at, erase_after=until,
    )  # fmt: skip
    role = "objection" if voice else "flag"
    mark = keep_text(asked.row, asked.actor.pk, role, fact, asked.at, article=article)
    return {"article": article, "nature": asked.values["nature"], "commitment": mark}


def _flagged(asked: Asked) -> Payload:
    """R11: for people who belong to a collective of another node."""
    elsewhere = Membership.objects.filter(member=asked.actor, state=MembershipState.ACTIVE, collective__local=False)
    if asked.actor.local or asked.actor.gone_at is not None or not elsewhere.exists():
        raise NotEntitled("flag_for_other_nodes")
    return objection_kept(asked, "flag", voice=False)


def _gone(asked: Asked) -> Payload:
    here = still_members(asked.row.collective_id, asked.state.electorate)
    return {"gone": sorted(asked.state.electorate - here)}


def _conditions(asked: Asked) -> Payload:
    return {**_text("answer")(asked), **_gone(asked)}


def _exclusion(asked: Asked) -> Payload:
    return {**objection_kept(asked, "exclusion"), "electorate": electorate(asked.row, asked.at)}


def _appeal(asked: Asked) -> Payload:
    """The draw rests on a secret made now and on the register as it stood, so that it is nobody's choice later."""
    people = still_members(asked.row.collective_id, asked.state.electorate)
    return {
        **_text("appeal")(asked),
        "pool": labels(asked.row.collective_id, people),
        "identifier": f"{settings.ORIGIN}/candidatures/{asked.row.pk}/recours/{asked.state.seq + 1}",
        "secret": secrets.token_hex(SIZE),
        "beacon": locked_head(asked.row.collective).head,
    }


_COMPLETE: Mapping[str, Callable[[Asked], Payload]] = {
    "ask_sponsor": _asking,
    "confirm_sponsor": _sponsorship,
    "announce": _announced,
    "evaluate": _evaluation,
    "close_evaluation": lambda asked: counts(asked.row),
    "synthesise": _text("synthesis", once=True),
    "hear": _hearing,
    "answer_conditions": _conditions,
    "decide_again": _gone,
    "object": lambda asked: objection_kept(asked, "probation"),
    "flag": _flagged,
    "renew": lambda asked: {"answers": answers_kept(asked.row, asked.actor, asked.values.get("answers"), asked.at)},
    "propose_exclusion": _exclusion,
    "appeal": _appeal,
    "panel_vote": _text("panel"),
}
