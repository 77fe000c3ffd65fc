"""The member's side of what clients without an account write: the list, one thread, a price, blocking, reporting."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import AmountField, Form, QuantityField
from network.actions.contact import provider_step
from network.actions.contact_ends import block_sender, mark_read, report_contact
from network.actions.contact_mails import mail_of, set_mail
from network.errors import DomainError, Invalid, NotEntitled, NotFound
from network.queries.contact import conversations_of, own_conversation, page_of_member
from network.rules.contact import REACH_MAX, REASON_MAX, TEXT_MAX, Proposal, Step, is_mail

ACTS = {  # what a button says → the step it takes, and what is said of it
    "write": (Step.WRITE, _("Votre réponse est envoyée.")),
    "refuse": (Step.REFUSE, _("Vous avez refusé. Le client lira pourquoi.")),
    "finish": (Step.FINISH, _("C’est noté : le service est rendu. Le client peut témoigner.")),
    "close": (Step.CLOSE, _("La conversation est close.")),
}
SURE = {
    "close": (
        _("Clore cette conversation ?"),
        _("Plus personne ne pourra y écrire. Le client pourra toujours la lire, et vous écrire à nouveau."),
        _("Clore"),
    ),
    "block": (
        _("Bloquer cet expéditeur ?"),
        _(
            "La conversation est close, et vous ne recevrez plus de premier message depuis la même connexion, le même "
            "e-mail ou le même téléphone. Plusieurs personnes partagent parfois une connexion : elles seront "
            "bloquées aussi, et le sauront."
        ),
        _("Bloquer"),
    ),
}
WAYS = [
    ("each", _("Tant d’heures, à tant de l’heure")),
    ("whole", _("Un montant pour le tout")),
    ("words", _("En mots : troc, prix libre, don…")),
]


class AnswerForm(Form):
    """What the member answers."""

    text = forms.CharField(
        label=_("Votre réponse"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Pour refuser, dites pourquoi, ou qui pourrait mieux convenir."),
    )


class PriceForm(Form):
    """A price that the client may accept; the last one counts."""

    way = forms.ChoiceField(label=_("Comment"), choices=WAYS, widget=forms.RadioSelect, initial="each")
    quantity = QuantityField(label=_("Combien d’heures"), required=False)
    unit_cents = AmountField(label=_("Prix de l’heure"), required=False)
    amount_cents = AmountField(label=_("Montant pour le tout"), required=False)
    text = forms.CharField(
        label=_("Ce que cela comprend"), required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )

    def proposal(self, currency: str) -> Proposal:
        """Return the price that the form describes."""
        given = self.cleaned_data
        return Proposal(given["way"], given["quantity"], given["unit_cents"], given["amount_cents"], currency)


class ReportForm(Form):
    """Why this should be looked at."""

    reason = forms.CharField(
        label=_("Ce qui ne va pas"), max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )


class MailForm(Form):
    """Where to be told."""

    email = forms.CharField(
        label=_("E-mail où vous prévenir"),
        required=False,
        max_length=REACH_MAX,
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "email"}),
        help_text=_("Vide : aucun e-mail. Il ne contient jamais le message, seulement qu’il y en a un."),
    )

    def clean_email(self) -> str:
        """Refuse what no mail can be sent to."""
        email = str(self.cleaned_data["email"])
        if email and not is_mail(email):
            raise forms.ValidationError(messages.sentence("mail_invalid"))
        return email


@for_members
def conversations(request: HttpRequest) -> HttpResponseBase:
    """List what clients wrote to me, unread first; choose where to be told."""
    form = MailForm(request.POST if request.method == "POST" else None, initial={"email": mail_of(me(request))})
    if request.method == "POST" and form.is_valid():
        set_mail(actor=me(request), email=form.cleaned_data["email"])
        messages.tell(request, _("C’est noté."))
        return redirect("conversations")
    context = {"rows": conversations_of(me(request)), "form": form, "mail_on": settings.MAIL_ON}
    return show(request, "contact/list.html", context)


@for_members
def conversation(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one conversation to the member it was written to, who answers here."""
    if request.method != "POST":
        response = _show(request, pk)
        mark_read(actor=me(request), conversation_id=pk)
        return response
    act = request.POST.get("act", "")
    if act in SURE and request.POST.get("confirmed") != "1":
        return _ask(request, pk, act)
    answer, price = AnswerForm(request.POST), PriceForm(request.POST, auto_id="price_%s")
    form = price if act == "quote" else answer
    if not form.is_valid():
        return _show(request, pk, form=form, act=act)
    try:
        messages.tell(request, _do(request, pk, act, form))
    except (NotFound, NotEntitled):
        raise
    except DomainError as error:
        form.refuse(error)
        return _show(request, pk, form=form, act=act, status=messages.status_of(error))
    return redirect("conversation", pk)


def _do(request: HttpRequest, pk: int, act: str, form: Any) -> Any:
    given = {"actor": me(request), "conversation_id": pk}
    if act == "block":
        block_sender(**given)
        return _("Cet expéditeur est bloqué.")
    if act == "quote":
        currency = own_conversation(pk, member=me(request)).currency
        provider_step(
            **given, step=Step.QUOTE, key=_key(request), text=form.cleaned_data["text"],
            proposal=form.proposal(currency),
        )  # fmt: skip
        return _("Votre proposition est envoyée.")
    if act not in ACTS:
        raise Invalid("act_unknown")
    step, said = ACTS[act]
    provider_step(**given, step=step, key=_key(request), text=form.cleaned_data["text"])
    return said


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Invalid("key_malformed") from None


def _ask(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    own_conversation(pk, member=me(request))
    title, means, button = SURE[act]
    context = {"title": title, "means": means, "button": button, "act": act, "key": uuid4()}
    return show(request, "contact/sure.html", context | {"back": reverse("conversation", args=[pk])})


def _show(request: HttpRequest, pk: int, *, form: Any = None, act: str = "", status: int = 200) -> HttpResponse:
    page = page_of_member(pk, member=me(request))
    row = page.row
    if form is not None and status == 200:
        status = 400
    quoted = act == "quote"
    context = {
        "page": page, "row": row, "key": uuid4(), "form": form, "quoting": quoted,
        "answer": form if form is not None and not quoted else AnswerForm(),
        "price": form if quoted else PriceForm(initial=_usual(row), auto_id="price_%s"),
    }  # fmt: skip
    return show(request, "contact/conversation.html", context, status=status)


def _usual(row: Any) -> dict[str, Any]:
    """Return the price that follows from what was asked of the offer, to begin with."""
    offer = row.offer
    if offer is None or offer.price not in {"hourly", "fixed"}:
        return {"way": "each" if offer is None else "words"}
    if offer.price == "fixed":
        return {"way": "whole", "amount_cents": offer.amount_cents}
    return {"way": "each", "quantity": row.quantity, "unit_cents": offer.amount_cents}


@for_members
def conversation_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a conversation to the moderators, with a reason."""
    row = own_conversation(pk, member=me(request))
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            report_contact(actor=me(request), conversation_id=pk, **form.cleaned_data)
        except Invalid as error:
            form.refuse(error)
        else:
            messages.tell(request, _("C’est signalé aux personnes qui modèrent."))
            return redirect("conversation", pk)
    return show(request, "contact/report.html", {"form": form, "row": row})
