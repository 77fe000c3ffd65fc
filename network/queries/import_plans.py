"""What an import would do, line by line, without doing it: the preview shows this, and the import does exactly this."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from html import unescape
from typing import Any

from network.models import ImportRun, ImportScope, Member, Offer, OfferState
from network.queries.entry_plans import Lookups, plan_entries
from network.queries.event_plans import plan_events
from network.queries.import_steps import CREATE, REFUSE, SAME, SKIP, UPDATE, Step
from network.queries.offers import draft_of, place_of
from network.queries.readings import CALENDAR, from_content, read_files, read_text
from network.rules.entries import UNSAID, EntryOffer, Line, Problem, Reading, offer_key
from network.rules.markdown import plain_text, to_html
from network.rules.offers import OfferDraft, check_draft, is_priced

__all__ = ["Plan", "own_draft", "plan_of", "reading_of"]


@dataclass(frozen=True)
class Plan:
    """Every step in the order of the file; `problem`: why nothing of it can be read."""

    steps: list[Step] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    problem: Problem | None = None

    def count(self, *does: str) -> int:
        return sum(step.does in does for step in self.steps)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(step.does for step in self.steps))


def reading_of(run: ImportRun) -> Reading:
    """Return what was read: of one file, or of the files of a directory."""
    if run.progress:
        return read_files(run.format, from_content(run.content))
    return read_text(run.format, run.content)


def plan_of(run: ImportRun, *, today: date) -> Plan:
    """Return what `run` would do today."""
    if run.format == CALENDAR:
        return Plan(*plan_events(run.actor, run.content, today=today)) if run.actor is not None else Plan()
    reading = reading_of(run)
    if reading.problem is not None:
        return Plan(problem=reading.problem)
    if run.scope == ImportScope.OWN and run.actor is not None:
        return Plan(_own(run.actor, reading.lines, today), reading.unknown)
    return Plan(plan_entries(reading.lines, run.source), reading.unknown)


# --- one's own offers ---------------------------------------------------------------------------------------


def _own(actor: Member, lines: Iterable[Line], today: date) -> list[Step]:
    looked = Lookups()
    live = Offer.objects.filter(owner=actor).exclude(state=OfferState.WITHDRAWN).select_related("skill", "owner")
    known: dict[str, Offer] = {}
    for offer in live.order_by("pk"):
        known.setdefault(offer_key(EntryOffer(offer.title, purpose=offer.purpose)), offer)
        known[offer.uri] = offer
    seen: set[str] = set()
    steps = []
    for line in lines:
        steps += _own_line(line, known, seen, looked, actor, today)
    return steps


def _own_line(
    line: Line, known: dict[str, Offer], seen: set[str], looked: Lookups, actor: Member, today: date
) -> list[Step]:
    base = Step(line.number, line.label, REFUSE, problems=line.problems, where=line.where)
    if line.problems or line.card is None:
        return [base]
    if not line.card.offers:
        return [replace(base, problems=(Problem("titre", "title_missing"),))]
    steps = []
    for offer in line.card.offers:
        key = offer_key(replace(offer, uri=""))
        target = known.get(offer.uri) or known.get(key)
        if key in seen:
            steps.append(replace(base, label=offer.title, does=SKIP, code="line_twice"))
            continue
        seen.add(key)
        steps.append(_own_step(replace(base, label=offer.title), offer, line.said, target, looked, actor, today))
    return steps


def _own_step(
    step: Step,
    offer: EntryOffer,
    said: frozenset[str],
    target: Offer | None,
    looked: Lookups,
    actor: Member,
    today: date,
) -> Step:
    problems: list[Problem] = []
    before = draft_of(target) if target else None
    draft = own_draft(offer, said, before, looked, problems, place_of(actor))
    problems += [
        Problem(name, code) for name, code in check_draft(draft, today=today) if (name, code) not in _told(problems)
    ]
    if problems:
        return replace(step, problems=tuple(problems))
    changed = tuple(
        name for name in vars(draft) if before is not None and getattr(draft, name) != getattr(before, name)
    )
    if before is not None and not changed:
        return replace(step, does=SAME, offer_id=target.pk if target else None)
    does = UPDATE if target else CREATE
    return replace(step, does=does, offer_id=target.pk if target else None, draft=draft, changed=changed)


def _told(problems: list[Problem]) -> set[tuple[str, str]]:
    """What the check of a draft would say again of a field whose problem is told already."""
    told = {("place", "place_needed")} if any(problem.field == "place" for problem in problems) else set()
    return told | {("price", "price_unknown")} if any(problem.field == "price" for problem in problems) else told


def own_draft(
    offer: EntryOffer,
    said: frozenset[str],
    before: OfferDraft | None,
    looked: Lookups,
    problems: list[Problem],
    place: Any,
) -> OfferDraft:
    """Return the draft that a line asks for: what the file does not speak of stays as it is; `place`: of a new one."""
    draft = before or OfferDraft(title=offer.title, price=offer.price, place=place)
    says = {name.removeprefix("offer.") for name in said if name.startswith("offer.")}
    changes: dict[str, Any] = {}
    for name in ("title", "purpose", "remote", "opening", "availability", "ends_on", "tags"):
        if name in says:
            changes[name] = getattr(offer, name)
    if "access" in says and set(offer.access) != set(draft.access):
        changes["access"] = offer.access
    if "text" in says and _words(draft.description) != " ".join(offer.text.split()):
        changes["description"] = offer.text
    if "area" in says:
        changes |= {"area": offer.area, "area_km": offer.area_km if offer.area == "circle" else draft.area_km}
    if "skill" in says:
        changes["skill"] = _skill(offer, looked, problems)
    if "place" in says:
        changes["place"] = _place(offer, looked, problems, draft.place)
    if "price" in says or before is None:
        changes |= _price(offer, says, problems)
    return replace(draft, **changes)


def _words(markdown: str) -> str:
    return " ".join(unescape(plain_text(to_html(markdown))).split())


def _skill(offer: EntryOffer, looked: Lookups, problems: list[Problem]) -> str:
    found = looked.skill(offer.skill)
    if offer.skill and not found:
        problems.append(Problem("skill", "skill_not_known", offer.skill[:60]))
    return found


def _place(offer: EntryOffer, looked: Lookups, problems: list[Problem], held: Any) -> Any:
    answer = looked.place(offer.spot)
    if answer.place is None:
        problems.append(Problem("place", f"place_{answer.reason}", offer.spot.name[:60] or offer.spot.postcode))
        return held
    same = held is not None and (held.name, held.dept) == (answer.place.name, answer.place.dept)
    return held if same else answer.place


def _price(offer: EntryOffer, says: set[str], problems: list[Problem]) -> dict[str, Any]:
    if offer.price == UNSAID:
        problems.append(Problem("price", "price_unknown"))
        return {}
    changes: dict[str, Any] = {
        "price": offer.price,
        "amount_cents": offer.amount_cents if is_priced(offer.price) else None,
    }
    if "amount" in says and is_priced(offer.price):
        changes |= {"currency": offer.currency, "tax_included": offer.tax_included}
    return changes
