"""Adopting a charter."""

from django.db import transaction

from governance import signals
from governance.actions.register import enter
from governance.errors import Invalid
from governance.models import Charter
from governance.rules.charter import CharterText, Terms, check, digest, document
from governance.rules.templates import TEMPLATES
from network.actions.collectives import set_trust_terms
from network.clock import now
from network.models import Collective
from network.signals import announce


@transaction.atomic
def adopt_charter(*, collective: Collective, text: CharterText, terms: Terms) -> Charter:
    """Put a charter in force as the next version, hand its trust figures down, and enter it in the register.

    Locks the collective's row. Raises Invalid `charter_faulty` naming the first fault. The caller has the decision.
    """
    faults = check(text, terms)
    if faults:
        raise Invalid("charter_faulty", place=faults[0][0], why=faults[0][1])
    Collective.objects.select_for_update().get(pk=collective.pk)
    at, mark = now(), digest(text, terms)
    version = collective.charters.count() + 1
    charter = Charter.objects.create(
        collective=collective, version=version, digest=mark, document=document(text, terms), adopted_at=at
    )
    set_trust_terms(collective=collective, terms=terms.trust(), charter=mark)
    body = {"title": text.title, "version": version, "digest": mark, "charter": document(text, terms)}
    enter(collective=collective, kind="charter", body=body, terms=mark, at=at)
    announce(signals.charter_adopted, charter_id=charter.pk)
    return charter


def adopt_template(*, collective: Collective, template: str = "six_values") -> Charter:
    """Give a new collective its first charter; raises Invalid `template_unknown`, or `charter_exists`."""
    if template not in TEMPLATES:
        raise Invalid("template_unknown", field="template")
    if Charter.objects.filter(collective=collective).exists():
        raise Invalid("charter_exists", field="template")
    text, terms = TEMPLATES[template]
    return adopt_charter(collective=collective, text=text, terms=terms)
