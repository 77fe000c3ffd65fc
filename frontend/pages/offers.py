"""Offers and needs: the page of one, one's own list, publishing, editing, renewing, withdrawing."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from frontend import messages, words
from frontend.concealed import concealed_page
from frontend.context import me
from frontend.doors import back, for_members, linked, show
from frontend.fields import AccessField, AmountField, Form, PlaceField, SkillField, TagsField, labels_of
from frontend.freshness import shown_freshness
from frontend.json_ld import json_ld
from frontend.pages.anchors import spare_looker, viewpoint_of
from frontend.reasons import explain
from network.actions.offers import edit_offer, publish_offer, renew_offer, withdraw_offer
from network.clock import day_of, now
from network.errors import DomainError, NotEntitled
from network.queries.freshness import freshness_of
from network.queries.offers import draft_of, offer_page, own_offers, place_of
from network.queries.quotes import may_ask
from network.queries.skills import skill_label
from network.queries.trust import trust_page
from network.rules.access import accesses_of
from network.rules.offers import OfferDraft, default_end, latest_end

SHOWN_AS_GONE = {"expired", "withdrawn"}


@require_GET
def offer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show an offer with its owner, its price, and why to trust them."""
    found = offer_page(pk, viewer=me(request), concealed_too=True)
    if found.concealed:
        return concealed_page(request, found.concealed, _("Annonce masquée"))
    spare_looker(request, "member")
    viewpoint = viewpoint_of(request)
    context = {
        "offer": found.offer,
        "member": found.owner,
        "can_edit": found.can_edit,
        "why": explain(viewpoint, found.owner, trust_page(viewpoint, found.owner, sensitive=found.sensitive)),
        "skill": skill_label(found.offer.skill) if found.offer.skill else "",
        **shown_freshness(freshness_of(found.offer, at=now(), attested=True)),
        "hidden": found.hidden,
        "expired": found.offer.state == "expired" or found.offer.ends_at <= now(),
        "jsonld": "" if _is_over(found.offer) or found.hidden else json_ld(found.owner, [found.offer]),
        "uri": found.offer.uri,
        "may_ask": may_ask(me(request), found.offer),
        "access": words.accesses(accesses_of(found.owner.access, found.offer.access)),
        "readers": dict(VISIBILITIES)[found.offer.visibility] if found.offer.visibility != "public" else "",
    }
    response = show(request, "offers/offer.html", context)
    return response if found.owner.unclaimed else linked(response, found.offer.uri)


VISIBILITIES = [
    ("public", _("Tout le monde, ici et sur les autres nœuds")),
    ("followers", _("Les membres de ce nœud, et les personnes et les nœuds qui nous suivent")),
    ("members", _("Les membres de mes coopératives seulement")),
]


class OfferForm(Form):
    """What a member writes, and for whom."""

    purpose = forms.ChoiceField(
        label=_("Que publiez-vous ?"),
        choices=[("offer", _("Une offre : je propose")), ("request", _("Une demande : je cherche"))],
        widget=forms.RadioSelect,
        initial="offer",
    )
    title = forms.CharField(label=_("Titre"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Markdown : **gras**, *italique*, listes, liens."),
    )
    skill = SkillField(
        label=_("Compétence"),
        required=False,
        help_text=_("Un nom de la page « Compétences », par exemple Nextcloud ou Formation."),
    )
    place = PlaceField(required=False)
    area = forms.ChoiceField(label=_("Où cela se fait"), choices=lambda: words.choices(words.AREAS), initial="circle")
    area_km = forms.IntegerField(
        label=_("Jusqu’à combien de kilomètres"),
        required=False,
        initial=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("Écrivez un nombre entier de kilomètres.")},
    )
    remote = forms.BooleanField(label=_("Possible à distance"), required=False)
    opening = forms.ChoiceField(label=_("Disponibilité"), choices=lambda: words.choices(words.OPENINGS), initial="open")
    availability = forms.CharField(
        label=_("Disponibilité, en mots"),
        required=False,
        max_length=200,
        help_text=_("Jours, délai, heures par mois."),
    )
    price = forms.ChoiceField(label=_("Prix"), choices=lambda: words.choices(words.PRICES), initial="hourly")
    amount_cents = AmountField(
        label=_("Montant"), required=False, help_text=_("Pour un prix à l’heure ou un forfait seulement.")
    )
    currency = forms.ChoiceField(label=_("Monnaie"), choices=[("EUR", "€"), ("CHF", "CHF"), ("GBP", "£")])
    tax_included = forms.BooleanField(label=_("Taxes comprises"), required=False, initial=True)
    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Six mois si rien n’est dit, deux ans au plus."),
        error_messages={"invalid": _("Écrivez une date : 2026-12-31.")},
    )

    visibility = forms.ChoiceField(
        label=_("Qui peut la lire"),
        choices=VISIBILITIES,
        required=False,
        initial="public",
    )

    def draft(self) -> OfferDraft:
        """Return the draft that the form describes."""
        given = dict(self.cleaned_data)
        given["area_km"] = given["area_km"] if given["area_km"] is not None else 30
        given["visibility"] = given["visibility"] or self.initial.get("visibility", "public")  # unsaid, it stays
        return OfferDraft(**given)


