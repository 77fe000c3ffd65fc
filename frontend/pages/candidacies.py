"""Candidacies: asking to join, one with its stages, an evaluation, a renewal, an exclusion, and every smaller act."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from frontend import candidacy_words as words
from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from governance.actions.candidacies import act_on, express
from governance.actions.candidacy_decisions import propose_suspension
from governance.queries.agenda import charter_in_force
from governance.queries.candidacies import candidacies, standing_of
from governance.queries.candidacy_shapes import CandidacyView
from governance.queries.candidacy_view import candidacy_view
from governance.queries.inbox import collectives_of
from governance.queries.shapes import ArticleView
from governance.rules.acts import NATURES
from governance.rules.candidacy import Stage
from governance.rules.candidacy_acts import CANDIDACY_ACTS
from governance.rules.evaluating import MARKS
from governance.rules.fields import Field
from network.errors import DomainError, NotFound

OWN_PAGES = {"evaluate": "candidacy_evaluate", "renew": "candidacy_renew"}
TEXTAREA = {"rows": 3}


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show who asks to join, as far as the reader may know, and the way to ask oneself."""
    found = candidacies(me(request))
    rows = [
        {"row": row, "stage": words.STAGES[row.stage], "why": words.EXPECTED.get(row.why, ""), "cause": row.cause}
        for row in found
    ]
    context = {"rows": rows, "charter": charter_in_force(), "may_ask": not collectives_of(me(request))}
    return show(request, "candidacies/list.html", context)


def _sent(request: HttpRequest) -> Any:
    """Return what was sent, however little; None before anything was."""
    return request.POST if request.method == "POST" else None


class Keyed(Form):
    """A form whose sending is known again: `key` stays the same until it is sent well."""

    key = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": str(uuid4()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "key"])

    def put(self, name: str, field: forms.Field) -> None:
        """Add a field that speaks like the others."""
        field.error_messages["required"] = _("Ce champ est nécessaire.")
        field.widget.use_required_attribute = lambda initial: False  # type: ignore[method-assign,assignment]
        self.fields[name] = field

    def once(self) -> str:
        """Return the key of this sending."""
        return str(self.cleaned_data.get("key") or uuid4())


def _fact(article: ArticleView, *, label: str, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=article.text, required=required, max_length=10_000, widget=forms.Textarea(attrs=TEXTAREA)
    )


