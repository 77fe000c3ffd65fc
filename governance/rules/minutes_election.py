"""What the minutes tell of an election without candidate: names, reasons, the person proposed, how it ended."""

from collections.abc import Callable
from datetime import date

from governance.rules.electing import Election, ElectionStage, Nomination, Said
from governance.rules.minutes_consent import one_line, tell_call, tell_objection, tell_positions, tell_quorum

__all__ = ["tell_election"]

E = ElectionStage
ENDS = {
    E.DONE: "un mandat est donné",
    E.POSTPONED: "personne n’est trouvé, une nouvelle date est fixée",
    E.LOT: "personne n’est trouvé, le cercle s’en remet au sort",
    E.DROPPED: "l’élection est abandonnée",
    E.VACANT: "personne n’est trouvé",
}
CHANGES = {"shorter": "mandat écourté", "pair": "binôme", "support": "soutien"}
Name = Callable[[int | None], str]


def tell_election(state: Election, name: Name) -> list[str]:
    """Return the lines of the minutes about one election."""
    head = f"Élection sans candidat : {ENDS.get(state.stage, 'en cours, sans issue')}."
    role = [
        "",
        f"- Rôle : {one_line(state.role)} ; mission : {one_line(state.mission)}",
        f"- Critères : {one_line(state.criteria)} ; durée : {state.length} mois",
    ]
    lines = [head, *role, *_ballots(state, name)]
    lines += [_said(each, name) for each in state.said if each.text]
    lines += [line for each in state.nominations for line in _nomination(state, each, name)]
    lines += [
        f"- Retenu pour lever une objection, {CHANGES[each.kind]} : {one_line(each.text)}" for each in state.changes
    ]
    if state.stage is E.DONE:
        lines += [f"- {name(holder)} a accepté le mandat, pour {state.length} mois" for holder in state.holders]
    if state.until:
        lines.append(f"- Nouvelle date : le {date.fromisoformat(state.until):%d/%m/%Y}")
    return lines


def _ballots(state: Election, name: Name) -> list[str]:
    if not state.ballots:
        return []
    told = [f"{name(b.person)} nomme {name(b.named) if b.named else 'personne'}" for b in state.ballots]
    quorum = tell_quorum(state.ballot_opening, state.ballot_closing, state.electorate)
    return [f"- Bulletins, {len(told)} : {' ; '.join(told)}. {quorum}"]


def _said(said: Said, name: Name) -> str:
    if said.stage is E.CHANGE:
        moved = f"{name(said.person)} reporte sa voix de {name(said.before)} à {name(said.named)}"
        return f"  - {moved} : {one_line(said.text)}"
    return f"  - {name(said.person)}, pour {name(said.named)} : {one_line(said.text)}"


def _nomination(state: Election, each: Nomination, name: Name) -> list[str]:
    lines = [f"- {name(each.by)} propose {name(each.person)} : {one_line(each.grounds)}"]
    call = state.calls.get(each.person)
    if call:
        told = [line for shown in call.revealed for line in [tell_call(shown, call), *tell_positions(shown, name)]]
        told += [line for objection in call.objections for line in tell_objection(objection, name)]
        lines += [f"  {line}" for line in told]
    if each.declined:
        why = "sans réponse à temps" if each.declined == "no_answer" else one_line(each.declined)
        lines.append(f"  - {name(each.person)} n’accepte pas : {why}")
    return lines
