"""Form fields of our own. What was typed stays typed, and a field says how to mend what it cannot read."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from frontend import words
from frontend.messages import problems_of, sentence
from network.errors import DomainError
from network.queries.members import local_members_called, names_of_local
from network.queries.places import PlaceHit, find_place
from network.queries.skills import all_skills, find_skill, skill_label
from network.rules.access import read_tags

PARTNERS_MAX = 20  # who organise one event together
SUGGESTED = 8  # places to choose from under a field


class Form(forms.Form):
    """A form of ours: required fields say so in our words, and a refusal of the domain lands on the field at fault."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("Ce champ est nécessaire.")
            field.widget.use_required_attribute = lambda initial: False  # the server says it, next to the field

    def refuse(self, error: DomainError) -> None:
        """Attach the sentences of a refusal to the fields they speak of, or to the whole form."""
        self.refusal = error
        for name, text in problems_of(error):
            field = self.field_for.get(name, name)
            self.add_error(field if field in self.fields else None, text)

    refusal: DomainError | None = None
    field_for: Mapping[str, str] = {}  # name in the domain → name in the form, where they differ


class ChoosingInput(forms.TextInput):
    """A text input that yields to the radio button chosen under it (`<name>_choice`)."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        return data.get(f"{name}_choice") or data.get(name)


class PlaceField(forms.CharField):
    """A commune or postcode, cleaned to a PlaceHit or None. `others`: what else the text may mean."""

    widget = ChoosingInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Ville ou code postal"))
        super().__init__(max_length=120, strip=True, **kwargs)
        self.widget.attrs["autocomplete"] = "postal-code"
        self.others: tuple[PlaceHit, ...] = ()

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "label", value)

    def clean(self, value: Any) -> PlaceHit | None:  # type: ignore[override]
        text = str(super().clean(value))
        if not text:
            return None
        answer = find_place(text)
        self.others = answer.others[:SUGGESTED]
        if answer.reason:
            raise ValidationError(sentence(f"place_{answer.reason}", {"typed": text}))
        return answer.place


class SkillField(forms.CharField):
    """One skill by its name or a synonym, cleaned to its slug, "" when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, strip=True, **kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        return _slug(text) if text else ""


class SkillsField(forms.CharField):
    """Several skills, one a line, cleaned to a list of slugs without repeats."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=4000, strip=True, **kwargs)
        self.widget.attrs.update(rows=4)

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = [line.strip(" ,;") for line in str(super().clean(value)).splitlines()]
        return list(dict.fromkeys(_slug(line) for line in lines if line))


def _slug(text: str) -> str:
    found = find_skill(text)
    if found is None:
        raise ValidationError(_("Nous ne connaissons pas la compétence « %(typed)s ».") % {"typed": text})
    return str(found.slug)


def labels_of(slugs: list[str]) -> str:
    """Return the names of skills, one a line, to fill a SkillsField again."""
    known = {skill.slug: skill_label(skill) for skill in all_skills()}
    return "\n".join(known.get(slug, slug) for slug in slugs)


class PartnersField(forms.CharField):
    """Members of this node by name or address, one a line, cleaned to a tuple of their keys without repeats."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2_000, strip=True, **kwargs)
        self.widget.attrs.update(rows=2)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(names_of_local(value))

    def clean(self, value: Any) -> tuple[int, ...]:  # type: ignore[override]
        lines = [line.strip(" ,;") for line in str(super().clean(value)).splitlines()]
        keys = tuple(dict.fromkeys(_member(line) for line in lines if line))
        if len(keys) > PARTNERS_MAX:
            raise ValidationError(_("Vingt personnes ou structures au plus."))
        return keys


SAME_NAME = _("Plusieurs membres s’appellent « %(typed)s » : écrivez l’adresse de la page, ou @ et l’identifiant.")
NO_MEMBER = _("Nous ne connaissons pas de membre « %(typed)s » sur ce nœud.")


def _member(text: str) -> int:
    found = local_members_called(text)
    if len(found) == 1:
        return int(found[0].pk)
    raise ValidationError((SAME_NAME if found else NO_MEMBER) % {"typed": text[:80]})


class LanguagesField(forms.CharField):
    """Languages by name or code, separated by commas, cleaned to BCP 47 tags."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=400, strip=True, **kwargs)

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        named = {str(name).lower(): tag for tag, name in words.LANGUAGES.items()}
        parts = [part.strip() for part in str(super().clean(value)).replace(";", ",").split(",")]
        return list(dict.fromkeys(named.get(part.lower(), part) for part in parts if part))


class AccessField(forms.MultipleChoiceField):
    """How people can reach somebody, as boxes, cleaned to a tuple of codes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"label": _("Accès"), "required": False} | kwargs
        super().__init__(choices=lambda: words.choices(words.ACCESSES), **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(super().clean(value))


class TagsField(forms.CharField):
    """Free words, separated by commas, cleaned to a tuple without repeats."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=600, strip=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def clean(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        return read_tags(str(super().clean(value)))


AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")  # a short number only: a huge exponent would cost seconds


class AmountField(forms.CharField):
    """Money as people write it (« 55 », « 1 250,50 »), cleaned to cents or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, strip=True, **kwargs)
        self.widget.attrs.update(inputmode="decimal", autocomplete="off")

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 100},{value % 100:02}".removesuffix(",00") if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        text = "".join(str(super().clean(value)).replace("€", "").split()).replace(",", ".")
        if not text:
            return None
        if not AMOUNT.fullmatch(text):
            raise ValidationError(_("Écrivez un montant en chiffres : 55 ou 55,50."))
        return int(Decimal(text) * 100)


QUANTITY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")


class QuantityField(forms.CharField):
    """Hours as people write them (« 3 », « 1,5 »), cleaned to a Decimal; None if left empty where it may be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, strip=True, **kwargs)
        self.widget.attrs.update(inputmode="decimal", autocomplete="off")

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:  # type: ignore[override]
        text = "".join(str(super().clean(value)).split()).replace(",", ".")
        if not text and not self.required:
            return None
        if not QUANTITY.fullmatch(text):
            raise ValidationError(gettext("Écrivez un nombre d’heures : 3 ou 1,5."))
        return Decimal(text)
