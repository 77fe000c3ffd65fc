"""What the minutes tell of a call for objections, in a decision and in an election: positions, quorum, objections."""

from collections.abc import Callable

from governance.rules.session import Objection, Position, Revealed, Session

__all__ = ["one_line", "sentence", "tell_call", "tell_objection", "tell_positions", "tell_quorum"]

CHOICES = {
    "consent": "consentement",
    "concern": "réserve",
    "objection": "objection",
    "silent_consent": "consentement par silence",
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
SILENT = "silent_consent"
MEANS = {"paper": "par écrit", "voice": "à voix haute"}
GROUNDS = {"effectiveness": "efficacité", "side_effect": "effet nuisible", "improvement": "amélioration utile"}
Name = Callable[[int | None], str]


def tell_call(call: Revealed, state: Session) -> str:
    """Return what came of a call, and how many were there as it opened and as it closed."""
    head = f"- Appel {call.call} sur la version {call.version}"
    counts = {choice: [p for p in call.positions if p.choice == choice] for choice in CHOICES}
    told = [f"{CHOICES[choice]} : {len(found)}" for choice, found in counts.items() if found or choice != SILENT]
    quorum = tell_quorum(call.present_at_opening or call.present, call.present, state.electorate)
    return f"{head} : {', '.join(told)}. {quorum}"


def tell_quorum(opening: int, closing: int, electorate: frozenset[int]) -> str:
    """Return who was there of those entitled, at both ends of what was decided."""
    return f"Quorum : {closing} présent·es sur {len(electorate)} à la clôture, {opening} à l’ouverture"


def tell_positions(call: Revealed, name: Name) -> list[str]:
    """Return a line for each position taken, or not taken."""
    return [f"  - {name(p.person)} : {CHOICES[p.choice]}{_how(p, name)}{_colon(p.text)}" for p in call.positions]


def _how(position: Position, name: Name) -> str:
    if not position.means:
        return ""
    by, second = name(position.entered_by), name(position.confirmed_by)
    return f", {MEANS[position.means]} (saisie : {by}, confirmée : {second})"


def tell_objection(objection: Objection, name: Name) -> list[str]:
    """Return an objection in full: its state, who disagreed with it, what a jury said, who found it lifted."""
    lines = [
        f"- Objection {objection.id} de {name(objection.author)}, {GROUNDS.get(objection.ground, objection.ground)}"
        f" : {sentence(objection.text)} Conséquence : {sentence(objection.consequence)}"
        f" État : {OBJECTIONS[objection.state.value]}{_lifted(objection)}"
    ]
    lines += [f"  - Désaccord de {name(j.person)} : {one_line(j.reason)}" for j in objection.judgments if not j.agree]
    juries = [*objection.juries, objection.jury_votes]
    lines += [
        f"  - Jury, {name(vote.person)} : {'oui' if vote.agree else 'non'}{_colon(vote.reason)}"
        for jury in juries
        for vote in jury
    ]
    return lines


def _lifted(objection: Objection) -> str:
    if objection.amended_to is None:
        return ""
    by = "son auteur·e" if objection.resolved_by == "author" else "un jury"
    return f" par la version {objection.amended_to}, ce que confirme {by}"


def _colon(text: str) -> str:
    return f" ({one_line(text)})" if text else ""


def one_line(text: str) -> str:
    """Return words of somebody's on one line; a dash if there are none."""
    return " ".join(text.split()) or "—"


def sentence(text: str) -> str:
    """Return words of somebody's on one line, with one full stop at the end, or the mark that they chose.

    >>> sentence("La salle ferme."), sentence("La salle ferme"), sentence("Vraiment ?")
    ('La salle ferme.', 'La salle ferme.', 'Vraiment ?')
    """
    line = one_line(text)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
