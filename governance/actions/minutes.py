"""The minutes of an assembly: drawn up from its steps, amended, approved, entered in the register."""

from datetime import datetime

from governance.actions.register import enter, sealed, text_digest
from governance.models import Assembly, Minutes
from governance.queries.meeting import meeting_of
from governance.rules.assemblies import Room
from governance.rules.minutes import narrate
from governance.rules.session import Step
from network.models import Member


def drawn_up(assembly: Assembly, room: Room, author: Member, at: datetime) -> str:
    """Store the first draft, told from the steps, and return its digest."""
    return _store(assembly, narrate(meeting_of(assembly, room)), author, at)


def amended(assembly: Assembly, author: Member, step: Step) -> str:
    """Store a corrected draft and return its digest."""
    return _store(assembly, str(step.payload["text"]), author, step.at)


def _store(assembly: Assembly, text: str, author: Member, at: datetime) -> str:
    version = Minutes.objects.filter(assembly=assembly).count() + 1
    mark = text_digest(text)
    Minutes.objects.create(assembly=assembly, version=version, text=text, digest=mark, author=author, drawn_up_at=at)
    return mark


def adopt_minutes(assembly: Assembly, room: Room, at: datetime) -> None:
    """Enter the approved minutes in the register."""
    collective = assembly.circle.collective
    minutes = Minutes.objects.filter(assembly=assembly).order_by("-version").first()
    body = {
        "title": assembly.title,
        "assembly": assembly.pk,
        "text": minutes.text,
        "digest": minutes.digest,
        "approved_by": [sealed(collective, person) for person in sorted(room.approvals)],
    }
    enter(collective=collective, kind="minutes", body=body, terms=assembly.charter.digest, at=at)
