"""Importing: a file or another directory is read and shown line by line, then taken, and can be undone as a whole."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from federation.tasks import hasten, read_directory
from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.pages.nodes import is_operator
from frontend.sentences.formats import COLUMNS
from frontend.sentences.formats import FORMATS as FORMATS_SAID
from frontend.templatetags.ui import number
from network import rates
from network.actions.imports import apply_import, replace_content, start_directory, start_import, undo_import
from network.errors import DomainError, Invalid, TooOften
from network.queries.imports import ImportPage, import_page, imports_of
from network.rules.entries import Problem
from network.rules.files import BYTES_MAX, decoded

SHOWN = 100  # good lines of a preview, and left-out ones of a report; faulty ones up to FAULTY
FAULTY = 60
MENDED_MAX = 200_000  # characters of a text that the page offers to mend
FILES, FILES_SECONDS = 60, 3_600  # imports begun by one member
FORMATS = [
    ("", _("le reconnaître")), ("csv", "CSV"), ("geojson", "GeoJSON"), ("chatons", "CHATONS (properties)"),
    ("murmurations", "Murmurations"), ("librehost", "librehost.json"), ("gogocarto", "GoGoCarto"), ("vcard", "vCard"),
    ("ical", _("iCalendar (rendez-vous)")),
]  # fmt: skip
CHAINS = [("chatons", "CHATONS"), ("murmurations", "Murmurations"), ("librehost", "librehost.json")]
STEPS = {
    "create": _("sera ajoutée"), "update": _("sera modifiée"), "same": _("déjà à jour"), "skip": _("laissée de côté"),
    "refuse": _("à corriger"),
}  # fmt: skip


class ImportForm(Form):
    """A file or a pasted text, and for entries of others whose they are."""

    file = forms.FileField(
        label=_("Fichier"),
        required=False,
        error_messages={"empty": FORMATS_SAID["file_empty"]},
        help_text=_("CSV, GeoJSON, JSON, vCard, properties ou agenda (.ics) ; 1 Mo au plus."),
    )
    text = forms.CharField(
        label=_("Ou un texte collé"), required=False, strip=False, max_length=BYTES_MAX,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Format"), choices=FORMATS, required=False)
    scope = forms.ChoiceField(
        label=_("Ce sont"),
        choices=[("own", _("mes annonces ou mes rendez-vous")), ("entries", _("des fiches d’autres structures"))],
        widget=forms.RadioSelect, initial="own", required=False,
    )  # fmt: skip
    source = forms.CharField(
        label=_("D’où viennent ces fiches"), required=False, max_length=300,
        help_text=_("Le nom ou l’adresse de l’annuaire, montré sur chaque fiche. Pour les fiches d’autres structures."),
    )  # fmt: skip

    def __init__(self, *args: Any, operator: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not operator:
            del self.fields["scope"], self.fields["source"]

    def given(self) -> tuple[str, str]:
        """Return the name and the text of what was sent. Raises Invalid."""
        file = self.cleaned_data.get("file")
        if file:
            if file.size > BYTES_MAX:
                raise Invalid("file_too_large", field="file")
            return file.name, decoded(file.read())[0]
        text = self.cleaned_data.get("text", "")
        if not text.strip():
            raise Invalid("file_missing", field="file")
        return str(_("texte collé")), decoded(text.encode())[0]


class DirectoryForm(Form):
    """The address of another directory, whose files name one another."""

    url = forms.CharField(
        label=_("Adresse"), max_length=300, widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none"})
    )
    chain = forms.ChoiceField(label=_("Genre d’annuaire"), choices=CHAINS)

    field_for = {"kind": "chain"}


@for_members
def imports(request: HttpRequest) -> HttpResponseBase:
    """Begin an import, and list those made."""
    operator = is_operator(request)
    form = ImportForm(None, operator=operator)
    directory = DirectoryForm() if operator else None
    if request.method == "POST":
        _count(request)
        if operator and "chain" in request.POST:
            directory = DirectoryForm(request.POST)
            answer = _begin_directory(request, directory)
        else:
            form = ImportForm(request.POST, request.FILES, operator=operator)
            answer = _begin(request, form)
        if answer is not None:
            return answer
    refused = bool(form.errors or (directory and directory.errors))
    context = {"form": form, "directory": directory, "runs": imports_of(me(request)), "operator": operator}
    return show(request, "imports/imports.html", context, status=400 if refused else 200)


def _count(request: HttpRequest) -> None:
    wait = rates.allow("import", str(me(request).pk), FILES, FILES_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)


def _begin(request: HttpRequest, form: ImportForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        name, text = form.given()
        run = start_import(
            actor=me(request), scope=form.cleaned_data.get("scope") or "own", name=name, text=text,
            kind=form.cleaned_data["kind"], source=form.cleaned_data.get("source", ""),
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return None
    return redirect("import", run.pk)


def _begin_directory(request: HttpRequest, form: DirectoryForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        run = start_directory(actor=me(request), kind=form.cleaned_data["chain"], url=form.cleaned_data["url"])
    except DomainError as error:
        form.refuse(error)
        return None
    hasten(read_directory, run.pk)
    return redirect("import", run.pk)


@for_members
def import_one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what an import would do, or what it did. A mended text is shown anew."""
    error = None
    if request.method == "POST":
        try:
            text, _note = decoded(request.POST.get("text", "").replace("\r\n", "\n").encode())
            replace_content(actor=me(request), run_id=pk, text=text)
        except Invalid as refused:
            error = refused
        else:
            return redirect("import", pk)
    page = import_page(pk, viewer=me(request))
    return show(request, "imports/import.html", _context(page, error), status=400 if error else 200)


