"""Everything that this node keeps of one person in decisions: seats, mandates, acts, and what the register cites.

Acts are one's own; what others said, of oneself or not, is theirs and is not part of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import F, QuerySet

from governance.models import (
    ActSignature,
    AsideLine,
    Assembly,
    Attendance,
    Candidacy,
    CandidacyStep,
    CandidacyText,
    CharterDraft,
    CharterDraftVersion,
    CircleEvent,
    CircleMember,
    Decision,
    DigestChoice,
    Election,
    ElectionStep,
    Entry,
    Lot,
    LotStep,
    Mandate,
    Minutes,
    NamedBallot,
    PersonObjection,
    Proposal,
    Proxy,
    ReminderMail,
    RollEntry,
    RoomStep,
    SealedName,
    Step,
    VoteReceipt,
    WaitingFeed,
    WaitingSource,
)
from governance.queries.names import commitments
from governance.queries.sealed import unseal
from network.models import Member

__all__ = ["LEFT_OUT", "own_data"]

Row = dict[str, Any]

LEFT_OUT: Mapping[str, str] = {
    "CircleEvent.member": "what somebody else did; seats and mandates tell its effect",
    "Mandate.given_by": "somebody else's mandate; the journal of the circle has the act",
    "RemindedLine.member": "a mark that somebody was reminded",
    "WaitingMail.member": "a mail that waits; it holds no word",
}
ACT = ("seq", "kind", "payload", "at", "key")


def own_data(member: Member) -> dict[str, list[Row]]:
    """Return what decisions keep of `member`: part → rows, plain values. Reads the registers they are named in once."""
    first = {**_roles(member), **_acts(member), **_votes(member), **_texts(member)}
    return {**first, **_register(member), **_arrangements(member)}


def _rows(rows: QuerySet[Any], *names: str, **named: F) -> list[Row]:
    return list(rows.order_by("pk").values(*names, **named))


def _roles(member: Member) -> dict[str, list[Row]]:
    circle = {"circle_name": F("circle__name")}
    return {
        "circle_seats": _rows(CircleMember.objects.filter(member=member), "since", "until", **circle),
        "mandates": _rows(
            Mandate.objects.filter(member=member), "role", "mission", "starts_on", "ends_on", "how", "ended_at",
            "ended_reason", **circle,
        ),
        "circle_acts": _rows(CircleEvent.objects.filter(actor=member), "kind", "at", **circle),
        "attendances": _rows(
            Attendance.objects.filter(member=member), "seen_at", "present", title=F("assembly__title")
        ),
        "candidacies": _rows(
            Candidacy.objects.filter(person=member), "stage", "opened_at", "changed_at",
            collective_name=F("collective__name"),
        ),
        "responsible_for": _rows(Decision.objects.filter(responsible=member), "title", "review_on", "adopted_at"),
    }  # fmt: skip


def _acts(member: Member) -> dict[str, list[Row]]:
    """Each journal's own acts, as they were taken; words put aside are among `texts`."""
    return {
        "acts_assemblies": _rows(RoomStep.objects.filter(actor=member), *ACT, title=F("assembly__title")),
        "acts_decisions": _rows(Step.objects.filter(actor=member), *ACT, title=F("session__proposal__title")),
        "acts_elections": _rows(ElectionStep.objects.filter(actor=member), *ACT, title=F("election__role")),
        "acts_lots": _rows(LotStep.objects.filter(actor=member), *ACT, title=F("lot__role")),
        "acts_candidacies": [_unprovable(row) for row in _rows(CandidacyStep.objects.filter(actor=member), *ACT)],
        "acts_signed": _rows(ActSignature.objects.filter(member=member), "kind", "facts", "proof", "state", "made_at"),
        "reminders": _rows(ReminderMail.objects.filter(member=member), "number", "made_at", "sent_at"),
    }


