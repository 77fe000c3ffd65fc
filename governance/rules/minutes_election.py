"""What the minutes tell of an election without candidate: names, reasons, the person proposed, how it ended."""

from collections.abc import Callable
from datetime import date

from governance.rules.electing import Election, ElectionStage, Nomination, Said

__all__ = ["tell_election"]

E = ElectionStage
ENDS = {
    E.DONE: "un mandat est donné",
    E.POSTPONED: "personne n’est trouvé, une nouvelle date est fixée",
    E.LOT: "personne n’est trouvé, le cercle s’en remet au sort",
    E.DROPPED: "l’élection est abandonnée",
    E.VACANT: "personne n’est trouvé",
}
CHOICES = {"consent": "consentement", "concern": "réserve", "objection": "objection", "no_position": "sans position"}
STATES = {
    "open": "non examinée",
    "qualified": "recevable, non levée",
    "refined": "recevable sous une forme précisée, non levée",
    "concern": "gardée comme réserve",
    "withdrawn": "retirée par son auteur·e",
    "resolved": "levée",
}
Name = Callable[[int | None], str]


def tell_election(state: Election, name: Name) -> list[str]:
    """Return the lines of the minutes about one election."""
    head = f"Élection sans candidat : {ENDS.get(state.stage, 'en cours, sans issue')}."
    role = [
        "",
        f"- Rôle : {_line(state.role)} ; mission : {_line(state.mission)}",
        f"- Critères : {_line(state.criteria)} ; durée : {state.length} mois",
    ]
    lines = [head, *role, *_ballots(state, name)]
    lines += [_said(each, name) for each in state.said if each.text]
    lines += [line for each in state.nominations for line in _nomination(state, each, name)]
    if state.stage is E.DONE:
        lines += [f"- {name(holder)} a accepté le mandat, pour {state.length} mois" for holder in state.holders]
    if state.until:
        lines.append(f"- Nouvelle date : le {date.fromisoformat(state.until):%d/%m/%Y}")
    return lines


def _line(text: str) -> str:
    return " ".join(text.split()) or "—"


def _ballots(state: Election, name: Name) -> list[str]:
    if not state.ballots:
        return []
    told = [f"{name(b.person)} nomme {name(b.named) if b.named else 'personne'}" for b in state.ballots]
    return [f"- Bulletins : {' ; '.join(told)}"]


def _said(said: Said, name: Name) -> str:
    if said.stage is E.CHANGE:
        return (
            f"  - {name(said.person)} reporte sa voix de {name(said.before)} à {name(said.named)} : {_line(said.text)}"
        )
    return f"  - {name(said.person)}, pour {name(said.named)} : {_line(said.text)}"


def _nomination(state: Election, each: Nomination, name: Name) -> list[str]:
    lines = [f"- {name(each.by)} propose {name(each.person)} : {_line(each.grounds)}"]
    call = state.calls.get(each.person)
    for shown in call.revealed if call else ():
        told = [f"{name(p.person)} : {CHOICES[p.choice]}" for p in shown.positions]
        lines.append(f"  - Appel {shown.call} : {' ; '.join(told)}")
    for objection in call.objections if call else ():
        words = f"{_line(objection.text)} Conséquence : {_line(objection.consequence)}"
        lines.append(f"  - Objection de {name(objection.author)} : {words} État : {STATES[objection.state.value]}")
    if each.declined:
        why = "sans réponse à temps" if each.declined == "no_answer" else _line(each.declined)
        lines.append(f"  - {name(each.person)} n’accepte pas : {why}")
    return lines
