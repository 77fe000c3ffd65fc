"""The tree of skills: its page, the page of one, adding one, making one part of another and back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show, spare_visitor
from frontend.fields import Form, SkillField, labels_of
from network.actions.skills import add_skill, merge_skills, split_skill
from network.errors import DomainError, NotEntitled
from network.queries.skill_pages import skill_page
from network.queries.skills import flat_skills, skill_label, skill_tree


@require_GET
def skills(request: HttpRequest) -> HttpResponse:
    """Show the tree: each skill leads to whoever offers it."""
    spare_visitor(request, "skills")
    return show(request, "directory/skills.html", {"tree": skill_tree()})


@require_GET
def skill(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show one skill; the address of one that became part of another leads there."""
    page = skill_page(slug, viewer=me(request))
    if page.moved_to is not None:
        return redirect("skill", page.moved_to.slug)
    context = {
        "page": page,
        "label": skill_label(page.skill),
        "above": [{"slug": each.slug, "label": skill_label(each)} for each in page.above],
        "below": [{"slug": each.slug, "label": skill_label(each)} for each in page.below],
        "words": ", ".join(page.same + page.loose),
    }
    return show(request, "skills/skill.html", context)


class LinesField(forms.CharField):
    """Several words or phrases, one a line, cleaned to a tuple without repeats."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        lines = (" ".join(line.split()) for line in str(super().clean(value)).splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))


class SkillForm(Form):
    """A new skill."""

    label_fr = forms.CharField(label=_("Nom"), max_length=120)
    label_en = forms.CharField(label=_("Nom en anglais"), required=False, max_length=120)
    broader = forms.ChoiceField(label=_("Fait partie de"), required=False)
    same = LinesField(
        label=_("Autres noms"), required=False, max_length=2000, help_text=_("Un par ligne : ce qui dit la même chose.")
    )
    synonyms = LinesField(
        label=_("Mots qui y mènent"), required=False, max_length=2000, help_text=_("Un par ligne : logiciels, gestes…")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tree = [(node.slug, "\u2003" * node.depth + node.label) for node in flat_skills()]
        self.fields["broader"].choices = [("", _("rien : c’est un thème à part")), *tree]  # type: ignore[attr-defined]


@for_members
def skill_new(request: HttpRequest) -> HttpResponseBase:
    form = SkillForm(request.POST or None, initial={"broader": request.GET.get("sous", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = add_skill(actor=me(request), **form.cleaned_data)
        except NotEntitled:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("La compétence est ajoutée."))
            return redirect("skill", made.slug)
    return show(request, "skills/new.html", {"form": form})


class MergeForm(Form):
    """What a skill becomes part of."""

    into = SkillField(label=_("Réunir avec"), help_text=_("Le nom de la compétence qui reste."))


@for_members
def skill_merge(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Make one part of another in two steps: choose, then see what it means and confirm."""
    page = skill_page(slug, viewer=me(request))
    if not page.can_merge:
        raise NotEntitled("not_operator")
    form = MergeForm(request.POST or None)
    chosen = ""
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["into"]
        if request.POST.get("confirmed") == "1":
            try:
                merge_skills(actor=me(request), slug=slug, into=chosen)
            except DomainError as error:
                form.refuse(error)
                chosen = ""
            else:
                messages.tell(request, _("Les deux compétences sont réunies. Cela peut être défait ici."))
                return redirect("skill", chosen)
    context = {"form": form, "page": page, "label": skill_label(page.skill), "chosen": chosen}
    return show(request, "skills/merge.html", context | {"chosen_label": labels_of([chosen]) if chosen else ""})


@require_POST
@for_members
def skill_split(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo a merge."""
    back = split_skill(actor=me(request), merge_id=pk)
    messages.tell(request, _("Les deux compétences sont de nouveau séparées."))
    return redirect("skill", back.slug)
