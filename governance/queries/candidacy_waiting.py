"""What waits for a member in candidacies: to sponsor, evaluate, hear, answer conditions, renew, look at a notice."""

from datetime import datetime

from governance.queries.candidacies import waiting_in
from governance.queries.waiting import Waiting
from network.models import Member

__all__ = ["candidacies_waiting"]


def candidacies_waiting(viewer: Member, at: datetime) -> list[Waiting]:
    """Return one line for each candidacy in which something is expected of this person."""
    return [
        Waiting(
            kind=f"candidacy_{kind}",
            collective_id=row.collective_id,
            title=row.collective.name if row.person_id == viewer.pk else row.person.name,
            page="candidacy_renew" if kind == "renew" else "candidacy",
            args=(row.pk,),
            since=state.since or row.opened_at,
            due_at=until,
        )
        for row, state, kind, until in waiting_in(viewer)
    ]
