"""Words for the figures of a charter: what they are called, how a value is written, what is wrong with one."""

from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from frontend.messages import sentence
from frontend.templatetags.ui import number
from governance.rules.figure_kinds import Figure
from governance.rules.figures import figure_at

PROCESSES: dict[str, Promise] = {
    "consent": _("Décider par consentement"),
    "written": _("Décider par écrit"),
    "assembly": _("Assemblées et comptes rendus"),
    "election": _("Élire sans candidat"),
    "lot": _("Tirer au sort"),
    "mandate": _("Mandats"),
    "room": _("Salle d’assemblée"),
    "cooptation": _("Accueillir de nouveaux membres"),
    "inbox": _("Rappels"),
    "remote": _("Actes faits depuis un autre nœud"),
    "membership": _("Adhésion"),
    "poll": _("Voter, faute de consentement"),
    "ballot": _("Scrutins secrets"),
    "trust": _("Toile de confiance"),
}
CLASSES: dict[str, Promise] = {"ordinary": _("Décisions ordinaires"), "charter": _("Décisions sur la charte")}
UNITS: dict[str, Promise] = {
    "seconds": _("secondes"),
    "minutes": _("minutes"),
    "hours": _("heures"),
    "days": _("jours"),
    "months": _("mois"),
    "years": _("ans"),
    "times": _("fois"),
    "people": _("personnes"),
    "paths": _("chemins"),
    "steps": _("pas"),
}
CHOICES: dict[str, Promise] = {
    "consent": _("par consentement"),
    "circle": _("les membres du cercle"),
    "collective": _("tout le collectif"),
    "open": _("de qui vient chaque voix"),
    "secret": _("le décompte seul"),
    "last": _("en dernier"),
    "first": _("en premier"),
    "together": _("avec les autres"),
    "no_position": _("aucune position"),
    "reached": _("atteint"),
    "exceeded": _("dépassé"),
}
UNSET = gettext_lazy("non fixé")


def name_of(place: str) -> str:
    """Say what a figure is about, in its one sentence; its place if this node does not know it."""
    figure = figure_at(place)
    return gettext(figure.says) if figure else place


def title_of(place: str) -> str:
    """Name a figure in a few words, with the decisions that it is for; its place if this node does not know it."""
    said, parts = label_of(place), place.split(".")
    if parts[0] != "classes" or len(parts) < 2:
        return said
    of_class = str(CLASSES.get(parts[1], parts[1]))
    return f"{said} ({of_class})" if len(parts) > 2 else of_class


def value_of(place: str, value: object) -> str:
    """Write a value as people read it."""
    figure = figure_at(place)
    if value is None:
        return str(UNSET)
    if isinstance(value, bool):
        return gettext("oui") if value else gettext("non")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if figure is None or figure.kind in {"text", "share"} or not isinstance(value, int | str):
        return str(value)
    if figure.kind == "choice":
        return str(CHOICES.get(str(value), value))
    return _with_unit(figure, value)


def _with_unit(figure: Figure, value: int | str) -> str:
    shown = number(value) if isinstance(value, int) else str(value)
    return f"{shown} {UNITS[figure.unit]}" if figure.unit else shown


def label_of(place: str) -> str:
    """Name the field of a figure."""
    return name_of(place).removesuffix(".")


def help_of(place: str) -> str:
    """Say what may be written, and the figure's place, by which refusals and programs name it."""
    figure = figure_at(place)
    if figure is None:
        return gettext("Ce nœud ne connaît pas cette règle : videz le champ pour la retirer.")
    said = []
    if figure.kind == "share":
        said.append(gettext("Une part : 2/3, ou 50 %."))
    if figure.kind in {"whole", "number"} or (figure.kind == "share" and (figure.low, figure.high) != (0, 1)):
        said.append(_between(figure))
    return " ".join([*said, f"({place})"])


def _between(figure: Figure) -> str:
    low, high = (str(Fraction(each)) for each in (figure.low, figure.high))
    said = gettext("De %(low)s à %(high)s") % {"low": low, "high": high}
    return f"{said} {UNITS[figure.unit]}." if figure.unit else f"{said}."


def fault(code: str) -> str:
    """Say what is wrong with a value."""
    if code == "term_missing":
        return gettext("Cette règle doit être fixée.")
    return sentence("field_malformed" if code == "term_malformed" else code)
