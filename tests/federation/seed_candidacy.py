"""Run inside a node: a whole candidacy in the past, up to membership; later the same membership lapses."""

from datetime import timedelta
from types import SimpleNamespace

from governance.actions.candidacy_due import tend_candidacies
from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.models import Candidacy, Charter
from network import clock
from network.actions.members import accept_invitation, create_invitation
from network.models import Account, Membership
from tests.federation.seed import tell
from tests.governance.candidacy_cast import OBJECTION, Candidate


class Shifted:
    """The node's clock, moved for this process alone."""

    def __init__(self, days: int) -> None:
        self.ahead = timedelta(days=days)
        clock._offset = lambda: self.ahead.total_seconds()

    def days(self, count: int) -> None:
        self.ahead += timedelta(days=count)


def _people() -> dict:
    return {account.username: account.member for account in Account.objects.select_related("member")}


def admit(username: str) -> None:
    """Let somebody with an account and no membership become a member, some days ago."""
    real = clock.now()
    alix = _people()["alix"]
    collective = alix.memberships.get().collective
    if not Charter.objects.exists():
        adopt_template(collective=collective, template="six_values")
    time = Shifted(-300)
    _, token = create_invitation(actor=alix, days=400, as_candidate=True)
    accept_invitation(token=token, username=username, password="correct horse battery", display_name=username.title())
    Membership.objects.filter(collective=collective).update(since=real - timedelta(days=900))
    who = _people()
    three = (who["alix"], who["bachir"], who["camille"])
    circle = open_circle(actor=alix, collective=collective, name="Cercle général", members=three)
    cast = SimpleNamespace(
        collective=collective, circle=circle, alix=three[0], bachir=three[1], camille=three[2], three=three
    )
    Candidate(cast, time).on_probation(who[username])
    for span in (100, 100, 20):  # the term comes near, everybody is given notice, and nobody objects
        time.days(span)
        tend_candidacies()
    row = Candidacy.objects.get(person=who[username])
    paper = Membership.objects.get(member=who[username])
    tell(stage=row.stage, uri=paper.uri, charter=row.charter.digest)


def lapse(username: str) -> None:
    """Let the year go by without a declaration of that member; everybody else has declared theirs."""
    member = _people()[username]
    Candidacy.objects.exclude(person=member).update(due_at=None)
    row = Candidacy.objects.get(person=member)
    time = Shifted(0)
    for _ in range(2):
        time.days(340)
        tend_candidacies()
    row.refresh_from_db()
    tell(stage=row.stage)


def found() -> None:
    """Give the collective its charter and first circle, and its members a long past."""
    people = _people()
    collective = people["alix"].memberships.get().collective
    adopt_template(collective=collective, template="six_values")
    members = tuple(people[name] for name in ("alix", "bachir", "camille"))
    open_circle(actor=people["alix"], collective=collective, name="Cercle général", members=members)
    Membership.objects.filter(collective=collective).update(since=clock.now() - timedelta(days=340))
    tell(charter=Charter.objects.get().digest)


def meet(username: str, *, adjourn: bool) -> None:
    """Hold the two meetings, eight days apart: adopted, or adjourned with a condition."""
    people, started = _people(), clock._offset()
    time = Shifted(0)
    time.ahead = timedelta(seconds=started)
    row = Candidacy.objects.get(person__handle=username)
    alix, bachir, camille = (people[name] for name in ("alix", "bachir", "camille"))
    cast = SimpleNamespace(
        collective=row.collective, alix=alix, bachir=bachir, camille=camille, three=(alix, bachir, camille)
    )
    way = Candidate.__new__(Candidate)
    way.cast, way.time, way.charter, way.room, way.pk = cast, time, row.charter, None, row.pk
    way.do(camille, "hear", assembly=way.meet("Première rencontre").pk, present="yes")
    way.on_the_table()
    if adjourn:
        way.answer(alix, bachir)
        way.answer(camille, **OBJECTION)
        way.reveal()
        for member in (alix, bachir):
            way.acts(member, "judge", objection=1, agree="yes")
        way.acts(bachir, "close_test", objection=1)
        until = (clock.now() + timedelta(days=1)).date().isoformat()
        reason = "Publier la documentation promise."
        way.acts(bachir, "choose_exit", version=1, exit="defer", reason=reason, until=until)
    else:
        way.answer()
        way.reveal()
    tell(stage=way.state.stage.value, days=time.ahead.total_seconds() / 86_400)
