"""Heads of other nodes' registers, and what other nodes answer to ours.

A head is taken from the collective itself, if we list it; what it claims is recomputed against what we hold. What does
not extend that is kept as proof, told to its node, and never repaired. A witness that says that our own register was
otherwise must show the signature of our own key.
"""

from datetime import datetime
from functools import partial
from typing import Any

from django.core.cache import cache

from federation import actors, attested, outbox, witness
from federation.attested import Signed
from federation.errors import Unreachable, Untranslatable
from federation.models import Confirmation, RemoteActor, SignedHead, Watcher
from federation.queries import is_listed, is_ours, node_actor
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules import heads, proofs
from federation.rules.delivery import Recipient
from federation.rules.heads import Claim
from federation.rules.origins import origin_of
from federation.rules.vocabulary import NODE_TYPES
from federation.served import read, to_bytes
from federation.signals import head_confirmed
from governance.models import Entry, RegisterHead
from network import rates
from network.clock import now
from network.models import Collective
from network.signals import announce

__all__ = ["answered", "heard", "is_answer"]

HEADS, PERIOD = 240, 3600  # heads of one node's registers, in so many seconds
REGISTERS = 50  # of one node
AGAIN_S = 60  # between two starts from what a witness says it holds
CONFIRMATIONS = 200  # of one witness for one register


# --- as a witness ----------------------------------------------------------------------------------------


def heard(signed: Signed, sender: str, moment: datetime) -> Effect:
    """Take the head of a register elsewhere: recomputed, kept and countersigned, or answered with what we hold.

    Raises Untranslatable, Ignored("owner", "not-followed", "quota"), Unreachable("budget").
    """
    claim = heads.read(signed.document)
    if not claim.collective == signed.owner == sender or claim.node != origin_of(sender):
        raise Ignored("owner")
    if signed.uri != heads.head_uri(claim.collective, claim.since, claim.n) or not claim.holds():
        raise Untranslatable("entryDigests")
    if not is_listed(claim.collective):
        raise Ignored("not-followed")
    wait = rates.allow("register-head", claim.node, HEADS, PERIOD)
    if wait:
        raise Unreachable("budget", status=429, retry_after=wait)
    who = actors.remote_actor(sender, now=moment)
    if who.kind != "Group":
        raise Ignored("owner")
    return partial(_judged, claim, signed, Recipient(who.uri, who.inbox))


def _judged(claim: Claim, signed: Signed, who: Recipient) -> Done:
    if not attested.still_counts(signed):
        raise Ignored("key-revoked")
    RemoteActor.objects.select_for_update().get(uri=claim.collective)  # two heads of one register: one after the other
    rows = SignedHead.objects.filter(collective=claim.collective, local=False)
    verdict = heads.judge(claim, list(rows.order_by("n", "pk").values_list("n", "head")))
    if verdict.word == "fork":
        first = rows.filter(n=verdict.n).first()
        n = heads.conflict(heads.read(read(bytes(first.body))), claim) or verdict.n
        witness.note_conflict("fork", claim, n, bytes(first.body), signed.body, local=False)
        _answer(who, "Reject", signed.uri, held=verdict.n, result=read(bytes(first.body)))
    elif verdict.word == "gap":
        _answer(who, "Reject", signed.uri, held=verdict.n)
    elif verdict.word == "behind":
        last = rows.last()
        evidence = read(bytes(last.body))
        _answer(who, "Accept", signed.uri, result=_countersigned(heads.read(evidence)), evidence=evidence)
    else:
        _check_room(claim)
        witness.keep_heard(claim, signed.body)
        _answer(who, "Accept", signed.uri, result=_countersigned(claim))
    return Done(detail=f"{verdict.word} {verdict.n}")


def _check_room(claim: Claim) -> None:
    known = SignedHead.objects.filter(local=False, collective__startswith=f"{claim.node}/")
    registers = set(known.values_list("collective", flat=True).distinct())
    if claim.collective not in registers and len(registers) >= REGISTERS:
        raise Ignored("quota")


def _countersigned(claim: Claim) -> dict[str, Any]:
    return attested.signed_here(heads.confirmation(claim, node_actor()), node_actor(), now=now()).document


def _answer(who: Recipient, kind: str, head: str, **more: object) -> None:
    outbox.send_to(who, kind, node_actor(), head, head, **more)


