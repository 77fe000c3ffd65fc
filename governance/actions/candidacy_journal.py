"""Writing in a candidacy: the lock, the receipt of a repeated act, the step, the words beside it."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.crypto import salted_hmac

from governance import signals
from governance.actions.journal import append, body_digest
from governance.errors import NotFound, WrongState
from governance.models import Candidacy, CandidacyStep, CandidacyText
from governance.queries.candidacy_states import figures, state_of
from governance.queries.shapes import Receipt
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation import advance
from governance.rules.cooptation_due import next_due
from governance.rules.register import commitment, plain
from governance.rules.session import Step
from network.models import Member
from network.signals import announce


def locked_candidacy(candidacy_id: int) -> Candidacy:
    """Return the row, locked until the transaction ends; raises NotFound. A decision's lock comes before it."""
    rows = Candidacy.objects.select_for_update(of=("self",)).select_related("collective", "person", "circle", "charter")
    found = rows.filter(pk=candidacy_id).first()
    if found is None:
        raise NotFound("candidacy_unknown")
    return found


def sealed_digest(place: str, kind: str, values: Mapping[str, object]) -> str:
    """Return what tells two bodies under one key apart, and nothing of what they say: these words are to be erased."""
    return salted_hmac("candidacy", body_digest(place, kind, values), algorithm="sha256").hexdigest()


def earlier_receipt(actor: Member, key: UUID, body: str) -> Receipt | None:
    """Return the receipt of the same act done before; raises WrongState `key_reused` if it was another act."""
    row = CandidacyStep.objects.filter(actor=actor, key=key).first()
    if row is None:
        return None
    if row.body_digest != body:
        raise WrongState("key_reused")
    return Receipt(**{**row.receipt, "at": datetime.fromisoformat(row.receipt["at"])})


def write_step(row: Candidacy, step: Step, key: UUID | None = None, body: str = "") -> tuple[State, State, Receipt]:
    """Take a step: decide, store, copy stage and due date; return the state before and after, and the receipt."""
    before = state_of(row)
    terms = figures(row.charter)
    step = Step(step.kind, step.actor, step.at, plain(dict(step.payload)), before.seq + 1)  # type: ignore[arg-type]
    after = advance(before, step, terms)
    code = after.stage.value if after.stage is not before.stage else "recorded"
    receipt = Receipt(after.seq, step.at, code, step.kind)
    append(CandidacyStep, after.seq, step, receipt, key, body, candidacy=row, charter=row.charter)
    row.stage, row.seq = after.stage.value, after.seq
    if step.kind != "evaluate":  # the person concerned is not to learn when, or how often, somebody evaluates
        row.changed_at = step.at
    row.due_at = next_due(after, terms)
    row.save(update_fields=["stage", "seq", "changed_at", "due_at", "charter", "circle"])
    announce(signals.candidacy_advanced, candidacy_id=row.pk, stage=row.stage)
    return before, after, receipt


def keep_text(
    row: Candidacy,
    author: int | None,
    role: str,
    text: str,
    at: datetime,
    *,
    article: str = "",
    erase_after: datetime | None = None,
) -> str:
    """Keep words beside the journal and return the commitment that stands in it."""
    salt = secrets.token_hex(32)
    mark = commitment(salt, text)
    CandidacyText.objects.create(
        candidacy=row, author_id=author, role=role, article=article, text=text, salt=salt, commitment=mark, at=at,
        erase_after=erase_after,
    )  # fmt: skip
    return mark
