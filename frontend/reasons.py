"""« Pourquoi faire confiance »: what the web of trust says about somebody, as sentences and threads for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import words
from frontend.templatetags.ui import day
from frontend.web_picture import Picture, picture
from network.queries.trust import BelongingView, Hop, TrustPage, Viewpoint, Voucher
from network.queries.webs import terms_of

MOST_ASKED = 3  # people named under « À qui demander »


@dataclass(frozen=True)
class Thread:
    """One path: its beads, for partials/thread.html, and whom on it to ask, the nearest to the reader (None: nobody
    stands between)."""

    beads: list[dict[str, str]]
    ask: Hop | None


@dataclass(frozen=True)
class Why:
    """What a page says. `asked`: why more paths than usual are asked for; `ask`: vouchers to ask where no path names
    anybody."""

    belonging: str
    sentence: str
    asked: str
    label: str
    threads: tuple[Thread, ...]
    cut: str
    viewpoint: str
    vouchers: tuple[Voucher, ...]
    ask: tuple[Voucher, ...]
    mine: Voucher | None  # the reader's own attestation of the charter
    picture: Picture | None
    picture_label: str  # what it says to whoever does not see it: the sentence, and each path in words


def explain(viewpoint: Viewpoint, subject: Any, page: TrustPage) -> Why:
    """Put what `viewpoint` sees of `subject` into words."""
    reader = viewpoint.member
    mine = [v for v in page.vouchers if reader and v.member.pk == reader.pk and v.kind == "charte"]
    others = [v for v in page.vouchers if v.kind == "charte" and v.member.pk and v not in mine]
    threads = tuple(Thread(_beads(viewpoint, path, page), _nearest(path)) for path in page.line.paths)
    sentence = _sentence(viewpoint, subject, page)
    return Why(
        belonging=_belonging(subject, page),
        sentence=sentence,
        asked=_asked(viewpoint, page),
        label=words.trust_label(page.line, steps_of(viewpoint)),
        threads=threads,
        cut=_("Toutes les voies passent par %(name)s.") % {"name": page.cut.name} if page.cut else "",
        viewpoint=viewpoint_words(viewpoint),
        vouchers=page.vouchers,
        ask=() if any(thread.ask for thread in threads) else tuple(others[:MOST_ASKED]),
        mine=mine[0] if mine else None,
        picture=picture([[words.hop_name(hop) for hop in path] for path in page.line.paths]),
        picture_label=" ".join([sentence, " ; ".join(words.path_words(path) for path in page.line.paths)]),
    )


def _belonging(subject: Any, page: TrustPage) -> str:
    """Say since when somebody belongs to the collective, and how many of its members vouch for them."""
    seen = page.belonging
    if seen is None or seen.member_since is None:
        return ""
    count = len(seen.attesters)
    latest = max((v.issued_at for v in page.vouchers if _may_count(v, seen)), default=None)
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


def _may_count(voucher: Voucher, seen: BelongingView) -> bool:
    """Whether an attestation is one of those that the collective counts; of whoever is hidden nobody knows."""
    return voucher.kind == "charte" and (not voucher.member.pk or voucher.member.uri in seen.attesters)


def _sentence(viewpoint: Viewpoint, subject: Any, page: TrustPage) -> str:
    line = page.line
    if line.label == "self":
        return _("C’est votre propre fiche.")
    if line.direct:
        return _("Vous vous en portez garant vous-même.")
    if not line.kappa:
        text = _("Aucun chemin depuis ce point, à moins de %(n)s pas. Voici qui s’en porte garant.")
        return text % {"n": steps_of(viewpoint)}
    mine = viewpoint.kind == "mine"
    said = {"name": subject.name, "from": viewpoint.collective.name if viewpoint.collective else ""}
    if not mine and any(len(path) == 2 for path in line.paths):
        return _of_the_collective(viewpoint, line.kappa - 1) % said
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


def _asked(viewpoint: Viewpoint, page: TrustPage) -> str:
    """Say that a service asks for more paths than others, and whether they are there."""
    if page.needed <= page.usual or page.line.label == "self":
        return ""
    said = {"n": page.needed, "usual": page.usual}
    text = ngettext(
        "Ce service donne accès à vos données : il faut %(n)s voies indépendantes, au lieu d’une.",
        "Ce service donne accès à vos données : il faut %(n)s voies indépendantes, au lieu de %(usual)s.",
        page.usual,
    )
    return f"{text % said} " + _("Ici : %(label)s.") % {"label": words.trust_label(page.line, steps_of(viewpoint))}


def _of_the_collective(viewpoint: Viewpoint, others: int) -> str:
    """For somebody through whom the collective itself looks: the way to them is no path between people."""
    if viewpoint.basis == "referents":
        return (
            _("%(name)s fait partie des référents de %(from)s, par qui le collectif regarde."),
            _("%(name)s fait partie des référents de %(from)s. Une autre voie y mène aussi :"),
            _("%(name)s fait partie des référents de %(from)s. Deux autres voies indépendantes y mènent aussi :"),
        )[others]
    return (
        _("%(name)s est membre de %(from)s, qui regarde ici par tous ses membres."),
        _("%(name)s est membre de %(from)s, qui regarde ici par tous ses membres. Une autre voie y mène aussi :"),
        _(
            "%(name)s est membre de %(from)s, qui regarde ici par tous ses membres. "
            "Deux autres voies indépendantes y mènent aussi :"
        ),
    )[others]


def steps_of(viewpoint: Viewpoint) -> int:
    """How far one looks from here: a figure of the charter."""
    return terms_of(viewpoint.collective).L


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


def _nearest(path: Sequence[Hop]) -> Hop | None:
    """Whom on a path to ask: the first person after the reader, unless that is the subject or unknown here."""
    return path[1] if len(path) > 2 and path[1].member_id else None


def _beads(viewpoint: Viewpoint, path: Sequence[Hop], page: TrustPage) -> list[dict[str, str]]:
    found = beads(path)
    if viewpoint.kind != "mine" and len(path) == 2:
        found[1]["note"] = _spoken_through(viewpoint, page)
    return found


def _spoken_through(viewpoint: Viewpoint, page: TrustPage) -> str:
    """What ties a collective to one of those through whom it looks: how many of its members vouch for them."""
    count = len(page.belonging.attesters) if page.belonging else 0
    if not count:
        return _("membre, dont personne ne se porte encore garant")
    said = {"count": count}
    if viewpoint.basis != "referents":
        text = ngettext(
            "membre, %(count)s membre s’en porte garant", "membre, %(count)s membres s’en portent garants", count
        )
        return text % said
    return (
        ngettext(
            "référent, %(count)s membre s’en porte garant", "référent, %(count)s membres s’en portent garants", count
        )
        % said
    )


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
