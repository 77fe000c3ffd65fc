"""Everything that this node keeps of one person in the directory, for that person to take along.

What others wrote in private is not part of it: clients' words and addresses, private attestations and testimonies, the
other side of a request. That something was received is, with its day.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet

from network.models import (
    Account,
    ActWords,
    Claim,
    ContactMessage,
    ContactReport,
    Conversation,
    Event,
    EventDate,
    Hidden,
    ImportRun,
    Invitation,
    Member,
    Membership,
    ModerationAct,
    Offer,
    Quote,
    RecordVote,
    Report,
    Skill,
    SkillMerge,
    Testimony,
    Vouch,
)
from network.queries.entries import uris_of
from network.queries.hiding import is_hidden
from network.rules.contact import Side

__all__ = ["LEFT_OUT", "Parts", "own_data"]

Row = dict[str, Any]
Parts = dict[str, list[Row]]

PLACE = ("place_name", "place_dept", "place_code", "lat", "lon")
OFFER = (
    "uri", "purpose", "title", "description", "tags", "access", "area", "area_km", "remote", "opening", "availability",
    "price", "amount_cents", "currency", "tax_included", "visibility", "state", "published_at", "updated_at", "ends_at",
    "renewed_at", *PLACE,
)  # fmt: skip
EVENT = (
    "uri", "kind", "title", "description", "zone", "rhythm", "first_on", "until_on", "listed", "starts", "ends",
    "places", "online", "price", "amount_cents", "currency", "accessibility", "languages", "capacity", "registration",
    "registration_link", "state", "visibility", "published_at", "updated_at",
)  # fmt: skip
VOUCH = (
    "uri", "kind", "level", "statement", "known_since", "articles", "charter", "public", "issued_at", "expires_at",
)  # fmt: skip
QUOTE = ("uri", "price", "quantity", "amount_cents", "currency", "state", "agreement", "asked_at", "answered_at",
         "done_at")  # fmt: skip
CONVERSATION = ("id", "price", "quantity", "amount_cents", "currency", "state", "opened_at", "moved_at", "read_at")

LEFT_OUT: Mapping[str, str] = {
    "Member.skills": "in the profile",
    "ContactBlock.provider": "a digest of somebody else's address",
    "ImportedChange.member": "an entry as a file of others gave it; the run is told",
    "Reminder.member": "a mark that somebody was reminded",
    "SourceRecord.member": "the entry itself is in the profile",
    "WebChange.member": "a counter",
}


def own_data(member: Member) -> Parts:
    """Return what the directory keeps of `member`: part → rows, plain values. A constant number of SQL queries."""
    return {
        "account": _rows(
            Account.objects.filter(member=member), "username", "email", "operator", "date_joined", "last_login"
        ),
        "profile": [_profile(member)],
        "memberships": _rows(
            Membership.objects.filter(member=member), "uri", "number", "state", "since", "until", "renewed_at",
            collective_name=F("collective__name"), collective_uri=F("collective__uri"),
        ),
        "offers": _rows(Offer.objects.filter(owner=member), *OFFER, skill_slug=F("skill__slug")),
        "events": _rows(Event.objects.filter(organiser=member), *EVENT),
        "event_dates": _rows(
            EventDate.objects.filter(event__organiser=member), "uri", "slot", "starts_at", "ends_at", "venue", "note",
            "state", *PLACE, event_uri=F("event__uri"),
        ),
        "events_shared": _rows(Event.objects.filter(partners=member), "uri", "title"),
        **_vouches(member),
        **_requests(member),
        **_conversations(member),
        **_moderation(member),
        **_given(member),
    }  # fmt: skip


def _rows(rows: QuerySet[Any], *names: str, **named: F) -> list[Row]:
    return list(rows.order_by("pk").values(*names, **named))


def _profile(member: Member) -> Row:
    columns = (
        "uri", "handle", "kind", "name", "summary", "languages", "opening", "website", "access", *PLACE, "joined_at",
        "renewed_at",
    )  # fmt: skip
    skills = list(member.skills.order_by("slug").values_list("slug", flat=True))
    return {name: getattr(member, name) for name in columns} | {"skills": skills}


def _vouches(member: Member) -> Parts:
    """Attestations, both ways; a private one received is its issuer's alone, and is not told. Of whom moderation
    has hidden neither name nor words are, as on the pages of trust."""
    person = {"person": F("subject__name"), "person_uri": F("subject__uri")}
    issuer = {"person": F("issuer__name"), "person_uri": F("issuer__uri")}
    received, hidden = Vouch.objects.filter(subject=member, public=True), is_hidden("issuer__uri")
    return {
        "attestations_given": _rows(Vouch.objects.filter(issuer=member), *VOUCH, "reason", **person),
        "attestations_received": _rows(received.exclude(hidden), *VOUCH, **issuer),
        "attestations_received_hidden": _rows(received.filter(hidden), "kind", "level", "issued_at", "expires_at"),
    }


def _requests(member: Member) -> Parts:
    """Requests for a quote: one's own words on each side."""
    asked, received = Quote.objects.filter(asker=member), Quote.objects.filter(offer__owner=member)
    offer, owner = {"offer_title": F("offer__title"), "offer_uri": F("offer__uri")}, F("offer__owner__name")
    return {
        "requests_sent": _rows(asked, *QUOTE, "message", **offer, person=owner),
        "requests_received": _rows(received, *QUOTE, "answer", **offer, person=F("asker__name")),
    }


