"""The client's side of a conversation, behind a private link: read, answer, agree, withdraw, testify, erase.

No session and no message in one: what was just done is said by the page that follows.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.doors import show
from frontend.fields import Form
from frontend.private_links import by_private_link
from frontend.qr import qr_code
from frontend.stamps import new_stamp, read_stamp
from network import rates
from network.actions.contact import client_step
from network.actions.contact_ends import erase_conversation, renew_link
from network.actions.contact_mails import agree_to_mail, is_agreed, is_proof, mails_come
from network.actions.testimonies import leave_testimony, remove_testimony
from network.errors import DomainError, Invalid, NotFound, TooOften
from network.queries.contact import page_by_token
from network.rules.contact import TESTIMONY_MAX, TEXT_MAX, Step, is_mail

STEPS, STEPS_SECONDS = 60, 600  # acts in one conversation
DONE = {
    "ecrit": _("Votre message est envoyé."),
    "accepte": _("Vous avez accepté cette proposition."),
    "decline": _("Vous n’avez pas retenu cette proposition. La conversation continue."),
    "retire": _("Votre demande est retirée."),
    "termine": _("C’est noté : le service est rendu."),
    "temoigne": _("Votre témoignage est enregistré."),
    "repris": _("Votre témoignage est effacé."),
    "adresse": _("C’est noté : nous vous préviendrons à cette adresse."),
    "lien": _("Voici votre nouveau lien. L’ancien ne mène plus nulle part."),
}
ACTS = {  # what a button says → the step it takes, and what the next page says
    "write": (Step.WRITE, "ecrit"),
    "accept": (Step.ACCEPT, "accepte"),
    "decline": (Step.DECLINE, "decline"),
    "withdraw": (Step.WITHDRAW, "retire"),
    "finish": (Step.FINISH, "termine"),
}
SURE = {  # acts that ask first: title, what it means, the button
    "withdraw": (
        _("Retirer votre demande ?"),
        _("La conversation s’arrête là. Le membre verra que votre demande est retirée."),
        _("Retirer ma demande"),
    ),
    "erase": (
        _("Effacer cette conversation ?"),
        _(
            "Tout est effacé, pour vous et pour ce membre : messages, nom, moyen de vous joindre, témoignage. "
            "Ce lien ne mènera plus nulle part. Si la conversation a été signalée aux personnes qui modèrent, la "
            "copie jointe au signalement reste jusqu’à sa suppression automatique."
        ),
        _("Tout effacer"),
    ),
    "renew": (
        _("Remplacer votre lien privé ?"),
        _(
            "Utile si quelqu’un d’autre a pu le voir. L’ancien lien, et ceux de nos e-mails, "
            "ne mèneront plus nulle part."
        ),
        _("Créer un nouveau lien"),
    ),
}


class SayForm(Form):
    """What the client answers."""

    text = forms.CharField(
        label=_("Votre message"), required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 5})
    )


class TestimonyForm(Form):
    """What the client says once it is done."""

    text = forms.CharField(
        label=_("Votre témoignage"), max_length=TESTIMONY_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )
    public = forms.BooleanField(
        label=_("Le montrer sur la fiche de ce membre"),
        required=False,
        help_text=_("Comme « témoignage d’un client sans compte », sans votre nom. Sinon, ce membre seul le lit."),
    )


@by_private_link
def thread(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the conversation; take the step that a button asks for."""
    if request.method != "POST":
        return _show(request, token)
    if wait := rates.allow("private-thread", token, STEPS, STEPS_SECONDS):
        return _show(request, token, problem=TooOften("too_often", retry_after=wait))
    act = request.POST.get("act", "")
    if act in SURE and request.POST.get("confirmed") != "1":
        return _ask(request, token, act)
    try:
        return _do(request, token, act)
    except NotFound:
        raise
    except DomainError as error:
        return _show(request, token, problem=error, act=act)


