"""What we publish, as linked data: FEP-0837's types for the toolkit, which loads our documents into these rows.

Nothing that decides reads them. Quantities are text: the toolkit loads no decimals.
"""

from typing import Any

from activitypub.core.contexts import AS2, AS2_CONTEXT, RDF
from activitypub.core.models import AbstractContextModel, Reference
from django.db import models
from rdflib import Graph, Namespace

from federation.rules import vocabulary

VF = Namespace(vocabulary.VF)
OM2 = Namespace(vocabulary.OM2)


def _link() -> Any:  # noqa: ANN401 - a Django field
    return models.ForeignKey(Reference, null=True, related_name="+", on_delete=models.SET_NULL)


class ProposalContext(AbstractContextModel):
    """A Proposal: who offers or seeks what, and what is given in return."""

    class Types(models.TextChoices):
        PROPOSAL = str(VF.Proposal)

    CONTEXT, EXTRA_CONTEXT = AS2_CONTEXT, vocabulary.VF_TERMS
    LINKED_DATA_FIELDS = {
        "type": RDF.type,
        "name": AS2.name,
        "purpose": VF.purpose,
        "unit_based": VF.unitBased,
        "attributed_to": AS2.attributedTo,
        "publishes": VF.publishes,
        "reciprocal": VF.reciprocal,
        "published": AS2.published,
        "end_time": AS2.endTime,
    }
    type = models.CharField(max_length=64, choices=Types, default=Types.PROPOSAL)
    name = models.CharField(max_length=120, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    unit_based = models.BooleanField(null=True)
    attributed_to, publishes, reciprocal = _link(), _link(), _link()
    published = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)

    @classmethod
    def should_handle_reference(cls, g: Graph, reference: Reference) -> bool:
        return str(reference.get_value(g, RDF.type)) in cls.Types.values


class IntentContext(AbstractContextModel):
    """An Intent: one direction of a Proposal."""

    class Types(models.TextChoices):
        INTENT = str(VF.Intent)

    CONTEXT, EXTRA_CONTEXT = AS2_CONTEXT, vocabulary.VF_TERMS
    LINKED_DATA_FIELDS = {
        "type": RDF.type,
        "action": VF.action,
        "resource": VF.resourceConformsTo,
        "quantity": VF.resourceQuantity,
    }
    type = models.CharField(max_length=64, choices=Types, default=Types.INTENT)
    action = models.CharField(max_length=40, blank=True)
    resource, quantity = _link(), _link()

    @classmethod
    def should_handle_reference(cls, g: Graph, reference: Reference) -> bool:
        return str(reference.get_value(g, RDF.type)) in cls.Types.values


class QuantityContext(AbstractContextModel):
    """A number of units; it has no type of its own, so its unit tells it."""

    CONTEXT, EXTRA_CONTEXT = AS2_CONTEXT, vocabulary.VF_TERMS
    LINKED_DATA_FIELDS = {"unit": OM2.hasUnit, "value": OM2.hasNumericalValue}
    unit = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=40, blank=True)

    @classmethod
    def should_handle_reference(cls, g: Graph, reference: Reference) -> bool:
        return reference.get_value(g, OM2.hasUnit) is not None