def _context(page: ImportPage, error: DomainError | None) -> dict[str, Any]:
    run, plan = page.run, page.plan
    context: dict[str, Any] = {"run": run, "page": page, "problem": messages.of(error) if error else ""}
    if plan is not None:
        good = [step for step in plan.steps if step.does in {"create", "update", "same"}]
        wrong = [step for step in plan.steps if step.does in {"refuse", "skip"}]
        context |= {
            "problem": context["problem"] or (said(plan.problem) if plan.problem else ""),
            "faulty": [_line(step) for step in wrong[:FAULTY]],
            "faulty_count": plan.count("refuse"),
            "good": [_line(step) for step in good[:SHOWN]],
            "more": max(0, len(good) - SHOWN),
            "todo": plan.count("create", "update"),
            "renew": plan.count("same") if run.scope == "entries" else 0,
            "unknown": ", ".join(plan.unknown[:40]),
            "text": run.content if not run.progress and len(run.content) <= MENDED_MAX else "",
        }
    context["failed"] = [{"url": url, "why": messages.sentence(code)} for url, code in run.progress.get("failed", ())]
    context["report"] = _report(run.report)
    return context


def _line(step: Any) -> dict[str, Any]:
    problems = [*step.problems, *([Problem("", step.code)] if step.code else [])]
    return {
        "number": step.number, "label": step.label, "does": STEPS[step.does], "where": step.where,
        "problems": [said(each) for each in problems], "notes": [said(each) for each in step.notes],
        "changed": ", ".join(str(COLUMNS.get(name, name)) for name in step.changed if name not in {"entry", "offers"}),
    }  # fmt: skip


def said(problem: Problem) -> str:
    """Say what is wrong with a field: « montant : « cher » n’est pas un montant »."""
    facts = {"value": problem.value, "typed": problem.value, "line": problem.value or "1"}
    text = messages.sentence(problem.code, facts)
    column = str(COLUMNS.get(problem.field, problem.field))
    return _("%(column)s : %(text)s") % {"column": column, "text": text} if column else text


def _report(report: dict[str, Any]) -> dict[str, Any]:
    left = [
        {
            "number": each["line"], "label": each["label"], "where": each.get("where", ""),
            "problems": [said(Problem(*problem)) for problem in each["problems"]],
        }
        for each in report.get("left_out", ())[:SHOWN]
    ]  # fmt: skip
    kept = {why: [one for one in report.get("kept", ()) if one["why"] == why] for why in ("changed", "confirmed")}
    return report | kept | {"left_out": left, "unknown": ", ".join(report.get("unknown", ())[:40])} if report else {}


@require_POST
@for_members
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what the preview showed."""
    run = apply_import(actor=me(request), run_id=pk)
    done = run.report.get("create", 0) + run.report.get("update", 0)
    text = ngettext("C’est importé : %(count)s changement.", "C’est importé : %(count)s changements.", done)
    messages.tell(request, text % {"count": number(done)})
    return redirect("import", pk)


@for_members
def import_undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo in two steps: a page that says what it means, then the act."""
    page = import_page(pk, viewer=me(request))
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        undo_import(actor=me(request), run_id=pk)
        messages.tell(request, _("L’import est annulé."))
        return redirect("import", pk)
    return show(request, "imports/undo.html", {"run": page.run})


@require_POST
@for_members
def import_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on reading a directory, should the reading have stopped."""
    run = import_page(pk, viewer=me(request)).run
    hasten(read_directory, run.pk)
    return redirect("import", pk)
