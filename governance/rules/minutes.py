"""The minutes, told from the steps: same steps, same text. French, Markdown, with the mentions that the law asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from governance.rules.assemblies import Room
from governance.rules.electing import Election
from governance.rules.minutes_consent import one_line, sentence, tell_call, tell_objection, tell_positions
from governance.rules.minutes_election import tell_election
from governance.rules.minutes_vote import Vote, tell_vote
from governance.rules.register import text_digest
from governance.rules.session import Revealed, Session, Stage, Turn
from governance.rules.speaking import SpeakingRound

__all__ = ["Matter", "Meeting", "Record", "narrate"]


@dataclass(frozen=True)
class Record:
    """A journal that the minutes rest on: how many acts it had, and the digest (hex) of them all."""

    count: int
    digest: str


@dataclass(frozen=True)
class Matter:
    """One point of the agenda; `state`, `entry` (number and head in the register) and `record` if it was decided on.

    `vote`: to which it was sent where consent was not reached; `entry` is then that of its opening.
    """

    title: str
    state: Session | None = None
    entry: tuple[int, str] | None = None
    record: Record | None = None
    election: Election | None = None
    vote: Vote | None = None


@dataclass(frozen=True)
class Meeting:
    """Everything that the minutes tell, in plain values."""

    title: str
    collective: str
    circle: str
    place: str
    convened_at: datetime
    convener: int
    room: Room
    matters: tuple[Matter, ...]
    names: Mapping[int, str]
    terms: str
    zone: tzinfo
    starts_at: datetime | None = None
    noticed: frozenset[int] = frozenset()  # whom the notice reached; others were invited later
    record: Record | None = None

    def name(self, person: int | None) -> str:
        """Return a name, or a dash."""
        return self.names.get(person, "—") if person is not None else "—"

    def name_all(self, people: object) -> str:
        """Return names in a list, or « personne »."""
        return ", ".join(self.name(person) for person in people) or "personne"  # type: ignore[attr-defined]


STAGES = {
    Stage.ADOPTED: "adoptée par consentement",
    Stage.CLOSED: "adoptée par consentement",
    Stage.REFERRED: "renvoyée",
    Stage.WITHDRAWN: "retirée",
    Stage.DEFERRED: "reportée",
    Stage.DELEGATED: "confiée à un sous-groupe",
    Stage.SUSPENDED: "suspendue, sans décision",
    Stage.FALLBACK: "renvoyée à un vote, faute de consentement",
}
CLASSES = {"ordinary": "ordinaire", "charter": "sur la charte"}
MOMENTS = {"opening": "météo d’ouverture", "closing": "météo de clôture", "check": "prise de température"}
ROLES = {"deputy": "suppléance", "secretary": "secrétariat", "timekeeper": "temps", "teller": "scrutation"}


def narrate(meeting: Meeting) -> str:
    """Return the minutes as Markdown: meeting, people, matter, decisions, trace."""
    parts = [_head(meeting), _people(meeting)]
    parts += [_matter(meeting, number, matter) for number, matter in enumerate(meeting.matters, start=1)]
    return "\n\n".join([*parts, _trace(meeting)]) + "\n"


def _when(meeting: Meeting, at: datetime | None) -> str:
    return at.astimezone(meeting.zone).strftime("%d/%m/%Y à %H h %M") if at else "—"


def _head(m: Meeting) -> str:
    return "\n".join(
        [
            f"# Procès-verbal : {m.title}",
            "",
            f"- Collectif : {m.collective}, cercle {m.circle}",
            f"- Convocation : le {_when(m, m.convened_at)}, par {m.name(m.convener)},"
            f" pour le {_when(m, m.starts_at or m.convened_at)} ; adressée à {m.name_all(sorted(m.noticed))}",
            f"- Ouverture : le {_when(m, m.room.opened_at)}. Clôture : le {_when(m, m.room.closed_at)}",
            f"- Lieu : {m.place or '—'}. Mode : présence signalée en ligne, positions données dans la salle",
            f"- Ordre du jour : {' ; '.join(one_line(item.title) for item in m.room.items) or 'aucun point'}",
        ]
    )


def _people(m: Meeting) -> str:
    absent = sorted(m.room.invited - frozenset(m.room.came))
    handovers = [f"le {_when(m, at)}, {m.name(giver)} à {m.name(taker)}" for at, giver, taker in m.room.handovers]
    return "\n".join(
        [
            "## Personnes",
            "",
            f"- Animation : {m.name(m.room.facilitator)}. Suppléance : {m.name(m.room.deputy)}",
            f"- Secrétariat : {m.name(m.room.secretary)}. Scrutation : {_tellers(m)}",
            *_others(m),
            f"- Présent·es ({len(m.room.came)}) : {m.name_all(m.room.came)}",
            f"- Absent·es ({len(absent)}) : {m.name_all(absent)}",
            f"- Réputé·es présent·es, ayant pris position sans signaler leur arrivée : {m.name_all(_deemed(m))}",
            f"- {_represented(m)}. Voix : une par personne",
            f"- Présence perdue en cours de réunion : {m.name_all(sorted(m.room.lapsed))}",
            f"- Passations : {' ; '.join(handovers) or 'aucune'}",
            *([f"- Rôles confiés : {' ; '.join(_given(m))}"] if m.room.role_log else []),
        ]
    )


def _tellers(m: Meeting) -> str:
    if m.room.tellers:
        return m.name_all(m.room.tellers)
    voted = any(matter.vote for matter in m.matters)
    return "personne, les votes étant comptés par le nœud" if voted else "sans objet, aucun scrutin"


def _represented(m: Meeting) -> str:
    """Return who stood for others: only ever in a vote, whose point lists them."""
    if any(matter.vote and matter.vote.proxies for matter in m.matters):
        return "Représenté·es et pouvoirs détenus : pour les seuls votes, dits à leur point"
    return "Représenté·es : personne. Pouvoirs détenus : aucun"


def _others(m: Meeting) -> list[str]:
    """Return the lines that only some meetings have: who kept the time, who followed without a seat."""
    time = [f"- Temps : {m.name(m.room.timekeeper)}"] if m.room.timekeeper else []
    return time + ([f"- Observation : {m.name_all(m.room.observed)}"] if m.room.observed else [])


def _given(m: Meeting) -> list[str]:
    return [f"le {_when(m, each.at)}, {ROLES[each.role]} à {m.name(each.receiver)}" for each in m.room.role_log]


def _deemed(m: Meeting) -> list[int]:
    """Return who took a position, or a turn, without having checked in: by a late link, or before the meeting."""
    states = [matter.state for matter in m.matters if matter.state]
    spoke = {turn.person for state in states for turn in state.turns}
    took = {p.person for state in states for call in state.revealed for p in call.positions if p.choice in _TAKEN}
    return sorted((spoke | took) - frozenset(m.room.came))


_TAKEN = frozenset({"consent", "concern", "objection"})


def _matter(m: Meeting, number: int, matter: Matter) -> str:
    head = f"## Point {number} : {one_line(matter.title)}"
    if matter.election is not None:
        told = [head, "", *tell_election(matter.election, m.name), *_entry(matter)]
        return "\n".join([*told, *_record("Journal de l’élection", matter.record)])
    if matter.state is None:
        return f"{head}\n\nPoint discuté, sans décision."
    state = matter.state
    lines = [head, "", f"Proposition de {m.name(state.proposer)}, {_outcome(state)}.", "", *_texts(m, state)]
    lines += [*_documents(state), *_debates(m, state)]
    lines += [line for call in state.revealed for line in _call(m, call, state)]
    lines += [line for objection in state.objections for line in tell_objection(objection, m.name)]
    lines += tell_vote(matter.vote, m.name, lambda at: _when(m, at)) if matter.vote else []
    return "\n".join([*lines, *_entry(matter), *_record("Journal de la décision", matter.record)])


def _documents(state: Session) -> list[str]:
    """Name every text that was submitted, with its hash, and the reports: answers on the reason to act."""
    versions = [f"version {v.number} (`{text_digest(v.text)}`)" for v in state.versions]
    reports = _count(len(state.driver), "avis")
    return [f"- Documents soumis : {' ; '.join(versions)}. Rapports : {reports} sur le motif"]


def _debates(m: Meeting, state: Session) -> list[str]:
    """Sum up what was said: each turn that was not passed, and each reply, in order."""
    said = [*_said(m, state.turns), *_said(m, state.replies)]
    head = f"- Débats : {_count(len(state.turns), 'tour')} de parole, {_count(len(state.replies), 'réponse')}"
    return [head, *said]


def _said(m: Meeting, turns: tuple[Turn, ...]) -> list[str]:
    rounds = {Stage.CLARIFY: "clarification", Stage.REACT: "réaction"}
    return [
        f"  - {m.name(turn.person)}, {rounds.get(turn.stage, 'réponse')} : {sentence(turn.text)}"
        for turn in turns
        if turn.text.strip()
    ]


def _record(label: str, record: Record | None) -> list[str]:
    if record is None:
        return []
    return ["", f"{label} : {_count(record.count, 'acte')}, empreinte `sha256:{record.digest}`."]


def _outcome(state: Session) -> str:
    told = STAGES.get(state.stage, "en cours, sans décision")
    told += f" à {state.addressee}" if state.stage is Stage.REFERRED and state.addressee else ""
    if not state.reason or state.stage in {Stage.ADOPTED, Stage.CLOSED}:
        return told
    return f"{told} ({one_line(state.reason).rstrip('.')})"


def _texts(m: Meeting, state: Session) -> list[str]:
    version = state.version
    quoted = [f"> {line}" if line else ">" for line in version.text.splitlines()]
    facts = [
        "",
        f"- Motif : {one_line(version.driver)}",
        f"- Version {version.number} ; décision {CLASSES.get(state.decision_class, state.decision_class)}",
        f"- À revoir : {_day(version.review_on)} ; responsable : {m.name(version.responsible)}",
        f"- Critères : {one_line(version.criteria)}",
        *_moves(m, state),
    ]
    return [*quoted, *facts]


def _moves(m: Meeting, state: Session) -> list[str]:
    """When the decision went on in writing, and when a room took it up again; the text that ended by itself."""
    said = [f"{'par écrit' if written else 'en assemblée'} le {_when(m, at)}" for at, written in state.moves]
    moves = [f"- Suivi : {', puis '.join(said)}"] if said else []
    return [*moves, f"- Caduque depuis le {_when(m, state.lapsed_at)}"] if state.lapsed_at else moves


def _call(m: Meeting, call: Revealed, state: Session) -> list[str]:
    head = tell_call(call, state)
    if call.opened_at:
        head += f". Par écrit, du {_when(m, call.opened_at)} au {_when(m, call.closed_at)}"
    return [head, *tell_positions(call, m.name)]


def _count(number: int, word: str) -> str:
    """Return a number with its word: in French, none and one are singular.

    >>> _count(0, "réponse"), _count(1, "tour"), _count(2, "tour")
    ('0 réponse', '1 tour', '2 tours')
    """
    return f"{number} {word}{'s' if number > 1 and not word.endswith('s') else ''}"


def _day(text: str) -> str:
    """Return a day as the other dates of the minutes are written.

    >>> _day("2027-06-01"), _day("")
    ('le 01/06/2027', '—')
    """
    return f"le {date.fromisoformat(text):%d/%m/%Y}" if text else "—"


def _entry(matter: Matter) -> list[str]:
    if matter.entry is None:
        return []
    return ["", f"Inscription n° {matter.entry[0]} au registre, empreinte `{matter.entry[1]}`."]


def _trace(m: Meeting) -> str:
    held = [f"- Tour de parole : {sentence(each.question)} {_turns(each)}" for each in m.room.rounds]
    asked = [f"- Le {_when(m, each.asked_at)} : {MOMENTS[each.moment]}" for each in m.room.moods]
    incidents = [f"- Le {_when(m, at)} : {one_line(text)}" for at, text in m.room.incidents]
    return "\n".join(
        [
            "## Trace",
            "",
            f"- Règles appliquées : `{m.terms}`",
            *held,
            *asked,
            *(incidents or ["- Incidents techniques : aucun"]),
            *_record("Journal de la réunion", m.record),
        ]
    )


def _turns(held: SpeakingRound) -> str:
    spoke = sum(how == "spoke" for how in held.done.values())
    return f"{_count(spoke, 'prise')} de parole, {_count(len(held.order) - spoke, 'silence')}."
