"""Charters to start from. Every figure is a proposal that a collective may amend; nothing here applies by itself."""

from governance.rules.charter import Article, CharterText, Terms

__all__ = ["TEMPLATES", "template"]

_CONSENT = {
    "consent.round_minutes": 20,
    "consent.call_minutes": 10,
    "consent.test_minutes": 15,
    "consent.integrate_minutes": 30,
    "consent.recall_max": 2,
    "consent.fallback_min_loops": 2,
    "consent.jury_size": 3,
}
_MEETING = {
    "presence.grace_seconds": 120,
    "presence.grace_without_socket_seconds": 600,
    "speech.undo_seconds": 10,
    "minutes.quorum": "1/2",
    "membership.renewal_months": 12,
    "ballot.secrecy_floor": 5,
}
_TRUST = {
    "trust.q": 3,
    "trust.q_large": 5,
    "trust.d": 2,
    "trust.d_sensitive": 3,
    "trust.k": 3,
    "trust.x": "4/5",
    "trust.L": 4,
    "trust.rate_days": 30,
    "trust.newcomers": 12,
    "trust.alpha": "3/20",
    "trust.validity": 2,
    "trust.half_life": 1,
    "trust.C": "10/3",
    "trust.renewal": 1,
    "trust.grace_days": 60,
    "trust.theta": "1/20",
}
_ORDINARY = {
    "process": "consent",
    "electorate": "circle",
    "quorum": "1/2",
    "presence_quorum": "1/2",
    "secrecy": "open",
    "proxies": False,
    "fallback": False,
    "cites_article": False,
    "review_days": 365,
}
_FIGURES = {**_CONSENT, **_MEETING, **_TRUST}
_CLASSES = {
    "ordinary": _ORDINARY,
    "charter": {**_ORDINARY, "quorum": "2/3", "presence_quorum": "2/3", "cites_article": True},
}

_SIX = (
    Article(
        "liberte",
        "Être libre sans entraver personne",
        "Chacun·e agit comme bon lui semble, dans la limite qu’il ou elle attend aussi des autres : ne pas nuire. "
        "Cette limite vaut pour tout le monde de la même façon, dans un sens comme dans l’autre.",
    ),
    Article(
        "horizontalite",
        "Décider entre égaux",
        "Aucune place, aucune part de capital et aucune compétence technique ne donne plus de voix. Une décision "
        "naît d’un motif partagé, se prend par consentement et s’inscrit au registre que chacun·e peut lire.",
    ),
    Article(
        "partage",
        "Transmettre ce que l’on sait",
        "Nous documentons notre travail, nous formons celles et ceux qui arrivent, et nous publions nos savoirs sous "
        "des licences qui permettent de les reprendre et de les améliorer.",
    ),
    Article(
        "entraide",
        "Autonomes et solidaires, dans une toile de confiance",
        "Chaque membre mène ses affaires comme il l’entend et peut compter sur les autres. La confiance se dit par "
        "écrit, à son nom, pour un temps donné ; elle se renouvelle et se retire.",
    ),
    Article(
        "logiciel-libre",
        "Faire grandir les logiciels libres",
        "Nous créons et entretenons des outils informatiques libres, nous rendons nos améliorations aux communautés "
        "dont nous dépendons, et nous préférons ces outils pour notre propre travail.",
    ),
    Article(
        "proximite",
        "Travailler près de chez soi",
        "Une demande va d’abord à qui se trouve le plus près et peut bien y répondre. Nous orientons les client·es "
        "vers le ou la prestataire proche, même quand ce n’est pas nous.",
    ),
)

TEMPLATES: dict[str, tuple[CharterText, Terms]] = {
    "six_values": (
        CharterText(
            "Charte",
            "On devient membre par l’appréciation des autres membres sur la manière dont ces valeurs sont vécues, "
            "et non par un accord financier ou commercial. Chaque article se discute, s’amende et se cite.",
            _SIX,
        ),
        Terms(_FIGURES, _CLASSES),
    ),
    "empty": (CharterText("Charte", "", ()), Terms(_FIGURES, {"ordinary": _ORDINARY})),
}


def template(name: str) -> tuple[CharterText, Terms]:
    """Return the text and the figures of a template; raises KeyError for an unknown one."""
    return TEMPLATES[name]