def _form(request: HttpRequest, initial: dict[str, Any]) -> OfferForm:
    form = OfferForm(request.POST or None, initial=initial)
    form.fields["ends_on"].widget.attrs.update(max=latest_end(day_of(now())).isoformat())
    return form


@for_members
def my_offers(request: HttpRequest) -> HttpResponse:
    """List what I publish: live first, then what has expired."""
    own = own_offers(me(request))
    context = {"live": [o for o in own if not _is_over(o)], "expired": [o for o in own if _is_over(o)]}
    return show(request, "offers/mine.html", context)


def _is_over(row: Any) -> bool:
    return row.state in SHOWN_AS_GONE or row.ends_at <= now()


@for_members
def offer_new(request: HttpRequest) -> HttpResponseBase:
    member = me(request)
    form = _form(request, {"place": place_of(member), "ends_on": default_end(day_of(now()))})
    if request.method == "POST" and form.is_valid():
        try:
            made = publish_offer(actor=member, draft=form.draft())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(request, _published(made))
            return redirect("offer", made.pk)
    return show(request, "offers/edit.html", {"form": form})


def _refuse(form: Form, error: DomainError) -> None:
    """Put a refusal on its field; one that no field can mend is the page's."""
    if isinstance(error, NotEntitled):
        raise error
    form.refuse(error)


def _published(made: Any) -> str:
    if made.place_name:
        return _("C’est publié. Lieu : %(place)s.") % {"place": words.place(made)}
    return _("C’est publié.")


@for_members
def offer_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _own(request, pk)
    draft = draft_of(found)
    initial = {name: getattr(draft, name) for name in OfferForm.base_fields}
    form = _form(request, initial | {"skill": labels_of([draft.skill]) if draft.skill else ""})
    if request.method == "POST" and form.is_valid():
        try:
            said = replace(form.draft(), tags=draft.tags, access=draft.access)  # they have a page of their own
            edit_offer(actor=me(request), offer_id=pk, draft=said)
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(request, _("Votre annonce est modifiée, ici et sur les nœuds qui nous suivent."))
            return redirect("offer", pk)
    return show(request, "offers/edit.html", {"form": form, "offer": found})


class DetailsForm(Form):
    """What else helps to find an offer, and to come to it."""

    access = AccessField()
    tags = TagsField(
        label=_("Autres mots"), required=False, help_text=_("Séparés par des virgules ; ils servent à vous trouver.")
    )


@for_members
def offer_details(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say how people can come to one's own offer, and free words for it; the rest of it stays."""
    found = _own(request, pk)
    draft = draft_of(found)
    form = DetailsForm(request.POST or None, initial={"access": draft.access, "tags": draft.tags})
    if request.method == "POST" and form.is_valid():
        try:
            edit_offer(actor=me(request), offer_id=pk, draft=replace(draft, **form.cleaned_data))
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(request, _("Votre annonce est modifiée, ici et sur les nœuds qui nous suivent."))
            return redirect("offer", pk)
    return show(request, "offers/details.html", {"form": form, "offer": found})


def _own(request: HttpRequest, pk: int) -> Any:
    """Fetch an offer of the reader's own; others' are refused, unknown ones not found."""
    page = offer_page(pk, viewer=me(request))
    if not page.can_edit:
        raise NotEntitled("not_the_owner")
    return page.offer


@for_members
def offer_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw in two steps: a page that says what it means, then the act."""
    found = _own(request, pk)
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        withdraw_offer(actor=me(request), offer_id=pk)
        messages.tell(request, _("Votre annonce est retirée."))
        return redirect("my_offers")
    return show(request, "offers/withdraw.html", {"offer": found})


@require_POST
@for_members
def offer_renew(request: HttpRequest, pk: int) -> HttpResponse:
    renew_offer(actor=me(request), offer_id=pk)
    messages.tell(request, _("Votre annonce est renouvelée pour six mois."))
    return back(request, "my_offers")