def _conversations(member: Member) -> Parts:
    """Conversations with clients without account: each step has its day, one's own have their words."""
    own = Conversation.objects.filter(provider=member)
    said = ContactMessage.objects.filter(conversation__provider=member)
    mine = said.filter(author=Side.PROVIDER)
    figures = ("text", "way", "quantity", "unit_cents", "amount_cents", "currency")
    steps = ("conversation_id", "step", "author", "written_at")
    return {
        "conversations": _rows(own, *CONVERSATION, offer_uri=F("offer__uri")),
        "messages_written": _rows(mine, *steps, *figures),
        "messages_received": _rows(said.exclude(author=Side.PROVIDER), *steps),
        "conversations_reported": _rows(
            ContactReport.objects.filter(conversation__provider=member), "conversation_id", "reason", "made_at"
        ),
        "testimonies": _rows(Testimony.objects.filter(subject=member, public=True), "text", "written_at", "ends_at"),
        "testimonies_private": _rows(Testimony.objects.filter(subject=member, public=False), "written_at", "ends_at"),
    }


def _moderation(member: Member) -> Parts:
    """What one reported and decided about entries, and what is said in public of one's own."""
    return {
        "reports": _rows(Report.objects.filter(reporter=member), "uri", "kind", "words", "at", "settled_at"),
        "record_votes": _rows(RecordVote.objects.filter(member=member), "uri", "gone", "at"),
        "moderation_acts": _rows(ModerationAct.objects.filter(actor=member), "uri", "verb", "at"),
        "moderation_words": _rows(
            ActWords.objects.filter(act__actor=member), "text", entry_uri=F("act__uri"), at=F("act__at")
        ),
        "hidden_by_me": _rows(Hidden.objects.filter(by=member), "uri", "reason", "at", "lifted_at"),
        "hidden_entries": _rows(
            Hidden.objects.filter(uri__in=uris_of(member)), "uri", "reason", "at", "lifted_at", "answer", "answered_at"
        ),
    }


def _given(member: Member) -> Parts:
    """What one brought to this node."""
    return {
        "invitations": _rows(
            Invitation.objects.filter(issuer=member), "issued_at", "expires_at", "used_at", "as_candidate"
        ),
        "imports": _rows(
            ImportRun.objects.filter(actor=member), "scope", "format", "name", "source", "state", "created_at",
            "applied_at", "undone_at",
        ),
        "claims": _rows(
            Claim.objects.filter(member=member), "wants", "contact", "message", "state", "asked_at", "settled_at",
            source=F("record__source"),
        ),
        "claims_settled": _rows(
            Claim.objects.filter(Q(settled_by=member) | Q(undone_by=member)), "title", "wants", "state", "settled_at",
            "undone_at", source=F("record__source"),
        ),
        "skills_added": _rows(Skill.objects.filter(added_by=member), "slug", "label_fr", "label_en", "added_at"),
        "skills_merged": _rows(
            SkillMerge.objects.filter(by=member), "at", "undone_at", skill_slug=F("skill__slug"),
            into_slug=F("into__slug"),
        ),
    }  # fmt: skip
