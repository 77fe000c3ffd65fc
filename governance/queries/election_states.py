"""Elections and lots, folded from their journals into the states that the rules speak of."""

from datetime import datetime

from governance.errors import NotFound
from governance.models import Charter, Circle, Election, Lot
from governance.queries.folds import Folds, until
from governance.queries.states import charter_of, terms_of
from governance.rules.election import Election as ElectionState
from governance.rules.election import advance
from governance.rules.election_terms import ElectionTerms, election_terms
from governance.rules.lot_process import advance as advance_lot
from governance.rules.lot_state import Lot as LotState
from governance.rules.lot_state import LotTerms
from governance.rules.room import Room

_elections: Folds[ElectionState] = Folds()
_lots: Folds[LotState] = Folds()


def election_terms_for(charter: Charter) -> ElectionTerms:
    """Return the figures that elections obey under a charter; raises TermMissing naming what is left open."""
    return election_terms(terms_of(charter), frozenset(article["id"] for article in charter.document["articles"]))


def terms_of_election(election: Election) -> ElectionTerms:
    """Return the figures of an election: of its own charter once it is open, before that of the one in force."""
    return election_terms_for(election.charter or charter_of(election.circle.collective))


def lot_terms_for(charter: Charter) -> LotTerms:
    """Return the figures that lots obey under a charter; raises TermMissing."""
    terms = terms_of(charter)
    return LotTerms(terms.whole("lot.min_reveals"), terms.whole("lot.answer_days"))


def election_state(election: Election, at: datetime | None = None) -> ElectionState:
    """Return the election as its steps tell it, or told it at an instant."""
    terms = terms_of_election(election)
    rows, name = until(election.steps.all(), at), (election.pk, at)
    return _elections.state(name, rows, ElectionState, lambda state, step: advance(state, step, terms))


def lot_state(lot: Lot) -> LotState:
    """Return the lot as its steps tell it."""
    terms = lot_terms_for(lot.charter)
    return _lots.state(lot.pk, lot.steps.all(), LotState, lambda state, step: advance_lot(state, step, terms))


def election_row(election_id: int) -> Election:
    """Return the election with what every reader needs; raises NotFound."""
    rows = Election.objects.select_related("circle__collective", "charter", "opener", "entry")
    found = rows.filter(pk=election_id).first()
    if found is None:
        raise NotFound("election_unknown")
    return found


def lot_row(lot_id: int) -> Lot:
    """Return the lot with what every reader needs; raises NotFound."""
    rows = Lot.objects.select_related("circle__collective", "charter", "opener", "entry", "opening", "ending")
    found = rows.filter(pk=lot_id).first()
    if found is None:
        raise NotFound("lot_unknown")
    return found


def election_on(room: Room) -> Election | None:
    """Return the election of the current item, if one is open there."""
    item = room.item(room.current)
    if item is None or item.election is None:
        return None
    return Election.objects.select_related("circle__collective", "charter").filter(pk=item.election).first()


def locked_circle(circle_id: int) -> Circle:
    """Return the circle, its row locked until the transaction ends; raises NotFound."""
    rows = Circle.objects.select_for_update(of=("self",)).select_related("collective")
    found = rows.filter(pk=circle_id).first()
    if found is None:
        raise NotFound("circle_unknown")
    return found