def _do(request: HttpRequest, token: str, act: str) -> HttpResponseBase:
    others: dict[str, Callable[[HttpRequest, str], HttpResponseBase]] = {
        "erase": _erase, "renew": _renew, "testify": _testify, "untestify": _untestify, "agree": _agree,
    }  # fmt: skip
    if act in others:
        return others[act](request, token)
    if act not in ACTS:
        raise Invalid("act_unknown")
    step, said = ACTS[act]
    proposal = request.POST.get("proposal", "")
    client_step(
        token=token, step=step, key=_key(request), text=request.POST.get("text", ""),
        proposal_id=int(proposal) if proposal.isascii() and proposal.isdigit() and len(proposal) < 19 else None,
    )  # fmt: skip
    return _back(token, said)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Invalid("key_malformed") from None


def _back(token: str, said: str) -> HttpResponse:
    return redirect(f"{reverse('private_thread', args=[token])}?fait={said}")


def _erase(request: HttpRequest, token: str) -> HttpResponse:
    erase_conversation(token=token)
    return show(request, "contact/erased.html")


def _renew(request: HttpRequest, token: str) -> HttpResponse:
    stamp = read_stamp(request.POST.get("stamp", ""), "renew")
    if stamp is None:
        raise Invalid("contact_unstamped")
    return _back(renew_link(token=token, key=stamp.key), "lien")


def _agree(request: HttpRequest, token: str) -> HttpResponse:
    agree_to_mail(token=token, proof=request.POST.get("proof", ""))
    return _back(token, "adresse")


def _testify(request: HttpRequest, token: str) -> HttpResponse:
    form = TestimonyForm(request.POST)
    if not form.is_valid():
        return _show(request, token, testifying=form)
    leave_testimony(token=token, **form.cleaned_data)
    return _back(token, "temoigne")


def _untestify(request: HttpRequest, token: str) -> HttpResponse:
    remove_testimony(token=token)
    return _back(token, "repris")


def _ask(request: HttpRequest, token: str, act: str) -> HttpResponse:
    page_by_token(token)
    title, means, button = SURE[act]
    context = {
        "title": title, "means": means, "button": button, "act": act, "key": uuid4(), "stamp": new_stamp("renew"),
        "back": reverse("private_thread", args=[token]),
    }  # fmt: skip
    return show(request, "contact/sure.html", context)


def _show(
    request: HttpRequest, token: str, *, problem: DomainError | None = None, act: str = "", testifying: Any = None
) -> HttpResponse:
    page = page_by_token(token)
    form = SayForm(request.POST if problem and act == "write" else None, auto_id="say_%s")
    testimony = page.testimony
    initial = {"text": testimony.text, "public": testimony.public} if testimony else None
    testify = testifying or TestimonyForm(request.POST if act == "testify" else None, initial=initial)
    if problem is not None:
        (testify if act == "testify" else form).refuse(problem) if act in {"write", "testify"} else None
    link = settings.ORIGIN + reverse("private_thread", args=[token])
    said = request.GET.get("fait", "")
    context = {
        "page": page, "row": page.row, "form": form, "testify": testify, "link": link, "qr": qr_code(link),
        "key": uuid4(), "said": DONE.get(said, "") if request.method == "GET" else "",
        "problem": messages.of(problem) if problem and act not in {"write", "testify"} else "",
        "mailed": mails_come(page.row),
        "unmailed": is_mail(page.row.reach) and not settings.MAIL_ON,
        "months": settings.CONTACT_MONTHS,
        "proof": _asked_by_mail(request, page.row),
    }  # fmt: skip
    status = messages.status_of(problem) if problem else 400 if testifying is not None else 200
    return show(request, "contact/thread.html", context, status=status)


def _asked_by_mail(request: HttpRequest, row: Any) -> str:
    """The proof that this page was opened from the mail that asks, while the answer is still open; else ""."""
    proof = request.GET.get("adresse", "")
    return proof if proof and is_proof(row, proof) and not is_agreed(row.reach) else ""