def _votes(member: Member) -> dict[str, list[Row]]:
    """Of a secret vote that one took part, and no choice: nobody could tell which one it is. Of a place whose proxy one
    holds, that one holds it: whether its giver has voted is theirs."""
    title, given = {"title": F("poll__title")}, ("given_at", "ends_on", "ended_at")
    circle = {"circle_name": F("circle__name")}
    return {
        "votes": _rows(RollEntry.objects.filter(member=member), "has_voted", tier=F("poll__tier"), **title),
        "votes_for_others": _rows(RollEntry.objects.filter(holder=member), person_uri=F("member__uri"), **title),
        "ballots": _rows(
            NamedBallot.objects.filter(cast_by=member), "choice", "cast_at", "key",
            title=F("place__poll__title"), person_uri=F("place__member__uri"),
        ),
        "ballot_receipts": _rows(VoteReceipt.objects.filter(actor=member), "key", "receipt", **title),
        "proxies_given": _rows(
            Proxy.objects.filter(giver=member), *given, "key", person_uri=F("holder__uri"), **circle
        ),
        "proxies_held": _rows(Proxy.objects.filter(holder=member), *given, person_uri=F("giver__uri"), **circle),
    }  # fmt: skip


def _unprovable(row: Row) -> Row:
    """Return an act without the mark of its words. With mark and salt anybody could show in the register which
    evaluation is theirs, and sell it; `own_proof` gives no more either."""
    return {**row, "payload": {name: said for name, said in row["payload"].items() if name != "commitment"}}


def _texts(member: Member) -> dict[str, list[Row]]:
    """What one wrote."""
    return {
        "proposals": _rows(
            Proposal.everything.filter(proposer=member), "title", "driver", "text", "decision_class", "review_on",
            "criteria", "created_at", "changed_at", "exercise",
        ),
        "responsible_in": _rows(Proposal.everything.filter(responsible=member), "title", "review_on"),
        "charter_drafts": _rows(CharterDraft.objects.filter(author=member), "document", "created_at", "changed_at"),
        "charter_versions": _rows(CharterDraftVersion.objects.filter(author=member), "number", "text", "digest", "at"),
        "assemblies_convened": _rows(
            Assembly.everything.filter(convened_by=member), "title", "place", "starts_at", "convened_at", "exercise"
        ),
        "minutes": _rows(Minutes.objects.filter(author=member), "version", "digest", "drawn_up_at"),
        "elections_opened": _rows(
            Election.objects.filter(opener=member), "role", "mission", "criteria", "stage", "created_at"
        ),
        "lots_opened": _rows(Lot.objects.filter(opener=member), "identifier", "role", "stage", "created_at"),
        "texts": _rows(
            CandidacyText.objects.filter(author=member), "role", "article", "text", "at", "erase_after",
        ),
        "objections": _rows(
            PersonObjection.objects.filter(author=member), "source", "article", "fact", "nature", "at", "erase_after"
        ),
    }  # fmt: skip


def _register(member: Member) -> dict[str, list[Row]]:
    """What proves that an entry speaks of oneself: SHA-256 of salt and name is the commitment that it cites."""
    sealed = list(SealedName.objects.filter(member=member).select_related("collective").order_by("pk"))
    marks = [
        {"collective": row.collective.name, "name": row.name, "salt": row.salt, "commitment": row.commitment}
        for row in sealed
    ]
    cited = {row.commitment for row in sealed}
    entries = Entry.objects.filter(collective__in={row.collective_id for row in sealed}).order_by("collective", "seq")
    return {"register_names": marks, "register_entries": list(_citing(entries, cited))}


def _citing(entries: QuerySet[Entry], cited: set[str]) -> Iterator[Row]:
    for entry in entries.iterator():
        mine = cited.intersection(commitments(entry.body))
        if mine:
            yield {
                "collective_uri": entry.collective_uri, "seq": entry.seq, "kind": entry.kind, "at": entry.at,
                "digest": entry.digest, "head": entry.head, "commitments": sorted(mine),
            }  # fmt: skip


def _arrangements(member: Member) -> dict[str, list[Row]]:
    """What one set up around what waits for oneself."""
    sources = WaitingSource.objects.filter(member=member).order_by("pk")
    return {
        "mail_choice": _rows(DigestChoice.objects.filter(member=member), "rhythm", "email", "next_at", "left_out"),
        "feeds": _rows(WaitingFeed.objects.filter(member=member), "made_at", "read_on", "ended_at"),
        "feeds_elsewhere": [{"address": unseal(row.address), "made_at": row.made_at} for row in sources],
        "lines_aside": _rows(AsideLine.objects.filter(member=member), "line", "until", "made_at"),
    }