class ValuesForm(Keyed):
    """One fact for each value of the charter, and the signature."""

    def __init__(self, articles: tuple[ArticleView, ...], *args: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.articles = articles
        for article in articles:
            self.put(f"fact-{article.id}", _fact(article, label=article.title))

    def answers(self) -> dict[str, object]:
        """Return the answers as the actions want them."""
        return {each.id: {"fact": self.cleaned_data[f"fact-{each.id}"]} for each in self.articles}


class ExpressionForm(ValuesForm):
    """The wish to join."""

    def __init__(self, articles: tuple[ArticleView, ...], *args: object, **kwargs: Any) -> None:
        super().__init__(articles, *args, **kwargs)
        organisation = forms.CharField(
            label=_("Votre organisation"), required=False, max_length=200,
            help_text=_("Vos marraines et parrains viendront d’ailleurs."),
        )  # fmt: skip
        self.put("organisation", organisation)
        self.put("signed", forms.CharField(widget=forms.HiddenInput))
        self.put("agrees", forms.BooleanField(label=_("Je signe cette charte, dans cette version.")))


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Ask to join: the charter is read value by value, answered by facts, and signed."""
    charter = charter_in_force()
    if charter is None:
        raise NotFound("no_collective")
    form = ExpressionForm(charter.articles, _sent(request), initial={"signed": charter.digest})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = express(
                actor=me(request), collective_id=charter.collective.id, signed=given["signed"],
                answers=form.answers(), organisation=given["organisation"], key=form.once(),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(
                request, _("Votre demande est enregistrée. Demandez maintenant à des membres de vous parrainer.")
            )
            return redirect("candidacy", made.pk)
    context = {"form": form, "charter": charter, "heading": _("Demander à rejoindre %s") % charter.collective.name}
    context["note"] = _("Répondez à chaque valeur par un fait : ce que vous avez fait, quand. Les membres le liront.")
    return show(
        request, "candidacies/form.html", context | {"send": _("Signer et demander"), "back": reverse("candidacies")}
    )


class EvaluationForm(Keyed):
    """For each value: a mark, and a dated fact unless it was not seen."""

    def __init__(self, articles: tuple[ArticleView, ...], *args: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.articles = articles
        for each in articles:
            marks = [(mark, words.MARKS[mark]) for mark in MARKS]
            chosen = forms.ChoiceField(label=each.title, help_text=each.text, choices=marks, widget=forms.RadioSelect)
            self.put(f"mark-{each.id}", chosen)
            fact = forms.CharField(
                label=_("Le fait"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
            )
            self.put(f"fact-{each.id}", fact)
            day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.put(f"on-{each.id}", forms.DateField(label=_("Quand"), required=False, widget=day))

    def marks(self) -> dict[str, object]:
        """Return the evaluation as the action wants it."""
        given = self.cleaned_data
        found: dict[str, object] = {}
        for each in self.articles:
            on = given[f"on-{each.id}"]
            said = {
                "mark": given[f"mark-{each.id}"],
                "fact": given[f"fact-{each.id}"],
                "on": on.isoformat() if on else "",
            }
            found[each.id] = {name: value for name, value in said.items() if value}
        return found


@for_members
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """Give, or change, one's own evaluation, value by value."""
    view = candidacy_view(pk, viewer=me(request))
    articles = tuple(value.article for value in view.values)
    initial = {f"{name}-{article}": value for article, said in view.mine.items() for name, value in said.items()}
    form = EvaluationForm(articles, _sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        done = _done(request, pk, "evaluate", form, lambda: {"marks": form.marks()})
        if done:
            messages.tell(request, _("Votre évaluation est enregistrée, sous scellé."))
            return redirect("candidacy", pk)
    notes = [_("« Pas vu » est neutre et ne demande pas de fait. La personne ne saura pas qui a dit quoi.")]
    if view.small:
        notes.append(_("Vous êtes si peu que l’anonymat ne peut pas être promis."))
    context = {"form": form, "heading": _("Mon évaluation : %s") % view.person.name, "note": " ".join(notes)}
    return show(request, "candidacies/form.html", context | {"send": _("Sceller mon évaluation"), "back": _page(pk)})


@for_members
def renewal(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare, value by value, how one lives them: another year of membership."""
    view = candidacy_view(pk, viewer=me(request))
    form = ValuesForm(tuple(value.article for value in view.values), _sent(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and _done(request, pk, "renew", form, lambda: {"answers": form.answers()})
    ):
        messages.tell(request, _("Votre appartenance est renouvelée."))
        return redirect("account")
    note = _("Dites pour chaque valeur un fait de l’année. Sans déclaration, l’appartenance s’arrête, sans faute.")
    context = {"form": form, "heading": _("Renouveler mon appartenance"), "note": note}
    return show(request, "candidacies/form.html", context | {"send": _("Renouveler"), "back": reverse("account")})


@for_members
def exclusion(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to exclude a member: an article, a fact; the person will be heard before anything is decided."""
    row = standing_of(pk, viewer=me(request))
    return act(request, row, "propose_exclusion")


@for_members
def suspension(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to suspend somebody meanwhile: a decision of its own."""
    if request.method != "POST":
        return redirect("candidacy", pk)
    try:
        made = propose_suspension(actor=me(request), candidacy_id=pk)
    except DomainError as error:
        messages.refuse(request, error)
        return redirect("candidacy", pk)
    messages.tell(request, _("La proposition de suspension est prête : mettez-la à l’ordre du jour."))
    return redirect("proposition", made.pk)


class ActForm(Keyed):
    """The fields of one act, with the choices that this candidacy gives."""

    def __init__(self, view: CandidacyView, kind: str, *args: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in CANDIDACY_ACTS[kind]:
            self.put(field.name, _made(view, field))

    def given(self) -> dict[str, object]:
        """Return the payload of the act."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}


def _made(view: CandidacyView, field: Field) -> forms.Field:
    label: Any = words.FIELDS.get(field.name, field.name)
    if field.name in {"objection", "flag"}:
        return forms.CharField(widget=forms.HiddenInput)
    if field.kind == "long":
        return forms.CharField(label=label, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))
    if field.kind == "yes_no":
        yes_no = [("yes", gettext_lazy("oui")), ("no", gettext_lazy("non"))]
        return forms.ChoiceField(label=label, choices=yes_no, widget=forms.RadioSelect)
    choices = _choices(view, field.name)
    if choices is not None:
        return forms.ChoiceField(label=label, choices=[("", ""), *choices])
    return forms.CharField(label=label, max_length=200)


def _choices(view: CandidacyView, name: str) -> list[tuple[Any, Any]] | None:
    found: Mapping[str, list[tuple[Any, Any]]] = {
        "person": [(each.id, each.name) for each in view.choices],
        "assembly": [(each.id, each.name) for each in view.assemblies],
        "article": [(value.article.id, value.article.title) for value in view.values]
        or [(each.id, each.title) for each in view.articles],
        "nature": [(each, words.NATURES[each]) for each in NATURES],
    }
    return found.get(name)


@for_members
def act(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Do one act: at once if it needs nothing more, else with its form."""
    view = candidacy_view(pk, viewer=me(request))
    if kind not in CANDIDACY_ACTS or kind in OWN_PAGES:
        raise NotFound("candidacy_unknown")
    about = {name: request.GET[name] for name in ("objection", "flag") if name in request.GET}
    form = ActForm(view, kind, _sent(request), initial=about)
    if request.method == "POST" and form.is_valid() and _done(request, pk, kind, form, form.given):
        messages.tell(request, _("C’est enregistré : %s.") % str(words.HISTORY.get(kind, words.ACTS[kind])))
        return redirect("candidacy", pk)
    context = {"form": form, "heading": words.ACTS[kind], "note": view.person.name, "send": words.ACTS[kind]}
    return show(request, "candidacies/form.html", context | {"back": _page(pk)})


def _done(request: HttpRequest, pk: int, kind: str, form: Keyed, payload: Any) -> bool:
    """Do the act, or put the refusal on the form."""
    try:
        act_on(candidacy_id=pk, actor=me(request), kind=kind, payload=payload(), key=form.once())
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _page(pk: int) -> str:
    return reverse("candidacy", args=[pk])


@require_safe
@for_members
def candidacy(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one candidacy: where it stands, what is expected of the reader, and what they may know of it."""
    view = candidacy_view(pk, viewer=me(request))
    context = {
        "view": view,
        "stage": words.STAGES[view.stage],
        "cause": words.CAUSES[view.cause],
        "what": words.WHAT.get(view.stage, ""),
        "silence": words.SILENCE.get(view.stage, ""),
        "expected": words.EXPECTED.get(view.today.expected, ""),
        "acts": _acts(view),
        "beads": _beads(view),
        "voted": words.VOTED.get(view.vote.outcome, "") if view.vote else "",
        "suspended_next": words.SUSPENDED_NEXT.get(view.stage, "") if view.suspended else "",
        "suspended_why": _cited(view),
        "values": [_value(each) for each in view.values],
        "history": [(at, words.HISTORY.get(kind, kind), who) for at, kind, who in view.history],
        "titles": {each.id: each.title for each in view.articles},
        "may_suspend": view.reader == "member" and view.cause == "exclusion" and not view.suspended
        and not view.suspension_id and view.stage in {Stage.HEARING, Stage.DECISION, Stage.ADJOURNED},
    }  # fmt: skip
    return show(request, "candidacies/candidacy.html", context)


def _cited(view: CandidacyView) -> str:
    """Name the articles that the objections cite: « Transmettre ce que l’on sait »."""
    titles = {each.id: each.title for each in view.articles}
    cited = dict.fromkeys(titles.get(each.article, each.article) for each in view.objections)
    return ", ".join(f"«\u202f{each}\u202f»" for each in cited)


def _acts(view: CandidacyView) -> list[dict[str, object]]:
    """Return the buttons, the expected one first; acts on one objection or flag stand beside it."""
    kinds = [kind for kind in view.today.acts if kind not in {"withdraw_objection", "take_up_flag"}]
    kinds.sort(key=lambda kind: kind != view.today.expected)
    return [_button(view, kind) for kind in kinds]


def _button(view: CandidacyView, kind: str) -> dict[str, object]:
    own = kind in OWN_PAGES
    return {
        "kind": kind,
        "label": words.ACTS[kind],
        "main": kind == view.today.expected,
        "url": reverse(OWN_PAGES[kind], args=[view.id]) if own else reverse("candidacy_act", args=[view.id, kind]),
        "asks": own or bool(CANDIDACY_ACTS[kind]),
        "key": str(uuid4()),
    }


def _beads(view: CandidacyView) -> list[dict[str, object]]:
    """Return the thread of stages; an end, a pause or an adjournment stands where it happened."""
    examined = [Stage.MEMBER, Stage.HEARING, Stage.DECISION]
    stages = examined if view.cause == "exclusion" else list(words.THREAD)
    here = Stage(view.remembered or view.stage)
    within = {Stage.ADJOURNED: Stage.DECISION, Stage.VOTE: Stage.DECISION, Stage.RENEWAL: Stage.MEMBER}
    here = within.get(here, here)
    place = stages.index(here) if here in stages else len(stages)
    beads = [
        {"text": words.STAGES[each.value], "state": "done" if n < place else "now" if n == place else "to-come"}
        for n, each in enumerate(stages)
    ]
    if place == len(stages):  # it has ended: which stages came before is told by what happened
        beads = [{"text": words.STAGES[view.stage], "state": "now"}]
    return beads


def _value(value: Any) -> dict[str, object]:
    counts = [(words.MARKS[mark], value.counts[mark]) for mark in MARKS if mark in value.counts]
    facts = [(words.MARKS[mark], fact, on) for mark, fact, on in value.facts]
    return {"article": value.article, "answer": value.answer, "counts": counts, "facts": facts}
