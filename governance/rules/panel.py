"""Who looks at an appeal: drawn as lots are (`rules.lot`), so that whoever may read the draw can draw again."""

from collections.abc import Mapping

from governance.errors import IllegalStep, Invalid
from governance.rules.candidacy import PanelDraw
from governance.rules.candidacy_guards import people, text
from governance.rules.lot import SIZE, permutation, seed
from governance.rules.objections import drawn
from governance.rules.session import Step

__all__ = ["draw_panel"]


def draw_panel(step: Step, eligible: frozenset[int], size: int) -> tuple[tuple[int, ...], PanelDraw | None]:
    """Return the people drawn, in order, and what redoes the draw.

    The payload holds `pool` (name in the draw → person), `identifier`, `secret` (32 bytes, hex) and `beacon`. Journals
    from before hold a list of people and a `seed`: those are drawn as they were, and nothing redoes them but the rule.
    Raises IllegalStep `panel_impossible`, Invalid.
    """
    given = step.payload.get("pool")
    if not isinstance(given, Mapping):
        pool = people(step.payload, "pool") & eligible
        if not pool:
            raise IllegalStep("panel_impossible")
        return drawn(text(step, "seed"), pool, size), None
    named = {str(name): int(person) for name, person in given.items() if person in eligible}
    if not named:
        raise IllegalStep("panel_impossible")
    secret, beacon = _secret(step), str(step.payload.get("beacon", ""))
    sown = seed(text(step, "identifier"), [secret], beacon)
    order = tuple(permutation(sown, list(named)))
    draw = PanelDraw(text(step, "identifier"), secret.hex(), beacon, sown.hex(), named, order)
    return tuple(named[name] for name in order[:size]), draw


def _secret(step: Step) -> bytes:
    try:
        found = bytes.fromhex(text(step, "secret"))
    except ValueError:
        raise Invalid("secret_malformed", field="secret") from None
    if len(found) != SIZE:
        raise Invalid("secret_malformed", field="secret")
    return found
