"""My own profile, as others see it."""

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import AccessField, Form, LanguagesField, PlaceField, SkillsField, labels_of
from network.actions.members import update_profile
from network.errors import DomainError
from network.queries.offers import place_of


class ProfileForm(Form):
    """Every field is public, and says so once at the top of the page."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    kind = forms.ChoiceField(label=_("Vous êtes"), choices=lambda: words.choices(words.KINDS))
    place = PlaceField(required=False, help_text=_("La commune, jamais l’adresse."))
    skills = SkillsField(
        label=_("Compétences"),
        required=False,
        help_text=_("Une par ligne, avec les noms de la page « Compétences »."),
    )
    languages = LanguagesField(
        label=_("Langues"), required=False, help_text=_("Séparées par des virgules : français, anglais.")
    )
    access = AccessField()
    opening = forms.ChoiceField(label=_("Nouvelles demandes"), choices=lambda: words.choices(words.OPENINGS))
    website = forms.CharField(
        label=_("Site"), required=False, max_length=200, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    summary = forms.CharField(
        label=_("Présentation"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Markdown : **gras**, *italique*, listes, liens."),
    )


@for_members
def my_profile(request: HttpRequest) -> HttpResponseBase:
    member = me(request)
    form = ProfileForm(request.POST or None, initial=_initial(member))
    if request.method == "POST" and form.is_valid():
        try:
            saved = update_profile(actor=member, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _saved(saved))
            return redirect("member", saved.pk)
    return show(request, "members/profile.html", {"form": form, "member": member})


def _initial(member) -> dict[str, object]:
    slugs = [skill.slug for skill in member.skills.all()]
    return {
        "name": member.name,
        "kind": member.kind,
        "place": place_of(member),
        "skills": labels_of(slugs) if slugs else "",
        "languages": ", ".join(words.language_name(tag) for tag in member.languages),
        "access": member.access,
        "opening": member.opening,
        "website": member.website,
        "summary": member.summary,
    }


def _saved(member) -> str:
    if member.place_name:
        return _("Votre fiche est enregistrée. Lieu : %(place)s.") % {"place": words.place(member)}
    return _("Votre fiche est enregistrée.")
