"""The minutes of an assembly: drawn up from its journals, amended, approved, entered in the register.

The text holds marks for people (`rules/naming.py`); whom they stand for is sealed beside, so that a name can be
forgotten while text and hashes stay.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from governance.actions.register import enter, sealed
from governance.models import ActSignature, Assembly, Minutes
from governance.queries.meeting import meeting_of, people_of
from governance.queries.names import names_in, tags_of
from governance.queries.records import journals_of
from governance.queries.remote import approvals
from governance.queries.states import names_in as names_in_room
from governance.rules.assemblies import Room
from governance.rules.minutes import narrate
from governance.rules.naming import conceal, mark
from governance.rules.register import all_of, plain, text_digest
from governance.rules.session import Step
from network.models import Member


def drawn_up(assembly: Assembly, room: Room, author: Member, at: datetime) -> str:
    """Store the first draft, told from the journals, and return its digest."""
    people, journals = people_of(assembly, room), journals_of(assembly, room)
    names = names_in_room(assembly, people)
    if assembly.exercise:  # nothing of it is registered: nobody's name needs a seal
        return _store(assembly, narrate(meeting_of(assembly, room, names, journals)), [], [], author, at)
    marks = {person: mark(number) for number, person in enumerate(people, start=1)}
    listed = [who for person in people if (who := sealed(assembly.circle.collective, person))]
    told = narrate(meeting_of(assembly, room, marks, journals))
    text = conceal(told, [names.get(person, "") for person in people], tags_of(listed))
    kept = [{**asdict(journal), "marks": list(journal.marks)} for journal in journals]
    return _store(assembly, text, listed, kept, author, at)


def amended(assembly: Assembly, author: Member, step: Step) -> str:
    """Store a corrected draft and return its digest; names written out become marks again."""
    before = _last(assembly)
    text = conceal(str(step.payload["text"]), names_in(before), tags_of(before.people))
    return _store(assembly, text, before.people, before.journals, author, step.at)


def _last(assembly: Assembly) -> Minutes:
    return Minutes.objects.filter(assembly=assembly).latest("version")


def _store(
    assembly: Assembly, text: str, people: Sequence[object], journals: Sequence[object], author: Member, at: datetime
) -> str:
    text = str(plain(text))
    fields = {"text": text, "digest": text_digest(text), "people": people, "journals": journals}
    version = Minutes.objects.filter(assembly=assembly).count() + 1
    Minutes.objects.create(assembly=assembly, version=version, author=author, drawn_up_at=at, **fields)
    return str(fields["digest"])


def adopt_minutes(assembly: Assembly, room: Room, at: datetime) -> None:
    """Enter the approved minutes in the register: the digest of the text, which lies beside, and what it rests on."""
    collective, minutes = assembly.circle.collective, _last(assembly)
    body = {
        "title": assembly.title,
        "assembly": assembly.pk,
        "version": minutes.version,
        "digest": minutes.digest,
        "people": minutes.people,
        "records": [
            {"kind": j["kind"], "id": j["id"], "count": len(j["marks"]), "digest": all_of(j["marks"])}
            for j in minutes.journals
        ],
        "approved_by": [sealed(collective, person) for person in sorted(room.approvals)],
    }
    signed = approvals(assembly, lambda person: sealed(collective, person))
    body |= {"signatures": signed} if signed else {}
    entry = enter(collective=collective, kind="minutes", body=body, terms=assembly.charter.digest, at=at)
    ActSignature.objects.filter(assembly=assembly, session=None, entry=None).update(entry=entry)
