"""« Pourquoi faire confiance »: what the web of trust says about somebody, as sentences and threads for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import words
from frontend.templatetags.ui import day
from network.queries.trust import Hop, TrustPage, Viewpoint, Voucher

MOST_ASKED = 3  # people named under « À qui demander »


@dataclass(frozen=True)
class Why:
    """What a page says. `threads`: one list of beads a path, for partials/thread.html; `ask`: vouchers to ask."""

    belonging: str
    sentence: str
    label: str
    threads: tuple[list[dict[str, str]], ...]
    cut: str
    viewpoint: str
    vouchers: tuple[Voucher, ...]
    ask: tuple[Voucher, ...]
    mine: Voucher | None  # the reader's own attestation of the charter


def explain(viewpoint: Viewpoint, subject: Any, page: TrustPage) -> Why:
    """Put what `viewpoint` sees of `subject` into words."""
    reader = viewpoint.member
    mine = [v for v in page.vouchers if reader and v.member.pk == reader.pk and v.kind == "charte"]
    others = [v for v in page.vouchers if v.kind == "charte" and v not in mine]
    return Why(
        belonging=_belonging(subject, page),
        sentence=_sentence(viewpoint, subject, page),
        label=words.trust_label(page.line),
        threads=tuple(beads(path) for path in page.line.paths),
        cut=_("Toutes les voies passent par %(name)s.") % {"name": page.cut.name} if page.cut else "",
        viewpoint=viewpoint_words(viewpoint),
        vouchers=page.vouchers,
        ask=tuple(others[:MOST_ASKED]),
        mine=mine[0] if mine else None,
    )


def _belonging(subject: Any, page: TrustPage) -> str:
    """Say since when somebody belongs to the collective, and how many of its members vouch for them."""
    seen = page.belonging
    if seen is None or seen.member_since is None:
        return ""
    count = len(seen.attesters)
    latest = max((v.issued_at for v in page.vouchers if v.kind == "charte"), default=None)
    said = {"collective": seen.collective.name, "since": day(seen.member_since), "count": count, "latest": day(latest)}
    if not count or latest is None:
        return _("Membre de %(collective)s depuis le %(since)s.") % said
    text = ngettext(
        "Membre de %(collective)s depuis le %(since)s : %(count)s membre s’en porte garant, "
        "dernière attestation le %(latest)s.",
        "Membre de %(collective)s depuis le %(since)s : %(count)s membres s’en portent garants, "
        "dernière attestation le %(latest)s.",
        count,
    )
    return text % said


def _sentence(viewpoint: Viewpoint, subject: Any, page: TrustPage) -> str:
    line = page.line
    if line.label == "self":
        return _("C’est votre propre fiche.")
    if line.direct:
        return _("Vous vous en portez garant vous-même.")
    if not line.kappa:
        return _("Aucun chemin depuis ce point, à moins de 4 pas. Voici qui s’en porte garant.")
    mine = viewpoint.kind == "mine"
    said = {"name": subject.name, "from": viewpoint.collective.name if viewpoint.collective else ""}
    if line.kappa == 1:
        text = _("Une voie vous mène à %(name)s :") if mine else _("Une voie mène de %(from)s à %(name)s :")
    elif line.kappa == 2:
        text = (
            _("Deux voies indépendantes vous mènent à %(name)s :")
            if mine
            else _("Deux voies indépendantes mènent de %(from)s à %(name)s :")
        )
    else:
        text = (
            _("Au moins trois voies indépendantes vous mènent à %(name)s :")
            if mine
            else _("Au moins trois voies indépendantes mènent de %(from)s à %(name)s :")
        )
    return text % said


def viewpoint_words(viewpoint: Viewpoint) -> str:
    """Name the viewpoint, as every page about trust must."""
    if viewpoint.kind == "mine":
        return _("Vu de votre place : vos attestations et les personnes que vous dites connaître.")
    if viewpoint.collective is None:
        return ""
    said = {"name": viewpoint.collective.name}
    if viewpoint.basis == "members":
        return _("Vu de %(name)s : de tous ses membres, car peu ont déjà donné et reçu assez d’attestations.") % said
    return _("Vu de %(name)s : de ses membres les plus reliés.") % said


def beads(path: Sequence[Hop]) -> list[dict[str, str]]:
    """Return a path as beads: each person with the attestation that leads to them."""
    return [{"text": words.hop_name(hop), "url": _url(hop, first), "note": _note(hop)} for first, hop in _firsts(path)]


def _firsts(path: Sequence[Hop]) -> list[tuple[bool, Hop]]:
    return [(place == 0, hop) for place, hop in enumerate(path)]


def _url(hop: Hop, first: bool) -> str:
    return reverse("member", args=[hop.member_id]) if hop.member_id and not first else ""


def _note(hop: Hop) -> str:
    if not hop.level:
        return ""
    if hop.issued_at is None:
        return words.level(hop.level)
    said = {"level": words.level(hop.level), "day": day(hop.issued_at)}
    return _("%(level)s, renouvelé le %(day)s") % said if hop.renewed else _("%(level)s, attesté le %(day)s") % said
