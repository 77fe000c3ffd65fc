"""« Ce qui y changerait quelque chose », in sentences: each was tried on the web before it is said."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend.templatetags.ui import day
from network.queries.whatif import LossView, WhatIf
from network.rules.facts import YEAR, TrustTerms

MOST_LOSSES = 3
MONTH = YEAR / 12


def losses(found: WhatIf) -> list[str]:
    """Say whose attestation the paths depend on, and until when; or that they depend on no single one."""
    if found.losses:
        return [_loss(loss) for loss in found.losses[:MOST_LOSSES]]
    if found.kappa and found.tried:
        return [_("Aucune attestation ne tient ces voies à elle seule : si l’une manquait, une autre la remplacerait.")]
    return []


def _loss(loss: LossView) -> str:
    said = {"subject": loss.subject.name, "left": _left(loss.kappa), "day": day(loss.ends_at)}
    if loss.ends_at is None:
        return _("Si vous ne disiez plus connaître %(subject)s, %(left)s.") % said
    if loss.issuer is None:
        return _("Sans votre attestation pour %(subject)s, valable jusqu’au %(day)s, %(left)s.") % said
    said["issuer"] = loss.issuer.name
    return _("Sans l’attestation de %(issuer)s pour %(subject)s, valable jusqu’au %(day)s, %(left)s.") % said


def _left(kappa: int) -> str:
    if not kappa:
        return _("il ne resterait aucune voie")
    return ngettext("il resterait %(count)s voie", "il resterait %(count)s voies", kappa) % {"count": kappa}


def support(found: WhatIf) -> str:
    """Say whether renewals would be enough where support is weak; empty where it is not."""
    if found.refreshed is None:
        return ""
    if found.refreshed:
        return _("Renouveler les attestations de ces voies suffirait à donner l’appui qui manque.")
    return _("Même renouvelées, les attestations de ces voies donneraient peu d’appui : il en faudrait d’autres.")


def ageing(terms: TrustTerms) -> str:
    """Say how attestations age, by the figures of the charter."""
    said = {"half": span(terms.half_life), "whole": span(terms.validity)}
    return _("Une attestation perd la moitié de son poids en %(half)s et finit au plus tard après %(whole)s.") % said


def span(length: timedelta) -> str:
    """Write a length of years or months: « 2 ans », « 18 mois »."""
    months = round(length / MONTH)
    if months % 12:
        return ngettext("%(n)s mois", "%(n)s mois", months) % {"n": months}
    return ngettext("%(n)s an", "%(n)s ans", months // 12) % {"n": months // 12}


def own_word(viewpoint: Any, page: Any, can_vouch: bool) -> bool:
    """Whether the reader's own attestation would open a path: they may give one, and have not."""
    return can_vouch and not page.line.direct and page.line.kappa < 3 and viewpoint.member is not None
