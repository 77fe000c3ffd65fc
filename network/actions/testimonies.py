"""What a client says once a service is done. With an account: an attestation of service, private until published,
then signed and told like any other. Without one: words on the private link, never signed."""

from django.db import transaction

from network import clock
from network.actions.trust import revoke, vouch
from network.actions.webs import web_changed
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Conversation, Member, Quote, QuoteState, Testimony, Vouch
from network.queries.contact import by_token
from network.queries.quotes import quote_page
from network.queries.testimonies import LASTS, client_of, own_attestation, provider_of
from network.rules.contact import TESTIMONY_MAX, Stage, check_said
from network.rules.kinds import PRESTATION

__all__ = ["attest_service", "leave_testimony", "publish_service", "remove_testimony"]


# --- members ----------------------------------------------------------------------------------------------


@transaction.atomic
def attest_service(*, actor: Member, quote_id: int, level: int, statement: str = "") -> Vouch:
    """Attest the service that an agreement led to, for one's own eyes: unsigned, told to nobody, renewed if given
    before. One that was published is renewed as published.

    NotFound("quote_unknown"), NotEntitled("not_the_client", "not_a_member"), WrongState("service_not_done").
    """
    quote = _done(actor, quote_id)
    known = own_attestation(actor, quote)
    public = known is not None and known.public
    return _attest(actor, quote, level, statement, public=public)


@transaction.atomic
def publish_service(*, actor: Member, quote_id: int) -> Vouch:
    """Make one's attestation of service public: it is signed now, and every node may quote it."""
    quote = _done(actor, quote_id)
    known = own_attestation(actor, quote)
    if known is None:
        raise NotFound("vouch_unknown")
    if known.public:
        return known
    made = _attest(actor, quote, known.level, known.statement, public=True)
    revoke([known], at=clock.now())  # the private one never travelled: it is simply forgotten
    web_changed()
    return made


def _done(actor: Member, quote_id: int) -> Quote:
    quote = quote_page(quote_id, viewer=actor).quote
    if client_of(quote).pk != actor.pk:
        raise NotEntitled("not_the_client")
    if quote.state != QuoteState.DONE:
        raise WrongState("service_not_done")
    return quote


def _attest(actor: Member, quote: Quote, level: int, statement: str, *, public: bool) -> Vouch:
    subject = provider_of(quote).pk
    return vouch(actor=actor, subject_id=subject, level=level, statement=statement, kind=PRESTATION, public=public)


# --- clients without an account ---------------------------------------------------------------------------


@transaction.atomic
def leave_testimony(*, token: str, text: str, public: bool = False) -> Testimony:
    """Write, or write anew, what one says of a service that is done; on the member's page only if `public`. Locks the
    conversation, so that nothing is said in one that is just being erased.

    NotFound("contact_unknown"), WrongState("service_not_done"); Invalid lists `problems`.
    """
    row = Conversation.objects.select_for_update(of=("self",)).select_related("provider").get(pk=by_token(token).pk)
    if row.erased_at is not None:
        raise NotFound("contact_unknown")
    known = Testimony.objects.filter(conversation=row).exists()
    if (row.state != Stage.DONE and not known) or row.provider.gone_at is not None:
        raise WrongState("service_not_done")
    if problems := check_said(text, "text", most=TESTIMONY_MAX):
        raise Invalid("testimony_length", field="text", problems=[(field, _code(code)) for field, code in problems])
    instant = clock.now()
    fields = {"text": text.strip(), "public": public, "written_at": instant, "ends_at": instant + LASTS}
    return Testimony.objects.update_or_create(conversation=row, defaults={"subject": row.provider, **fields})[0]


def _code(code: str) -> str:
    return "testimony_length" if code == "text_too_long" else code


@transaction.atomic
def remove_testimony(*, token: str) -> None:
    """Take one's words back, whether they were on the page or not."""
    Testimony.objects.filter(conversation=by_token(token)).delete()
