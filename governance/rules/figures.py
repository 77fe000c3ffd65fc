"""Every figure that a charter may set: its type and bounds, what it means in one sentence, and which process needs it.

The collective's own source of law for the software: a name that is not here has no meaning, so the validator refuses
it. Figures of `trust.*` keep the bounds of `network.rules.facts`. Sentences are French, the language of the source.
"""
# ruff: noqa: E501  a table: one figure a line

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from governance.rules.figure_kinds import NAME, Figure, fault_of

__all__ = ["CLASS_FIGURES", "FIGURES", "PROCESSES", "Fault", "faults", "figure_at"]

ALWAYS = frozenset({"consent", "assembly"})  # every charter uses these: without them it could not even change
NEEDED_CLASSES = ("ordinary", "charter")

Fault = tuple[str, str]  # place in the charter, code


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue of translations."""
    return sentence


def _whole(name: str, low: int, high: int, unit: str, says: str, process: str = "") -> Figure:
    return Figure(name, "whole", process or name.partition(".")[0], says, low, high, unit)


def _share(name: str, says: str, low: Fraction | int = 0, high: Fraction | int = 1, process: str = "") -> Figure:
    return Figure(name, "share", process or name.partition(".")[0], says, low, high)


def _number(name: str, low: Fraction | int, high: Fraction | int, unit: str, says: str) -> Figure:
    return Figure(name, "number", name.partition(".")[0], says, low, high, unit)


def _flag(name: str, says: str, process: str = "") -> Figure:
    return Figure(name, "flag", process or name.partition(".")[0], says)


def _choice(name: str, choices: tuple[str, ...], says: str, process: str = "") -> Figure:
    return Figure(name, "choice", process or name.partition(".")[0], says, choices=choices)


_CONSENT = (
    _whole("consent.round_minutes", 1, 240, "minutes", _("Temps prévu pour un tour de parole.")),
    _whole("consent.call_minutes", 1, 240, "minutes", _("Temps laissé pour donner sa position avant la révélation.")),
    _whole("consent.test_minutes", 1, 240, "minutes", _("Temps d’examen d’une objection avant qu’un jury puisse être tiré au sort.")),
    _whole("consent.integrate_minutes", 1, 600, "minutes", _("Temps pour chercher ce qui lève une objection ; ensuite la décision est reportée.")),
    _whole("consent.recall_max", 0, 20, "times", _("Nombre de nouveaux appels quand trop peu de personnes ont répondu.")),
    _whole("consent.fallback_min_loops", 1, 20, "times", _("Nombre d’intégrations à tenter avant qu’un vote puisse remplacer le consentement.")),
    _whole("consent.jury_size", 3, 15, "people", _("Nombre de personnes tirées au sort pour dire si une objection est recevable.")),
)  # fmt: skip
_ASSEMBLY = (
    _whole("presence.grace_seconds", 10, 3600, "seconds", _("Temps après une coupure pendant lequel on compte encore comme présent·e, page en direct."), "assembly"),
    _whole("presence.grace_without_socket_seconds", 60, 7200, "seconds", _("Le même temps pour qui suit sans page en direct."), "assembly"),
    _whole("speech.undo_seconds", 0, 60, "seconds", _("Temps pendant lequel une demande de parole ou un geste d’animation peut être annulé."), "assembly"),
    Figure("assembly.notice_days", "whole", "assembly", _("Délai entre la convocation d’une assemblée et ce qu’elle décide ; 0 pour aucun."), 0, 60, "days", required=False),
    _share("minutes.quorum", _("Part des personnes venues qui doit approuver le compte rendu pour l’adopter."), process="assembly"),
)  # fmt: skip
_MEMBERSHIP = (
    _whole("membership.renewal_months", 1, 120, "months", _("Temps au bout duquel chaque membre redit son adhésion.")),
    _whole("ballot.secrecy_floor", 3, 1000, "people", _("Nombre de personnes sous lequel aucun scrutin secret ne s’ouvre ni ne se dépouille.")),
)  # fmt: skip
_MANDATE = (
    _whole("mandate.max_months", 1, 120, "months", _("Durée la plus longue d’un mandat, et durée d’un mandat donné sans date de fin.")),
    _whole("mandate.renewals_max", 0, 20, "times", _("Nombre de fois qu’une personne peut reprendre le même mandat à la suite.")),
    _whole("mandate.cooling_months", 0, 120, "months", _("Temps de repos avant de pouvoir reprendre un mandat porté jusqu’à sa limite.")),
    _whole("mandate.reminder_days", 1, 365, "days", _("Avance avec laquelle le cercle est prévenu qu’un mandat va finir.")),
)  # fmt: skip
_ELECTION = (
    _flag("election.allow_pass", _("Si l’on peut ne nommer personne au premier tour d’une élection sans candidat.")),
    _choice("election.nominee_order", ("last", "first", "together"), _("Si la personne pressentie répond en dernier, en premier ou avec les autres.")),
    Figure("election.decision_class", "text", "election", _("Genre de décision dont l’élection suit le quorum et les règles.")),
    _flag("election.lot_if_vacant", _("Si l’on peut tirer au sort quand l’élection ne trouve personne.")),
    _whole("election.ballot_minutes", 1, 240, "minutes", _("Temps laissé pour nommer une personne.")),
    _whole("election.round_minutes", 1, 240, "minutes", _("Temps prévu pour le tour des raisons.")),
    _whole("election.accept_minutes", 1, 240, "minutes", _("Temps laissé à la personne pressentie pour accepter ou non.")),
    _whole("election.months_max", 1, 120, "months", _("Durée la plus longue d’un mandat donné par élection.")),
)  # fmt: skip
_LOT = (
    _whole("lot.min_reveals", 1, 1000, "people", _("Nombre d’enveloppes à ouvrir pour qu’un tirage au sort soit valable.")),
    _whole("lot.answer_days", 1, 365, "days", _("Temps laissé à la personne tirée au sort pour accepter ou non.")),
    _whole("lot.cooling_off_months", 0, 120, "months", _("Temps pendant lequel une personne déjà tirée au sort ne l’est plus.")),
    _whole("lot.months_max", 1, 120, "months", _("Durée la plus longue d’un mandat donné par tirage au sort.")),
)  # fmt: skip
_WRITTEN = (
    _whole("consent.window_driver_check_hours", 1, 2000, "hours", _("Par écrit, temps pour répondre sur le motif."), "written"),
    _whole("consent.window_presented_hours", 1, 2000, "hours", _("Par écrit, temps pour lire la présentation."), "written"),
    _whole("consent.window_clarify_hours", 1, 2000, "hours", _("Par écrit, temps pour les questions."), "written"),
    _whole("consent.window_react_hours", 1, 2000, "hours", _("Par écrit, temps pour les ressentis."), "written"),
    _whole("consent.window_objection_call_hours", 1, 2000, "hours", _("Par écrit, temps pour donner sa position."), "written"),
    _whole("consent.window_test_hours", 1, 2000, "hours", _("Par écrit, temps d’examen d’une objection."), "written"),
    _whole("consent.window_integrate_hours", 1, 2000, "hours", _("Par écrit, temps pour chercher ce qui lève une objection."), "written"),
    _whole("consent.window_adopted_hours", 1, 2000, "hours", _("Par écrit, temps pour dire ses réserves après l’adoption."), "written"),
    _whole("consent.reminders", 2, 10, "times", _("Nombre de rappels avant la fin d’une étape par écrit."), "written"),
    _whole("consent.reminder_hours", 1, 500, "hours", _("Temps entre deux rappels."), "written"),
)  # fmt: skip
_COOPTATION = (
    _whole("cooptation.sponsors", 1, 20, "people", _("Nombre de personnes qui doivent parrainer une candidature.")),
    _whole("cooptation.sponsor_standing_months", 0, 120, "months", _("Ancienneté qu’il faut pour parrainer.")),
    _whole("cooptation.sponsor_max_live", 1, 50, "times", _("Nombre de candidatures qu’une personne peut parrainer en même temps.")),
    _whole("cooptation.sponsor_interval_days", 0, 366, "days", _("Temps à attendre entre deux parrainages de la même personne.")),
    _whole("cooptation.eval_floor_min", 1, 1000, "people", _("Nombre d’évaluations qu’il faut au moins.")),
    _share("cooptation.eval_floor_share", _("Part des membres dont l’évaluation est attendue.")),
    _whole("cooptation.eval_days", 1, 366, "days", _("Temps laissé pour évaluer une candidature.")),
    _whole("cooptation.eval_retention_months", 1, 120, "months", _("Temps pendant lequel les évaluations sont gardées, puis effacées.")),
    _whole("cooptation.eval_small_circle", 1, 1000, "people", _("Taille sous laquelle on prévient que l’anonymat ne peut pas être promis.")),
    _whole("cooptation.meeting_gap_days", 0, 366, "days", _("Temps entre l’audition et la décision.")),
    _whole("cooptation.adjourn_max", 0, 20, "times", _("Nombre d’ajournements possibles.")),
    _flag("cooptation.vote_allowed", _("Si un vote peut trancher une candidature sans consentement.")),
    _share("cooptation.vote_threshold", _("Part des voix exprimées que ce vote doit atteindre."), low=Fraction(1, 2)),
    _whole("cooptation.probation_months", 0, 120, "months", _("Durée de la période probatoire.")),
    _whole("cooptation.probation_notice_days", 1, 366, "days", _("Avance avec laquelle chaque membre est prévenu de la fin de la période probatoire.")),
    _whole("cooptation.appeal_days", 1, 366, "days", _("Temps laissé pour un recours.")),
    _whole("cooptation.appeal_panel", 1, 50, "people", _("Nombre de personnes tirées au sort pour un recours.")),
    _whole("cooptation.renewal_warning_days", 1, 366, "days", _("Avance de l’avertissement avant qu’une adhésion devienne caduque.")),
    _whole("cooptation.foreign_flag_days", 1, 366, "days", _("Temps pendant lequel un autre nœud peut signaler une objection.")),
    Figure("cooptation.void_grounds", "ids", "cooptation", _("Motifs d’objection qui ne valent rien pour une personne.")),
)  # fmt: skip
_ROOM = (
    _flag("room.fairness", _("Si la parole va d’abord à qui a le moins parlé.")),
    Figure("room.signals", "text", "room", _("Gestes que l’on peut faire en assemblée, séparés par des virgules.")),
    _whole("room.signal_seconds", 1, 3600, "seconds", _("Temps pendant lequel un geste reste visible.")),
    Figure("room.mood_words", "text", "room", _("Mots de la météo d’ouverture, séparés par des virgules.")),
    _whole("room.mood_seconds", 1, 3600, "seconds", _("Temps laissé pour la météo d’ouverture.")),
    _whole("room.mood_floor", 3, 1000, "people", _("Nombre de réponses sous lequel la météo n’est pas montrée.")),
    _whole("room.exercise_days", 1, 366, "days", _("Temps pendant lequel un exercice est gardé.")),
    _whole("room.exercise_people", 1, 50, "people", _("Nombre de personnes inventées dans un exercice.")),
)  # fmt: skip
_INBOX = (
    _whole("inbox.reminder_days", 0, 366, "days", _("Avance du premier rappel avant une échéance.")),
    _whole("inbox.last_reminder_days", 0, 366, "days", _("Avance du dernier rappel avant une échéance.")),
    _whole("inbox.review_days", 0, 366, "days", _("Avance avec laquelle une décision à revoir est rappelée.")),
)  # fmt: skip
_REMOTE = (
    _whole("remote.signature_wait_hours", 0, 2000, "hours", _("Temps laissé au nœud d’un membre pour signer un acte fait ici.")),
)  # fmt: skip
_TRUST = (
    _whole("trust.q", 1, 20, "people", _("Nombre d’attestations de membres qu’il faut pour être des nôtres.")),
    _whole("trust.q_large", 1, 50, "people", _("Le même nombre dans un collectif de plus de cent membres.")),
    _whole("trust.d", 1, 3, "paths", _("Nombre de chemins de confiance séparés demandé d’ordinaire.")),
    _whole("trust.d_sensitive", 1, 3, "paths", _("Le même nombre pour ce qui est délicat.")),
    _whole("trust.k", 1, 10, "steps", _("Nombre de pas auquel on doit se trouver des membres référents.")),
    _share("trust.x", _("Part des membres référents dont on doit être à cette distance.")),
    _whole("trust.L", 1, 6, "steps", _("Longueur la plus grande d’un chemin de confiance.")),
    _number("trust.rate_days", 0, 366, "days", _("Temps à attendre entre deux attestations d’une même personne.")),
    _whole("trust.newcomers", 1, 1000, "people", _("Nombre de nouvelles personnes dont un membre peut répondre à la fois.")),
    _share("trust.alpha", _("Chance que la marche de confiance s’arrête à chaque pas."), Fraction(1, 20), Fraction(3, 10)),
    _number("trust.validity", Fraction(1, 12), 10, "years", _("Durée de vie d’une attestation.")),
    _number("trust.half_life", Fraction(1, 12), 10, "years", _("Temps au bout duquel une attestation pèse moitié moins.")),
    _number("trust.C", 0, 100, "", _("Poids total sous lequel une personne ne partage pas tout son soutien.")),
    _number("trust.renewal", Fraction(1, 12), 10, "years", _("Temps au bout duquel on est invité à renouveler une attestation.")),
    _number("trust.grace_days", 0, 366, "days", _("Sursis d’un membre dont les attestations viennent à manquer.")),
    _share("trust.theta", _("Soutien sous lequel une personne est signalée, divisé par le nombre de membres.")),
)  # fmt: skip

_POLL = (
    _whole("poll.hours", 1, 8760, "hours", _("Temps pendant lequel un vote reste ouvert.")),
    _whole("poll.proxies_max", 1, 50, "people", _("Nombre de personnes qu’une seule peut représenter, outre sa propre voix.")),
    _whole("poll.proxy_months", 1, 24, "months", _("Durée au bout de laquelle un pouvoir ne vaut plus.")),
)  # fmt: skip

_ALL = (
    *_CONSENT,
    *_WRITTEN,
    *_ASSEMBLY,
    *_ROOM,
    *_ELECTION,
    *_LOT,
    *_MANDATE,
    *_POLL,
    *_COOPTATION,
    *_MEMBERSHIP,
    *_INBOX,
    *_REMOTE,
    *_TRUST,
)
FIGURES: dict[str, Figure] = {each.name: each for each in _ALL}
PROCESSES: tuple[str, ...] = tuple(dict.fromkeys(each.process for each in FIGURES.values()))

_CLASS = (
    _choice("process", ("consent",), _("Comment une décision de ce genre se prend."), "every"),
    _choice("electorate", ("circle", "collective"), _("Qui décide : les membres du cercle, ou tout le collectif."), "every"),
    _share("quorum", _("Part des personnes appelées qui doit donner une position."), process="consent"),
    _share("presence_quorum", _("Part des personnes appelées qui doit être présente pour décider."), process="consent"),
    _choice("secrecy", ("open", "secret"), _("Ce qui se sait d’une voix une fois le vote clos : de qui elle vient, ou le décompte seul."), "vote"),
    _flag("proxies", _("Si l’on peut se faire représenter."), "vote"),
    _flag("fallback", _("Si un vote peut remplacer le consentement quand il n’est pas atteint."), "consent"),
    _flag("cites_article", _("Si une objection doit citer un article de la charte."), "consent"),
    _whole("review_days", 1, 3660, "days", _("Temps au bout duquel la décision est à revoir, sauf autre date dans le texte."), "consent"),
    Figure("person", "flag", "consent", _("Si la décision porte sur une personne."), required=False),
    Figure("exits", "ids", "consent", _("Issues permises quand une objection n’est pas levée."), required=False),
    Figure("silence", "choice", "consent", _("Par écrit, ce que veut dire ne pas répondre : rien, ou un consentement."), choices=("no_position", "consent"), required=False),
    Figure("silence_counts", "flag", "consent", _("Si un consentement par silence compte pour le quorum."), required=False),
    _share("threshold", _("Part des voix pour ou contre que le vote doit atteindre ou dépasser."), Fraction(1, 2), process="vote"),
    _choice("threshold_rule", ("exceeded", "reached"), _("Si ce seuil doit être dépassé, ou seulement atteint."), "vote"),
)  # fmt: skip
CLASS_FIGURES: dict[str, Figure] = {each.name: each for each in _CLASS}


def figure_at(place: str) -> Figure | None:
    """Return the figure that a place of the charter holds: a name, or `classes.<class>.<name>`.

    >>> figure_at("classes.charter.quorum").kind
    'share'
    """
    parts = place.split(".")
    if parts[0] == "classes" and len(parts) == 3:
        return CLASS_FIGURES.get(parts[2])
    return FIGURES.get(place)


def faults(figures: Mapping[str, object], classes: Mapping[str, object]) -> Iterator[Fault]:
    """Yield every fault of the figures and decision classes of a charter.

    Codes: `figure_unknown`, `term_malformed`, `out_of_bounds`, `term_missing`, `class_malformed`.
    """
    yield from _wrong(figures, FIGURES, "")
    voting = [each for each in classes.values() if isinstance(each, Mapping) and each.get("fallback") is True]
    asked = {"ballot" if each.get("secrecy") == "secret" else "poll" for each in voting} | (
        {"poll"} if voting else set()
    )
    asked |= {"poll", "ballot"} if figures.get("cooptation.vote_allowed") is True else set()
    yield from ((name, "term_missing") for name in _missing(figures, asked))
    for name in NEEDED_CLASSES:
        if name not in classes:
            yield f"classes.{name}", "term_missing"
    for name in sorted(classes):
        yield from _class_faults(name, classes[name])


def _wrong(values: Mapping[str, object], known: Mapping[str, Figure], prefix: str) -> Iterator[Fault]:
    for name in sorted(values):
        figure = known.get(name)
        code = (
            "figure_unknown" if figure is None else fault_of(figure, values[name]) if values[name] is not None else ""
        )
        if code:
            yield f"{prefix}{name}", code


def _missing(figures: Mapping[str, object], asked: set[str]) -> Iterable[str]:
    """The figures that a process in use needs and the charter does not set: a process is used once one of them is."""
    used = (
        ALWAYS
        | asked
        | {FIGURES[name].process for name, value in figures.items() if name in FIGURES and value is not None}
    )
    used -= {"trust"}  # the web of trust has figures of its own for what a charter leaves open
    wanted = (each for each in FIGURES.values() if each.required and each.process in used)
    return [each.name for each in wanted if figures.get(each.name) is None]


def _class_faults(name: str, of_class: object) -> Iterator[Fault]:
    place = f"classes.{name}"
    if not NAME.fullmatch(name) or not isinstance(of_class, Mapping):
        yield place, "class_malformed"
        return
    yield from _wrong(of_class, CLASS_FIGURES, f"{place}.")
    asked = {"every", of_class.get("process"), "vote" if of_class.get("fallback") is True else ""}
    needed = [each for each in CLASS_FIGURES.values() if each.required and each.process in asked]
    for each in needed:
        if of_class.get(each.name) is None:
            yield f"{place}.{each.name}", "term_missing"
