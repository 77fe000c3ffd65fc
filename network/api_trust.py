"""Why trust somebody, over HTTP: the paths, who can be asked, what would change it, where it comes from."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from network.api import Door, shown
from network.api_schema import ProblemOut, TrustOut
from network.api_shapes import Json, trust_json
from network.models import Member
from network.queries.members import member_page
from network.queries.trust import BelongingView, TrustPage, Voucher, trust_page, viewpoint_for
from network.queries.whatif import LossView, WhatIf, what_if


class PersonOut(serializers.Serializer[Any]):
    """Somebody; whoever moderation has hidden has neither id nor uri."""

    id = serializers.IntegerField(allow_null=True)
    uri = serializers.CharField()
    name = serializers.CharField()


class AttestationOut(serializers.Serializer[Any]):
    """One attestation received that counts today; a private one is shown to its issuer alone."""

    uri = serializers.CharField(help_text="id of the signed paper; empty where its issuer is hidden")
    issuer = PersonOut()
    origin = serializers.CharField(help_text="the node that said it")
    kind = serializers.CharField(help_text="charte, prestation, competence:<IRI of a skill>")
    level = serializers.IntegerField(help_text="1 know, 2 worked with, 3 answer for")
    statement = serializers.CharField()
    known_since = serializers.CharField(help_text="in the issuer's words")
    articles = serializers.ListField(child=serializers.CharField(), help_text="articles of the charter seen")
    charter = serializers.CharField(help_text="sha256:… of the charter attested")
    issued_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField(help_text="first known to this node")
    ends_at = serializers.DateTimeField()
    renewed = serializers.BooleanField()
    public = serializers.BooleanField()


class LossOut(serializers.Serializer[Any]):
    """Without this attestation fewer paths would remain."""

    issuer = PersonOut(allow_null=True, help_text="null: the viewer")
    subject = PersonOut()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="null: an anchor of the viewer's")
    kappa = serializers.IntegerField(help_text="paths that would remain")


class ChangesOut(serializers.Serializer[Any]):
    openers = PersonOut(many=True, help_text="whose attestation would open one more path, nearest first")
    losses = LossOut(many=True, help_text="the first to end first")
    tried = serializers.BooleanField(help_text="whether the loss of every attestation on the paths was tried")
    refreshed = serializers.BooleanField(
        allow_null=True, help_text="whether renewals alone would be support enough; null where support does not lack"
    )


class BelongingOut(serializers.Serializer[Any]):
    """The criterion of the viewpoint's collective, as it stands today. Falling below it expels nobody."""

    collective = serializers.CharField()
    member_since = serializers.DateTimeField(allow_null=True)
    needed = serializers.IntegerField()
    attesters = serializers.IntegerField(help_text="members whose attestation counts")
    waiting = serializers.IntegerField(help_text="whose attestation will count later")
    passes = serializers.BooleanField()


class MemberTrustOut(TrustOut):
    direct = serializers.BooleanField(help_text="the viewer attests the member")
    ask = PersonOut(many=True, help_text="on each path, whoever is nearest to the viewer")
    cut = PersonOut(allow_null=True, help_text="the person whom every path passes")
    changes = ChangesOut()
    attestations = AttestationOut(many=True)
    belonging = BelongingOut(allow_null=True)


class MemberTrust(Door):
    """Why trust one member."""

    @extend_schema(operation_id="read_member_trust", responses={200: MemberTrustOut, 404: ProblemOut, 429: ProblemOut})
    def get(self, request: Request, member_id: int) -> Response:
        """Say how the viewpoint gets to a member, who can be asked, what would change it, and who said what."""
        looker = self.looker()
        member = shown(member_page(member_id, viewer=looker)).member
        self.spared("trust")
        viewpoint = viewpoint_for(member=looker)
        page = trust_page(viewpoint, member)
        changes = what_if(viewpoint, member, page.line)
        return Response(trust_json(page.line, viewpoint) | member_trust_json(page, changes))


def member_trust_json(page: TrustPage, changes: WhatIf) -> Json:
    """What is said of one member besides the line of trust."""
    return {
        "direct": page.line.direct,
        "ask": _asked(page),
        "cut": person_json(page.cut) if page.cut else None,
        "changes": changes_json(changes),
        "attestations": [attestation_json(each) for each in page.vouchers],
        "belonging": belonging_json(page.belonging) if page.belonging else None,
    }


def person_json(member: Member) -> Json:
    return {"id": member.pk, "uri": member.uri, "name": member.name}


def _asked(page: TrustPage) -> list[Json]:
    """On each path the first after the viewer, unless that is the member in question."""
    nearest = (path[1] for path in page.line.paths if len(path) > 2)
    return [{"id": hop.member_id, "uri": hop.uri, "name": hop.name} for hop in nearest if hop.member_id]


def changes_json(changes: WhatIf) -> Json:
    return {
        "openers": [person_json(member) for member in changes.openers],
        "losses": [_loss_json(loss) for loss in changes.losses],
        "tried": changes.tried,
        "refreshed": changes.refreshed,
    }


def _loss_json(loss: LossView) -> Json:
    issuer = person_json(loss.issuer) if loss.issuer else None
    return {"issuer": issuer, "subject": person_json(loss.subject), "ends_at": loss.ends_at, "kappa": loss.kappa}


def attestation_json(v: Voucher) -> Json:
    return {
        "uri": v.uri,
        "issuer": person_json(v.member),
        "origin": v.member.origin,
        "kind": v.kind,
        "level": v.level,
        "statement": v.statement,
        "known_since": v.known_since,
        "articles": list(v.articles),
        "charter": v.charter,
        "issued_at": v.issued_at,
        "entered_at": v.entered_at,
        "ends_at": v.expires_at,
        "renewed": v.renewed,
        "public": v.public,
    }


def belonging_json(seen: BelongingView) -> Json:
    return {
        "collective": seen.collective.name,
        "member_since": seen.member_since,
        "needed": seen.q,
        "attesters": len(seen.attesters),
        "waiting": len(seen.waiting),
        "passes": seen.passes,
    }
