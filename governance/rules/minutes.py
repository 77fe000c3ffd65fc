"""The minutes, told from the steps: same steps, same text. French, Markdown, with the mentions that the law asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from governance.rules.assemblies import Room
from governance.rules.session import Objection, Revealed, Session, Stage

__all__ = ["Matter", "Meeting", "narrate"]


@dataclass(frozen=True)
class Matter:
    """One point of the agenda; `state` and `entry` (number and head in the register) if something was decided on."""

    title: str
    state: Session | None = None
    entry: tuple[int, str] | None = None


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
CHOICES = {
    "consent": "consentement",
    "concern": "réserve",
    "objection": "objection",
    "no_position": "sans position",
}
OBJECTIONS = {
    "open": "non examinée",
    "qualified": "recevable, non levée",
    "refined": "recevable sous une forme précisée, non levée",
    "concern": "gardée comme réserve",
    "withdrawn": "retirée par son auteur·e",
    "resolved": "levée",
}
CLASSES = {"ordinary": "ordinaire", "charter": "sur la charte"}
GROUNDS = {"effectiveness": "efficacité", "side_effect": "effet nuisible", "improvement": "amélioration utile"}


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
            f"- Convocation : le {_when(m, m.convened_at)}, par {m.name(m.convener)}",
            f"- Ouverture : le {_when(m, m.room.opened_at)}. Clôture : le {_when(m, m.room.closed_at)}",
            f"- Lieu : {m.place or '—'}. Mode : présence signalée en ligne, positions données dans la salle",
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
            f"- Secrétariat : {m.name(m.room.secretary)}. Scrutation : sans objet, aucun scrutin",
            f"- Présent·es ({len(m.room.came)}) : {m.name_all(m.room.came)}",
            f"- Absent·es ({len(absent)}) : {m.name_all(absent)}",
            "- Représenté·es : personne. Pouvoirs : aucun",
            f"- Passations : {'; '.join(handovers) or 'aucune'}",
        ]
    )


def _matter(m: Meeting, number: int, matter: Matter) -> str:
    head = f"## Point {number} : {matter.title}"
    if matter.state is None:
        return f"{head}\n\nPoint discuté, sans décision."
    state = matter.state
    lines = [head, "", f"Proposition de {m.name(state.proposer)}, {_outcome(state)}.", "", *_texts(m, state)]
    lines += [line for call in state.revealed for line in _call(m, call, state)]
    lines += [line for objection in state.objections for line in _objection(m, objection)]
    return "\n".join([*lines, *_entry(matter)])


def _outcome(state: Session) -> str:
    told = STAGES.get(state.stage, "en cours, sans décision")
    told += f" à {state.addressee}" if state.stage is Stage.REFERRED and state.addressee else ""
    if not state.reason or state.stage in {Stage.ADOPTED, Stage.CLOSED}:
        return told
    return f"{told} ({_line(state.reason).rstrip('.')})"


def _texts(m: Meeting, state: Session) -> list[str]:
    version = state.version
    quoted = [f"> {line}" if line else ">" for line in version.text.splitlines()]
    facts = [
        "",
        f"- Motif : {_line(version.driver)}",
        f"- Version {version.number} ; décision {CLASSES.get(state.decision_class, state.decision_class)}",
        f"- À revoir : {_day(version.review_on)} ; responsable : {m.name(version.responsible)}",
        f"- Critères : {_line(version.criteria)}",
        f"- Débats : {_count(len(state.turns), 'tour')} de parole, {_count(len(state.replies), 'réponse')}",
    ]
    return [*quoted, *facts]


def _call(m: Meeting, call: Revealed, state: Session) -> list[str]:
    counts = {choice: [p for p in call.positions if p.choice == choice] for choice in CHOICES}
    told = [f"{CHOICES[choice]} : {len(found)}" for choice, found in counts.items()]
    size = len(state.electorate)
    head = f"- Appel {call.call} sur la version {call.version} : {', '.join(told)}"
    head += f". Quorum : {call.present} présent·es sur {size} à la révélation"
    said = [f"  - {m.name(p.person)} : {CHOICES[p.choice]}{_colon(p.text)}" for p in call.positions]
    return [head, *said]


def _colon(text: str) -> str:
    return f" ({_line(text)})" if text else ""


def _line(text: str) -> str:
    """Return words of somebody's on one line; a dash if there are none."""
    return " ".join(text.split()) or "—"


def _sentence(text: str) -> str:
    """Return words of somebody's on one line, with one full stop at the end, or the mark that they chose.

    >>> _sentence("La salle ferme."), _sentence("La salle ferme"), _sentence("Vraiment ?")
    ('La salle ferme.', 'La salle ferme.', 'Vraiment ?')
    """
    line = _line(text)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _count(number: int, word: str) -> str:
    """Return a number with its word: in French, none and one are singular.

    >>> _count(0, "réponse"), _count(1, "tour"), _count(2, "tour")
    ('0 réponse', '1 tour', '2 tours')
    """
    return f"{number} {word}{'s' if number > 1 else ''}"


def _day(text: str) -> str:
    """Return a day as the other dates of the minutes are written.

    >>> _day("2027-06-01"), _day("")
    ('le 01/06/2027', '—')
    """
    return f"le {date.fromisoformat(text):%d/%m/%Y}" if text else "—"


def _objection(m: Meeting, objection: Objection) -> list[str]:
    lines = [
        f"- Objection {objection.id} de {m.name(objection.author)}, {GROUNDS.get(objection.ground, objection.ground)}"
        f" : {_sentence(objection.text)} Conséquence : {_sentence(objection.consequence)}"
        f" État : {OBJECTIONS[objection.state.value]}{_lifted(objection)}"
    ]
    lines += [f"  - Désaccord de {m.name(j.person)} : {_line(j.reason)}" for j in objection.judgments if not j.agree]
    juries = [*objection.juries, objection.jury_votes]
    lines += [
        f"  - Jury, {m.name(vote.person)} : {'oui' if vote.agree else 'non'}{_colon(vote.reason)}"
        for jury in juries
        for vote in jury
    ]
    return lines


def _lifted(objection: Objection) -> str:
    if objection.amended_to is None:
        return ""
    by = "son auteur·e" if objection.resolved_by == "author" else "un jury"
    return f" par la version {objection.amended_to}, ce que confirme {by}"


def _entry(matter: Matter) -> list[str]:
    if matter.entry is None:
        return []
    return ["", f"Inscription n° {matter.entry[0]} au registre, empreinte `{matter.entry[1]}`."]


def _trace(m: Meeting) -> str:
    incidents = [f"- Le {_when(m, at)} : {_line(text)}" for at, text in m.room.incidents]
    return "\n".join(
        ["## Trace", "", f"- Règles appliquées : `{m.terms}`", *(incidents or ["- Incidents techniques : aucun"])]
    )
