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
_WRITTEN = {
    "consent.window_driver_check_hours": 72,
    "consent.window_presented_hours": 24,
    "consent.window_clarify_hours": 72,
    "consent.window_react_hours": 72,
    "consent.window_objection_call_hours": 120,
    "consent.window_test_hours": 72,
    "consent.window_integrate_hours": 168,
    "consent.window_adopted_hours": 48,
    "consent.reminders": 2,
    "consent.reminder_hours": 24,
}
_MEETING = {
    "presence.grace_seconds": 120,
    "presence.grace_without_socket_seconds": 600,
    "speech.undo_seconds": 10,
    "assembly.notice_days": 0,
    "minutes.quorum": "1/2",
    "membership.renewal_months": 12,
    "ballot.secrecy_floor": 5,
}
_MANDATE = {
    "mandate.max_months": 36,
    "mandate.renewals_max": 1,
    "mandate.cooling_months": 12,
    "mandate.reminder_days": 60,
}
_CHOOSING = {
    "election.allow_pass": False,
    "election.nominee_order": "last",
    "election.decision_class": "ordinary",
    "election.lot_if_vacant": True,
    "election.ballot_minutes": 5,
    "election.round_minutes": 20,
    "election.accept_minutes": 10,
    "election.months_max": 36,
    "lot.min_reveals": 2,
    "lot.answer_days": 7,
    "lot.cooling_off_months": 12,
    "lot.months_max": 36,
}
_POLL = {
    "poll.hours": 168,
    "poll.proxies_max": 2,
    "poll.proxy_months": 12,
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
_COOPTATION = {
    "cooptation.sponsors": 2,
    "cooptation.sponsor_standing_months": 6,
    "cooptation.sponsor_max_live": 2,
    "cooptation.sponsor_interval_days": 30,
    "cooptation.eval_floor_min": 3,
    "cooptation.eval_floor_share": "1/3",
    "cooptation.eval_days": 21,
    "cooptation.eval_retention_months": 12,
    "cooptation.eval_small_circle": 5,
    "cooptation.meeting_gap_days": 7,
    "cooptation.adjourn_max": 2,
    "cooptation.vote_allowed": False,
    "cooptation.vote_threshold": "2/3",
    "cooptation.probation_months": 6,
    "cooptation.probation_notice_days": 14,
    "cooptation.appeal_days": 30,
    "cooptation.appeal_panel": 3,
    "cooptation.renewal_warning_days": 30,
    "cooptation.foreign_flag_days": 30,
    "cooptation.void_grounds": ["commercial", "taste", "price", "territory"],
}
_ROOM = {
    "room.fairness": False,
    "room.signals": "speak, direct_response, clarify, point_of_order, agree, unsure, disagree, slow_down, cannot_hear",
    "room.signal_seconds": 30,
    "room.mood_words": "Grand soleil, Éclaircies, Nuages, Pluie, Orage",
    "room.mood_seconds": 120,
    "room.mood_floor": 3,
    "room.exercise_days": 7,
    "room.exercise_people": 4,
}
_REMOTE = {
    "remote.signature_wait_hours": 72,  # 0: an act that the member's own node does not sign at once is refused
}
_INBOX = {
    "inbox.reminder_days": 7,  # before a deadline
    "inbox.last_reminder_days": 1,
    "inbox.review_days": 30,  # how long before its review a decision comes back to mind
}
_ORDINARY = {
    "process": "consent",
    "electorate": "circle",
    "quorum": "1/2",
    "presence_quorum": "1/2",
    "secrecy": "open",
    "threshold": "1/2",
    "threshold_rule": "exceeded",
    "proxies": False,
    "fallback": False,
    "cites_article": False,
    "review_days": 365,
    "silence": "no_position",
    "silence_counts": False,
}
_FIGURES = {
    **_CONSENT,
    **_WRITTEN,
    **_MEETING,
    **_ROOM,
    **_REMOTE,
    **_INBOX,
    **_MANDATE,
    **_CHOOSING,
    **_POLL,
    **_COOPTATION,
    **_TRUST,
}
_ON_CHARTER = {**_ORDINARY, "quorum": "2/3", "presence_quorum": "2/3"}
_CLASSES = {"ordinary": _ORDINARY, "charter": {**_ON_CHARTER, "cites_article": True}}
_BARE = {"ordinary": _ORDINARY, "charter": _ON_CHARTER}  # without articles, an objection has none to cite
_PERSONS = {**_ORDINARY, "electorate": "collective", "cites_article": True, "person": True, "exits": ["defer"]}

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
        Terms(_FIGURES, {**_CLASSES, "cooptation": _PERSONS}),
    ),
    "empty": (CharterText("Charte", "", ()), Terms(_FIGURES, _BARE)),
}


def template(name: str) -> tuple[CharterText, Terms]:
    """Return the text and the figures of a template; raises KeyError for an unknown one."""
    return TEMPLATES[name]
