"""From a refusal's code to a sentence: the only place where pages learn what to say when something cannot be done."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from frontend.candidacy_words import STAGES as CANDIDACY
from frontend.election_stages import ELECTION, LOT
from frontend.sentences.charter import CHARTER
from frontend.sentences.choosing import CHOOSING
from frontend.sentences.cooptation import COOPTATION
from frontend.sentences.federation import FEDERATION
from frontend.sentences.formats import FORMATS
from frontend.sentences.governance import GOVERNANCE
from frontend.sentences.inbox import INBOX
from frontend.sentences.network import NETWORK
from frontend.sentences.polls import POLLS
from frontend.sentences.proxies import PROXIES
from frontend.sentences.signin import SIGNIN
from frontend.stages import DECISION, MEETING
from frontend.templatetags.ui import day, moment, number
from governance.rules.figures import figure_at
from network.errors import Busy, DomainError, Invalid, NotEntitled, NotFound, TooOften, WrongState

FAMILIES = (
    NETWORK, GOVERNANCE, CHARTER, CHOOSING, POLLS, PROXIES, COOPTATION, INBOX, FEDERATION, FORMATS, SIGNIN,
)  # fmt: skip
SENTENCES: Mapping[str, Promise] = {code: said for family in FAMILIES for code, said in family.items()}
STAGES: Mapping[str, Promise | str] = {
    **CANDIDACY,
    **{stage.value: words.label for told in (LOT, ELECTION, MEETING, DECISION) for stage, words in told.items()},
}
UNKNOWN_CODE = _("Cela n’est pas possible (%(code)s).")
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (Invalid, 400),
    (NotEntitled, 403),
    (NotFound, 404),
    (WrongState, 409),
    (TooOften, 429),
    (Busy, 503),
)


class _Facts(dict[str, Any]):
    """Facts for a sentence; one that is missing is left out rather than breaking the page."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return the sentence for a code, in the reader's language, facts filled in (instants and numbers as people write
    them, stages and figures of the charter by their names). A code without a sentence still gives one, with the code in
    it."""
    said = _Facts({name: _named(name, _said(value)) for name, value in (facts or {}).items()})
    said["code"] = code
    return str(SENTENCES.get(code, UNKNOWN_CODE)) % said


def _said(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return moment(value) if isinstance(value, datetime) else day(value)
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _named(name: str, value: Any) -> Any:
    """The words for a machine's word: people do not read `objection_call`."""
    if name == "stage":
        return STAGES.get(str(value), value)
    figure = figure_at(str(value)) if name in {"term", "place"} else None
    return gettext(figure.says).removesuffix(".") if figure else value


def of(error: DomainError) -> str:
    """Return the sentence of a refusal."""
    return sentence(error.code, error.facts)


def status_of(error: DomainError) -> int:
    """Return the HTTP status with which a page answers a refusal."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def problems_of(error: DomainError) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for each thing wrong in a form; field "" when no field is at fault."""
    field = str(error.facts.get("field", ""))
    for where, code in error.facts.get("problems") or [(field, error.code)]:  # type: ignore[attr-defined]
        yield where, sentence(code, error.facts)


def tell(request: HttpRequest, text: str | Promise) -> None:
    """Show a sentence of success on the next page."""
    messages.success(request, str(text))


def refuse(request: HttpRequest, error: DomainError) -> None:
    """Show the sentence of a refusal on the next page."""
    messages.error(request, of(error))
