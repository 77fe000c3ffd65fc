"""Reports, and what moderators do about them. Every act leaves a line in the log that all members read."""

from datetime import datetime

from django.db import IntegrityError, transaction

from network import clock, permissions
from network.actions.index import index_offer, index_offers_of
from network.errors import Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import ActWords, Complaint, Hidden, Member, ModerationAct, Offer, RecordVote, Report, Verb
from network.queries.entries import Entry, entry_at, gone_entry, known_entry, uris_of
from network.queries.moderators import is_moderator
from network.rules.cards import plain
from network.rules.moderation import REASON_MAX, WORDS_MAX, verdict
from network.signals import announce, entry_hidden, owner_asked

__all__ = [
    "answer_hiding", "ask_owner", "dismiss", "forget_moderation_of", "hide", "lift_what_votes_hid", "report", "unhide",
    "vote_on_record",
]  # fmt: skip

OPEN_OF_ONE, OPEN_OF_ALL = 30, 1_000  # reports that wait: more would teach nobody anything


# --- reporting -------------------------------------------------------------------------------------------


@transaction.atomic
def report(*, uri: str, kind: str, words: str = "", reporter: Member | None = None) -> Report:
    """Tell the moderators that something is wrong with the entry `uri`; anybody may, who can read it.

    Invalid("complaint_unknown", "words_missing" for an error or an abuse, "words_too_long"); NotFound("entry_unknown");
    TooOften("reports_enough") when many wait for an answer already.
    """
    if kind not in Complaint.values:
        raise Invalid("complaint_unknown", field="kind")
    words = _words(words, needed=kind != Complaint.GONE)
    entry = entry_at(uri, reader=reporter)
    waiting = Report.objects.filter(settled_at=None)
    if waiting.filter(uri=entry.uri).count() >= OPEN_OF_ONE or waiting.count() >= OPEN_OF_ALL:
        raise TooOften("reports_enough")
    return Report.objects.create(uri=entry.uri, kind=kind, words=words, reporter=reporter, at=clock.now())


def _words(words: str, *, needed: bool = False) -> str:
    words = plain(words)
    if needed and not words:
        raise Invalid("words_missing", field="words")
    if len(words) > WORDS_MAX:
        raise Invalid("words_too_long", field="words")
    return words


# --- moderating ------------------------------------------------------------------------------------------


@transaction.atomic
def dismiss(*, actor: Member, uri: str, seen: int, words: str) -> ModerationAct:
    """Settle the reports of an entry, those up to `seen`, without doing anything; `words` say why.

    Locks the reports: of two moderators the second gets WrongState("reports_settled").
    """
    entry = _moderated(actor, uri, gone_too=True)
    words = _words(words, needed=True)
    return _log(entry, Verb.DISMISS, actor, words, settled=_settle(entry, seen))


@transaction.atomic
def ask_owner(*, actor: Member, uri: str, seen: int, words: str = "") -> ModerationAct:
    """Ask the owner of an entry of this node to confirm it, at their account; its reports are settled.

    WrongState("not_ours_to_ask") for a copy of another node: there its own moderators do.
    """
    entry = _moderated(actor, uri)
    if not entry.local:
        raise WrongState("not_ours_to_ask")
    act = _log(entry, Verb.ASK, actor, _words(words), settled=_settle(entry, seen))
    announce(owner_asked, act_id=act.pk)
    return act


@transaction.atomic
def hide(*, actor: Member, uri: str, seen: int = 0, reason: str) -> Hidden:
    """Hide an entry here, of whatever node, with a public reason; its reports are settled.

    Invalid("reason_missing", "reason_too_long"); WrongState("already_hidden") for the second of two.
    """
    entry = _moderated(actor, uri)
    reason = plain(reason)
    if not reason or len(reason) > REASON_MAX:
        raise Invalid("reason_missing" if not reason else "reason_too_long", field="words")
    return _hide(entry, actor, reason, seen)


def _hide(entry: Entry, actor: Member | None, reason: str, seen: int) -> Hidden:
    try:
        with transaction.atomic():
            hidden = Hidden.objects.create(uri=entry.uri, reason=reason, by=actor, at=clock.now())
    except IntegrityError as error:
        raise WrongState("already_hidden") from error
    settled = _settle(entry, seen) if seen else 0
    _log(entry, Verb.HIDE, actor, reason, settled=settled)
    _reindex(entry)
    announce(entry_hidden, hidden_id=hidden.pk)
    return hidden


@transaction.atomic
def unhide(*, actor: Member, uri: str, words: str) -> Hidden:
    """Show an entry again; `words` say why. WrongState("not_hidden")."""
    entry = _moderated(actor, uri)
    words = _words(words, needed=True)
    return _lift(entry, actor, words)


def _lift(entry: Entry, actor: Member | None, words: str) -> Hidden:
    hidden = Hidden.objects.select_for_update().filter(uri=entry.uri, lifted_at=None).first()
    if hidden is None:
        raise WrongState("not_hidden")
    hidden.lifted_at = clock.now()
    hidden.save(update_fields=["lifted_at"])
    _log(entry, Verb.UNHIDE, actor, words)
    _reindex(entry)
    return hidden


