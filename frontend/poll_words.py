"""A vote in words: its answers with their shapes, its rules as sentences, the time that is left, its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from frontend.stages_poll import poll_stage
from frontend.templatetags.ui import moment
from governance.queries.polls import PollView
from governance.rules.polls import PollTerms, Tier
from governance.rules.quorum import needed

__all__ = ["ANSWERS", "Answer", "Line", "headline", "lines_of", "rules_in_words", "share_in_words", "time_left"]

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Answer:
    """One answer of a ballot: shape, word and colour together."""

    code: str
    label: Promise
    css: str
    sign: str


@dataclass(frozen=True)
class Line:
    """One line of the count. `of`: the people on the roll, which is the whole width of its bar."""

    answer: Answer
    count: int
    of: int


ANSWERS = (
    Answer("for", pgettext_lazy("vote", "Pour"), "consent", "consent"),
    Answer("against", pgettext_lazy("vote", "Contre"), "object", "object"),
    Answer("abstain", pgettext_lazy("vote", "Abstention"), "soft", "abstain"),
)
SHARES: Mapping[tuple[Fraction, bool], Promise] = {  # (threshold, whether reaching it is enough) → words
    (Fraction(1, 2), False): gettext_lazy("plus de la moitié"),
    (Fraction(1, 2), True): gettext_lazy("au moins la moitié"),
    (Fraction(2, 3), False): gettext_lazy("plus des deux tiers"),
    (Fraction(2, 3), True): gettext_lazy("au moins les deux tiers"),
    (Fraction(3, 4), False): gettext_lazy("plus des trois quarts"),
    (Fraction(3, 4), True): gettext_lazy("au moins les trois quarts"),
    (Fraction(1), True): gettext_lazy("la totalité"),
}


def share_in_words(terms: PollTerms) -> str:
    """Say which part of the votes for or against must be for: « plus de la moitié »."""
    known = SHARES.get((terms.threshold, terms.threshold_reached))
    if known is not None:
        return str(known)
    said = _("au moins %(share)s") if terms.threshold_reached else _("plus de %(share)s")
    return said % {"share": terms.threshold}


def rules_in_words(view: PollView) -> list[str]:
    """Return the rules of a vote, a paragraph each: what adopts, who takes part, what is known, until when."""
    terms = view.terms
    adopts = _(
        "Le texte est adopté si %(share)s des voix pour ou contre sont pour. Une abstention n’entre pas dans ce "
        "compte. À égalité, il n’est pas adopté."
    )
    until = _("Le vote se clôt le %(until)s, ou dès que toute la liste a voté.")
    if terms.proxies and terms.tier is Tier.OPEN:  # whoever was voted for may still speak themself
        until = _("Le vote se clôt le %(until)s, ou dès que chaque personne de la liste a voté elle-même.")
    said = [adopts % {"share": share_in_words(terms)}, _quorum(view), _tier(terms.tier), _proxies(terms)]
    return [*said, *([] if view.closed_at else [until % {"until": moment(view.closes_at)}])]


def _quorum(view: PollView) -> str:
    least = needed(view.terms.quorum, view.electorate)
    said = ngettext(
        "Le vote ne vaut que si au moins %(n)s personne y prend part, sur les %(of)s de la liste. S’abstenir, "
        "c’est prendre part.",
        "Le vote ne vaut que si au moins %(n)s personnes y prennent part, sur les %(of)s de la liste. S’abstenir, "
        "c’est prendre part.",
        least,
    )
    return said % {"n": least, "of": view.electorate}


def _tier(tier: Tier) -> str:
    if tier is Tier.SECRET:
        return _("Le vote est secret : seul le décompte sera connu. Chaque voix se donne une seule fois.")
    return _(
        "Le vote est nominatif : personne ne voit les choix avant la fin, ensuite chaque choix est montré avec son "
        "nom. D’ici là, on peut changer d’avis."
    )


def _proxies(terms: PollTerms) -> str:
    if not terms.proxies:
        return _("Chaque personne vote pour elle-même.")
    if terms.tier is Tier.SECRET:
        return _(
            "On peut être représenté·e par une personne à qui l’on a donné pouvoir. La première voix donnée reste."
        )
    return _(
        "On peut être représenté·e par une personne à qui l’on a donné pouvoir. Voter soi-même l’emporte toujours."
    )


def time_left(until: datetime, at: datetime) -> str:
    """Say how much time is left, in the largest whole unit, rounded down: « 6 jours »; at least a minute."""
    seconds = max(60, int((until - at).total_seconds()))
    if seconds >= 2 * DAY:
        return ngettext("%(n)s jour", "%(n)s jours", seconds // DAY) % {"n": seconds // DAY}
    if seconds >= 2 * HOUR:
        return ngettext("%(n)s heure", "%(n)s heures", seconds // HOUR) % {"n": seconds // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}


def lines_of(view: PollView) -> list[Line]:
    """Return the count, a line for each answer; none where nothing is counted."""
    return [Line(each, view.count[each.code], view.electorate) for each in ANSWERS] if view.count else []


def headline(view: PollView) -> str:
    """Say the result of a closed vote in one sentence: « Adopté par vote : 2 pour, 1 contre, 0 abstention. »"""
    outcome = str(poll_stage(view.outcome, view.effect_refused).label)
    if not view.count or view.outcome == "withheld":
        return f"{outcome}."
    said = ngettext(
        "%(outcome)s : %(for)s pour, %(against)s contre, %(abstain)s abstention.",
        "%(outcome)s : %(for)s pour, %(against)s contre, %(abstain)s abstentions.",
        view.count["abstain"],
    )
    return said % {"outcome": outcome, **view.count}