# --- as the one who is witnessed -------------------------------------------------------------------------


def is_answer(uri: str) -> bool:
    """Whether `uri` is a head of ours."""
    return is_ours(uri) and "/heads/" in uri


def answered(message: Message, moment: datetime) -> Effect:
    """Take what a watcher says of our register: its countersignature, what it holds, or what we signed before.

    Raises Ignored("no-such-head", "owner"), Untranslatable, Refused("proof"), Unreachable.
    """
    uri = message.object_id.partition("/heads/")[0]
    collective = Collective.objects.filter(uri=uri, local=True).first()
    watcher = Watcher.objects.filter(collective=uri, origin=origin_of(message.actor)).exclude(told_at=None).first()
    if collective is None or watcher is None:
        raise Ignored("no-such-head")
    if actors.remote_actor(message.actor, now=moment).kind not in NODE_TYPES:
        raise Ignored("owner")
    if message.kind == "Accept":
        return partial(_confirmed, collective, watcher.pk, message, *_confirmation(message, uri, moment))
    return partial(_denied, collective, watcher.pk, message)


def _confirmation(message: Message, collective: str, moment: datetime) -> tuple[Claim, Signed]:
    result = message.document.get("result")
    if not isinstance(result, dict):
        raise Untranslatable("result")
    claim = heads.read(result)
    signed = attested.verify(to_bytes(result), source=message.actor, now=moment)
    expected = heads.confirmation_uri(message.actor, collective, claim.n)
    if signed is None or signed.owner != message.actor or claim.collective != collective or signed.uri != expected:
        raise Untranslatable("result")
    bare = {name: value for name, value in result.items() if name != "proof"}
    if bare != heads.confirmation(claim, message.actor) or not proofs.is_plain(result):
        raise Untranslatable("result")  # it goes into the bundle, which has one form
    return claim, signed


def _confirmed(collective: Collective, watcher: int, message: Message, claim: Claim, signed: Signed) -> Done:
    RegisterHead.objects.select_for_update().get(collective=collective)
    ours = Entry.objects.filter(collective=collective, seq=claim.n).values_list("head", flat=True).first()
    if ours != claim.head:
        return _own_words(collective, message, message.document.get("evidence"))
    fields = {"head": claim.head, "key_id": signed.key_id, "body": signed.body, "made_at": signed.made_at}
    same = {"collective": collective.uri, "witness": message.actor}
    Confirmation.objects.update_or_create(**same, n=claim.n, defaults=fields)
    old = Confirmation.objects.filter(**same).order_by("-n").values_list("pk", flat=True)[CONFIRMATIONS:]
    Confirmation.objects.filter(pk__in=list(old)).delete()
    Watcher.objects.filter(pk=watcher).update(held=claim.n)
    announce(head_confirmed, collective_id=collective.pk)
    return Done(detail=f"confirmed {claim.n}")


def _denied(collective: Collective, watcher: int, message: Message) -> Done:
    result, held = message.document.get("result"), message.document.get("held")
    if isinstance(result, dict):
        return _own_words(collective, message, result)
    if not isinstance(held, int) or isinstance(held, bool) or not 0 <= held <= heads.LARGEST:
        raise Untranslatable("held")
    if cache.add(f"head-again:{watcher}", 1, timeout=AGAIN_S):
        Watcher.objects.filter(pk=watcher).update(held=held, told=held)
        announce(head_confirmed, collective_id=collective.pk)
    return Done(detail=f"holds {held}")


def _own_words(collective: Collective, message: Message, shown: object) -> Done:
    """Compare our rows with a head that our own key signed once; nobody else's word counts against them."""
    if not isinstance(shown, dict) or not witness.made_by_us(shown, collective.uri):
        raise Ignored("not-our-signature")
    claim = heads.read(shown)
    found = witness.contradiction(collective, claim) if claim.holds() and claim.collective == collective.uri else None
    if found is None:
        return Done(detail="no contradiction")
    kind, n = found
    last = RegisterHead.objects.get(collective=collective)
    ours = to_bytes(witness.signed_head(collective, last.n, last.n))
    witness.note_conflict(kind, claim, n, to_bytes(shown), ours, local=True, by=message.actor)
    return Done(detail=f"{kind} {n}")
