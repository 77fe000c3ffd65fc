"""« D’où cela vient »: of each attestation, which node said it, when it came and was verified, how long it lasts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from federation.papers import PaperView, papers_of
from frontend.templatetags.ui import day
from frontend.words import host
from network.queries.trust import Voucher

__all__ = ["Sourced", "sourced"]


@dataclass(frozen=True)
class Sourced:
    """An attestation, where it comes from in a sentence, and the address of the signed paper (empty: there is none)."""

    voucher: Voucher
    text: str
    paper: str


def sourced(vouchers: Iterable[Voucher]) -> list[Sourced]:
    """Return attestations with their sources, in the same order; one query."""
    shown = list(vouchers)
    papers = papers_of(v.uri for v in shown if v.public and v.member.pk)
    return [_sourced(v, papers.get((v.uri, v.member.uri))) for v in shown]


def _sourced(v: Voucher, paper: PaperView | None) -> Sourced:
    if not v.member.pk:  # hidden: where it comes from would tell from whom
        return Sourced(v, _until(v), "")
    if not v.public:
        text = _("Gardée sur ce nœud, sans signature : personne d’autre que vous ne la voit.")
        return Sourced(v, f"{text} {_until(v)}", "")
    return Sourced(v, f"{_from(v, paper)} {_until(v)}", v.uri if paper else "")


def _from(v: Voucher, paper: PaperView | None) -> str:
    said = {"node": host(v.member.origin), "entered": day(v.entered_at)}
    if paper is None:
        return _("Dite sur %(node)s, connue ici depuis le %(entered)s ; pas encore de papier signé.") % said
    said |= {"signed": day(paper.signed_at), "verified": day(paper.verified_at), "via": host(paper.via)}
    if v.member.local:
        return _("Signée sur ce nœud le %(signed)s.") % said
    if paper.via:
        text = _(
            "Signée sur %(node)s le %(signed)s, transmise par %(via)s, reçue ici le %(entered)s, "
            "vérifiée le %(verified)s."
        )
        return text % said
    return _("Signée sur %(node)s le %(signed)s, reçue ici le %(entered)s, vérifiée le %(verified)s.") % said


def _until(v: Voucher) -> str:
    return _("Valable jusqu’au %(day)s.") % {"day": day(v.expires_at)}
