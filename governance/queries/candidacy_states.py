"""Journals of co-optation folded into the states that the rules speak of."""

import json
from collections.abc import Iterable

from governance.errors import NotFound
from governance.models import Candidacy, CandidacyStep, CandidacyText, Charter, Proposal
from governance.queries.states import terms_of
from governance.rules.candidacy import BEFORE_MEMBER, ENDED, Stage
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation import replay
from governance.rules.cooptation_terms import CooptationTerms, cooptation_terms
from governance.rules.session import Step
from network.models import Member, Membership, MembershipState

__all__ = ["carried_by", "ended_for", "evaluations_of", "figures", "row_of", "state_of", "texts_of", "under_way"]


def figures(charter: Charter) -> CooptationTerms:
    """Return the figures of co-optation of a charter; raises TermMissing or Invalid, naming the figure at fault."""
    return cooptation_terms(terms_of(charter), [article["id"] for article in charter.document["articles"]])


def state_of(row: Candidacy) -> State:
    """Return the state that the journal tells, each step judged by the charter that governed it."""
    steps = list(CandidacyStep.objects.filter(candidacy=row).order_by("seq").select_related("charter"))
    known = {step.charter_id: step.charter for step in steps}
    terms = {pk: figures(charter) for pk, charter in known.items()}
    return replay((Step(s.kind, s.actor_id, s.at, s.payload, s.seq), terms[s.charter_id]) for s in steps)


def row_of(candidacy_id: int) -> Candidacy:
    """Return the row with what every reader needs; raises NotFound."""
    rows = Candidacy.objects.select_related("collective", "person", "circle", "charter")
    found = rows.filter(pk=candidacy_id).first()
    if found is None:
        raise NotFound("candidacy_unknown")
    return found


def under_way(person: Member, collective_id: int) -> Candidacy | None:
    """Return the person's journal in that collective that has not ended."""
    ended = [each.value for each in ENDED]
    return Candidacy.objects.filter(person=person, collective_id=collective_id).exclude(stage__in=ended).first()


def ended_for(proposals: Iterable[Proposal]) -> set[int]:
    """Return those of `proposals` on a candidacy that has ended: what is decided on them changes nothing any more."""
    about = {each.pk: each.effect["candidacy"] for each in proposals if each.effect.get("kind") == "candidacy"}
    if not about:
        return set()
    ended = Candidacy.objects.filter(pk__in=about.values(), stage__in=[each.value for each in ENDED])
    known = set(ended.values_list("pk", flat=True))
    return {pk for pk, candidacy in about.items() if candidacy in known}


def carried_by(sponsor: Member, collective_id: int, *, but: int) -> int:
    """Return how many other candidacies of the collective this person carries now, until membership or an end."""
    stages = [each.value for each in BEFORE_MEMBER]
    rows = Candidacy.objects.filter(collective_id=collective_id, stage__in=stages).exclude(pk=but)
    rows = rows.filter(steps__kind="confirm_sponsor", steps__actor=sponsor).distinct()
    return sum(state_of(row).sponsor(sponsor.pk) is not None for row in rows)


def texts_of(row: Candidacy, *roles: str) -> list[CandidacyText]:
    """Return the words kept beside the journal, oldest first."""
    return list(CandidacyText.objects.filter(candidacy=row, role__in=roles).order_by("pk"))


def evaluations_of(row: Candidacy) -> list[dict[str, dict[str, object]]]:
    """Return the evaluations given, by article, without their authors and in an order that does not name them."""
    found = CandidacyText.objects.filter(candidacy=row, role="evaluation").order_by("commitment")
    return [json.loads(each) for each in found.values_list("text", flat=True)]


def still_members(collective_id: int, people: Iterable[int]) -> set[int]:
    """Return those of `people` who are active members today."""
    active = Membership.objects.filter(
        collective_id=collective_id, state=MembershipState.ACTIVE, member__in=list(people), member__gone_at=None
    )
    return set(active.values_list("member_id", flat=True))


def is_final(stage: str) -> bool:
    """Return whether nothing follows (but perhaps an appeal)."""
    return Stage(stage) in ENDED
