"""A list of nodes as text: read with a preview, taken whole or not at all, and downloaded."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from federation import measures
from frontend import messages, words
from frontend.doors import private, show
from frontend.fields import Form
from frontend.pages.nodes import need_operator
from network.clock import now
from network.errors import DomainError, Invalid

FILE_MAX = 500 * 1024  # bytes
SHOWN = 200  # good lines of a preview; faulty ones are all shown


class ListForm(Form):
    """The list itself, by hand or from a file, and what holds where a line says nothing."""

    text = forms.CharField(
        label=_("Liste de nœuds"),
        required=False,
        strip=False,
        max_length=FILE_MAX,
        help_text=_(
            "Une adresse par ligne, ou un CSV : origin, standing, reason ; ou domain, severity, public_comment."
        ),
        widget=forms.Textarea(attrs={"rows": 10, "autocapitalize": "none", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("Ou un fichier"), required=False)
    otherwise = forms.ChoiceField(
        label=_("Pour les lignes sans mesure"),
        choices=[("blocked", _("bloquer")), ("limited", _("restreindre")), ("allowed", _("mettre sur la liste"))],
    )
    reason = forms.CharField(
        label=_("Motif, public"), required=False, max_length=500, help_text=_("Pour les lignes qui n’en donnent pas.")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("file"):
            given["text"] = self._text_of(given["file"])
        if not self.errors and not given.get("text", "").strip():
            self.refuse(Invalid("list_empty", field="text"))
        return given

    def _text_of(self, file: Any) -> str:
        try:
            if file.size <= FILE_MAX:
                return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        self.refuse(Invalid("list_file", field="file"))
        return ""


def nodes_import(request: HttpRequest) -> HttpResponseBase:
    """Read a list: first a preview that says what each line would do, then all of it or nothing."""
    need_operator(request)
    form = ListForm(request.POST or None, request.FILES or None, initial={"otherwise": "blocked"})
    if request.method != "POST" or not form.is_valid():
        return private(show(request, "nodes/import.html", {"form": form}))
    given = dict(form.cleaned_data)
    lines = measures.read_list(given["text"], otherwise=given["otherwise"], reason=given["reason"].strip())
    if "confirmed" in request.POST:
        try:
            done = measures.apply_list(lines=lines, actor=request.user)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _told(done))
            return redirect("nodes")
    return private(_preview(request, form, given, lines))


def _preview(request: HttpRequest, form: ListForm, given: dict[str, Any], lines: list[Any]) -> HttpResponse:
    """Show faulty lines first, then what the good ones would do; the list stays in its field to be mended."""
    faulty = [{"line": line, "problem": messages.sentence(line.problem)} for line in lines if line.problem]
    good = [line for line in lines if not line.problem and line.standing]
    mended = ListForm(initial={name: given[name] for name in ("text", "otherwise", "reason")})
    context = {
        "form": form if form.errors else mended,
        "faulty": faulty,
        "good": [{"line": line, "standing": _standing(line.standing)} for line in good[:SHOWN]],
        "more": max(0, len(good) - SHOWN),
        "count": len(good),
        "given": given,
    }
    return show(request, "nodes/import.html", context, status=400 if faulty or form.errors else 200)


def _standing(name: str) -> str:
    return str(_("sur la liste") if name == "allowed" else words.STANDINGS.get(name, name))


def _told(done: Any) -> str:
    changed = sum(number for name, number in done.items() if name != "unchanged")
    if not changed:
        return str(_("La liste est lue : elle ne change rien."))
    return ngettext(
        "La liste est lue : %(count)s nœud changé.", "La liste est lue : %(count)s nœuds changés.", changed
    ) % {"count": changed}


@require_GET
def nodes_export(request: HttpRequest) -> HttpResponseBase:
    """Download the measures and the list as CSV, which another node can read."""
    need_operator(request)
    name = f"noeuds-{now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    answer = HttpResponse(measures.export_list(), content_type="text/csv; charset=utf-8", headers=headers)
    return private(answer)