def _moderated(actor: Member, uri: str, *, gone_too: bool = False) -> Entry:
    """Return the entry if this person may moderate it: a moderator, but never one's own. `gone_too`: its uri alone, if
    it is no more."""
    if not is_moderator(actor):
        raise NotEntitled("not_moderator")
    entry = known_entry(uri)
    if entry is None and gone_too:
        return gone_entry(uri)
    if entry is None:
        raise NotFound("entry_unknown")
    if entry.owner_id == actor.pk:
        raise NotEntitled("own_entry")
    return entry


def _settle(entry: Entry, seen: int) -> int:
    """Settle the reports that were seen; whatever came since still waits. WrongState if another was first."""
    rows = Report.objects.select_for_update().filter(uri=entry.uri, settled_at=None, pk__lte=seen)
    keys = [row.pk for row in rows.order_by("pk")]
    if not keys:
        raise WrongState("reports_settled")
    return Report.objects.filter(pk__in=keys).update(settled_at=clock.now())


def _log(entry: Entry, verb: str, actor: Member | None, words: str, *, settled: int = 0) -> ModerationAct:
    act = ModerationAct.objects.create(uri=entry.uri, verb=verb, actor=actor, at=clock.now(), reports=settled)
    ActWords.objects.create(act=act, title=entry.title[:120], text=words)
    return act


def _reindex(entry: Entry) -> None:
    """Let the words of what is hidden be found no more, or again."""
    if entry.kind == "offer":
        index_offer(Offer.objects.select_related("owner").get(pk=entry.pk))
    elif entry.kind == "member":
        index_offers_of(Member.objects.get(pk=entry.pk))


# --- the owner's word ------------------------------------------------------------------------------------


@transaction.atomic
def answer_hiding(*, actor: Member, hidden_id: int, words: str) -> Hidden:
    """Let the owner of a hidden entry answer, once; the answer stands beside the reason.

    NotFound("entry_unknown") for anybody else; WrongState("not_hidden", "already_answered").
    """
    hidden = Hidden.objects.select_for_update().filter(pk=hidden_id).first()
    entry = known_entry(hidden.uri) if hidden else None
    if hidden is None or entry is None or entry.owner_id != actor.pk or not entry.local:
        raise NotFound("entry_unknown")
    if hidden.lifted_at is not None:
        raise WrongState("not_hidden")
    if hidden.answered_at is not None:
        raise WrongState("already_answered")
    hidden.answer, hidden.answered_at = _words(words, needed=True), clock.now()
    hidden.save(update_fields=["answer", "answered_at"])
    _log(entry, Verb.ANSWER, actor, hidden.answer)
    return hidden


def lift_what_votes_hid(*, owner: Member) -> int:
    """Show again what members' votes had hidden, since its owner says that it holds; return how many entries."""
    hidden = Hidden.objects.filter(uri__in=uris_of(owner), lifted_at=None, by=None)
    entries = [entry for uri in hidden.values_list("uri", flat=True) if (entry := known_entry(uri))]
    for entry in entries:
        _lift(entry, owner, "")
    return len(entries)


@transaction.atomic
def forget_moderation_of(member: Member) -> None:
    """Erase what was said here of somebody who leaves: reports, reasons, answers. That there were acts stays."""
    uris = uris_of(member)
    Report.objects.filter(uri__in=uris).delete()
    Report.objects.filter(reporter=member).update(reporter=None)
    Hidden.objects.filter(uri__in=uris).delete()
    ActWords.objects.filter(act__uri__in=uris).delete()
    RecordVote.objects.filter(member=member).delete()


# --- votes -----------------------------------------------------------------------------------------------


@transaction.atomic
def vote_on_record(*, actor: Member, uri: str, gone: bool) -> str:
    """Say, as a member, that an entry is no more or that it still holds; return what the votes settle, "" for nothing.

    A later vote replaces one's earlier one. Votes before the owner's last confirmation do not count. Locks the owner.
    NotEntitled("not_a_member", "own_entry").
    """
    if not permissions.is_active(actor):
        raise NotEntitled("not_a_member")
    entry = entry_at(uri, reader=actor)
    if entry.owner_id == actor.pk:
        raise NotEntitled("own_entry")
    Member.objects.select_for_update().get(pk=entry.owner_id)
    RecordVote.objects.update_or_create(uri=entry.uri, member=actor, defaults={"gone": gone, "at": clock.now()})
    settled = verdict(*_votes(entry))
    _apply(entry, settled, clock.now())
    return settled


def _votes(entry: Entry) -> tuple[int, int]:
    counted = RecordVote.objects.filter(uri=entry.uri, at__gt=entry.renewed_at)
    given = list(counted.values_list("gone", flat=True))
    return sum(given), len(given) - sum(given)


def _apply(entry: Entry, settled: str, instant: datetime) -> None:
    """Do what the votes say, unless it is done; what a moderator has hidden only a moderator shows again."""
    hidden = Hidden.objects.filter(uri=entry.uri, lifted_at=None).first()
    if settled == "gone" and hidden is None:
        _hide(entry, None, "", 0)
    elif settled == "still" and hidden is not None and hidden.by_id is None:
        _lift(entry, None, "")
    if settled:
        Report.objects.filter(uri=entry.uri, kind=Complaint.GONE, settled_at=None).update(settled_at=instant)
