"""Adopting a charter: the first from a template, each later one by a decision on a draft."""

from datetime import datetime

from django.db import transaction

from governance import signals
from governance.actions.effects import Effect
from governance.actions.register import enter, locked_head
from governance.errors import Invalid, WrongState
from governance.models import Charter, CharterDraftVersion, Decision, Proposal
from governance.queries.states import charter_of
from governance.rules.charter import CharterText, Terms, check, digest, document, parts
from governance.rules.charter_changes import reused
from governance.rules.session import Version
from governance.rules.templates import TEMPLATES
from network.actions.collectives import set_trust_terms
from network.clock import now
from network.models import Collective
from network.signals import announce

__all__ = ["CHARTER", "adopt_charter", "adopt_template", "check_new", "ever_used"]


@transaction.atomic
def adopt_charter(
    *, collective: Collective, text: CharterText, terms: Terms, cites: int | None = None, at: datetime | None = None
) -> Charter:
    """Put a charter in force as the next version, hand its trust figures down, and enter it in the register.

    `cites`: the entry of the decision. Locks the register's head. Raises Invalid `charter_faulty` naming the first
    fault, with all of them under `faults`. The caller has the decision.
    """
    check_new(collective, text, terms)
    locked_head(collective)
    at, mark = at or now(), digest(text, terms)
    version = collective.charters.count() + 1
    charter = Charter.objects.create(
        collective=collective, version=version, digest=mark, document=document(text, terms), adopted_at=at
    )
    set_trust_terms(collective=collective, terms=terms.trust(), charter=mark)
    body = {"title": text.title, "version": version, "digest": mark, "charter": document(text, terms), "cites": cites}
    enter(collective=collective, kind="charter", body=body, terms=mark, at=at)
    announce(signals.charter_adopted, charter_id=charter.pk)
    return charter


def check_new(collective: Collective, text: CharterText, terms: Terms) -> None:
    """Raise Invalid `charter_faulty` unless this charter may follow the one in force."""
    faults = check(text, terms)
    in_force = Charter.objects.filter(collective=collective).order_by("-version").first()
    if in_force is not None:
        dead = reused(in_force.document, document(text, terms), ever_used(collective))
        faults += [(f"articles.{each}", "article_reused") for each in dead]
    if faults:
        raise Invalid("charter_faulty", place=faults[0][0], why=faults[0][1], faults=faults)


def ever_used(collective: Collective) -> frozenset[str]:
    """Return the id of every article that was ever in force."""
    documents = Charter.objects.filter(collective=collective).values_list("document", flat=True)
    return frozenset(article["id"] for each in documents for article in each["articles"])


def adopt_template(*, collective: Collective, template: str = "six_values") -> Charter:
    """Give a new collective its first charter; raises Invalid `template_unknown`, or `charter_exists`."""
    if template not in TEMPLATES:
        raise Invalid("template_unknown", field="template")
    if Charter.objects.filter(collective=collective).exists():
        raise Invalid("charter_exists", field="template")
    text, terms = TEMPLATES[template]
    return adopt_charter(collective=collective, text=text, terms=terms)


def matching(proposal: Proposal, version: Version) -> CharterDraftVersion:
    """Return the draft that a text on the table stands for, if it may come into force.

    Raises WrongState `charter_text_differs` (no draft was put to decision under exactly this text),
    `charter_no_end` (a charter has no end of its own), `charter_base_moved` (another version is in force by now).
    """
    found = CharterDraftVersion.objects.filter(draft__proposal=proposal, text=version.text).order_by("-number").first()
    if found is None or found.digest != digest(*parts(found.document)):
        raise WrongState("charter_text_differs", draft=proposal.effect.get("draft"))
    if version.ends_on:
        raise WrongState("charter_no_end", field="ends_on")
    in_force = charter_of(proposal.circle.collective)
    if found.base_id != in_force.pk:
        raise WrongState("charter_base_moved", version=in_force.version, base=found.base.version)
    return found


def _check_text(proposal: Proposal, version: Version) -> None:
    found = matching(proposal, version)
    check_new(proposal.circle.collective, *parts(found.document))  # the rules may have grown since it was drafted


def _come_into_force(decision: Decision, at: datetime) -> None:
    """Put the charter in force that the adopted text stands for; in the transaction of the reveal."""
    session = decision.session
    collective = session.proposal.circle.collective
    locked_head(collective)  # before reading what is in force: every adoption passes here
    number = decision.version
    last = Version(number, "", decision.text, "", "", None, "", at, session.proposal.proposer_id)
    found = matching(session.proposal, last)
    text, terms = parts(found.document)
    adopt_charter(collective=collective, text=text, terms=terms, cites=decision.entry.seq, at=at)


CHARTER = Effect(adopted=_come_into_force, text=_check_text)
