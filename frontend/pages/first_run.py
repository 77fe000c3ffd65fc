"""The page that names a new node and makes its collective and first member. It works once."""

from django import forms
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages, words
from frontend.doors import private, show
from frontend.fields import Form, PlaceField
from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from network.actions.members import set_up_node
from network.errors import DomainError
from network.queries.collectives import home_collective
from network.queries.members import is_set_up, member_for


class NewMember(Form):
    """What a new member says to get a login: shared with the page behind an invitation."""

    display_name = forms.CharField(
        label=_("Votre nom, ou celui de votre structure"), max_length=120, help_text=_("Public.")
    )
    kind = forms.ChoiceField(label=_("Vous êtes"), choices=lambda: words.choices(words.KINDS))
    username = forms.CharField(
        label=_("Nom de connexion"),
        max_length=60,
        help_text=_("Lettres sans accent, chiffres ou _. Public : il fait partie de votre adresse, pour toujours."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=200,
        strip=False,
        help_text=_("Au moins 10 caractères."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    password_again = forms.CharField(
        label=_("Mot de passe, encore une fois"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("password") and data.get("password_again") and data["password"] != data["password_again"]:
            self.add_error("password_again", messages.sentence("password_mismatch"))
        return data


class FirstRunForm(NewMember):
    node_name = forms.CharField(
        label=_("Nom de ce nœud"), max_length=120, help_text=_("Il s’affiche en haut de chaque page.")
    )
    collective_name = forms.CharField(label=_("Nom de votre collectif"), max_length=120)
    charter = forms.ChoiceField(
        label=_("Charte de départ"),
        choices=[("six_values", _("Six valeurs, avec les règles proposées")), ("empty", _("Les règles seules"))],
        help_text=_("Vous pourrez la changer ensemble, par une décision."),
    )
    circle_name = forms.CharField(
        label=_("Nom du premier cercle"), max_length=120, initial=_("Cercle général"),
        help_text=_("Un cercle se réunit en assemblée et décide."),
    )  # fmt: skip
    place = PlaceField(required=False, help_text=_("Votre commune, jamais votre adresse. Public."))
    field_order = [
        "node_name", "collective_name", "charter", "circle_name", "display_name", "kind", "place", "username",
        "password", "password_again",
    ]  # fmt: skip


def first_run(request: HttpRequest) -> HttpResponse:
    """Show the form, or do what it says: everything in one transaction, then log the first member in."""
    if is_set_up():
        return redirect("home")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = _set_up(form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            login(request, account, backend="django.contrib.auth.backends.ModelBackend")
            messages.tell(request, _("Ce nœud est prêt. Complétez votre fiche, puis invitez les autres membres."))
            return redirect("account")
    return private(show(request, "home/first_run.html", {"form": form}))


@transaction.atomic
def _set_up(given: dict):
    account = set_up_node(
        node_name=given["node_name"],
        collective_name=given["collective_name"],
        username=given["username"],
        password=given["password"],
        display_name=given["display_name"],
        kind=given["kind"],
        place=given["place"],
    )
    member, collective = member_for(account), home_collective()
    if member is None or collective is None:
        raise RuntimeError("the node was set up without its first member or collective")
    adopt_template(collective=collective, template=given["charter"])
    open_circle(actor=member, collective=collective, name=given["circle_name"], purpose="", members=[member])
    return account
