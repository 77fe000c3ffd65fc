"""Attesting, renewing, withdrawing: each is a form, a page that says what will happen, then the act."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.messages import sentence
from frontend.templatetags.ui import day
from governance.queries.agenda import charter_in_force
from network.actions.trust import KNOWN_SINCE_MAX, REASON_MAX, STATEMENT_MAX, renew_vouch, withdraw_vouch
from network.actions.trust import vouch as give_vouch
from network.clock import now
from network.errors import DomainError, NotFound
from network.queries.collectives import collective_of
from network.queries.members import member_page
from network.queries.skills import skill_label
from network.queries.tending import kind_of_skill, my_vouch, own_vouch, pace_for
from network.rules.kinds import CHARTE, skill_of

Choices = list[tuple[str, str]]
PUBLIC, PRIVATE = "public", "private"
AUDIENCES = {
    PUBLIC: _("Tout le monde : elle est publique et compte pour les autres"),
    PRIVATE: _("Moi seul : elle reste sur ce nœud et ne compte que de ma place"),
}


class VouchForm(Form):
    """What one can say of somebody. What does not apply (no skill to attest, no charter) is not asked."""

    kind = forms.ChoiceField(label=_("Vous attestez"))
    level = forms.TypedChoiceField(
        label=_("Que pouvez-vous dire ?"),
        coerce=int,
        choices=lambda: words.choices(words.LEVEL_CHOICES),
        widget=forms.RadioSelect,
    )
    articles = forms.MultipleChoiceField(
        label=_("Quels articles de la charte avez-vous vus à l’œuvre ?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Facultatif, pour une attestation de charte. Montrés sur ce nœud avec votre mot."),
    )
    known_since = forms.CharField(
        label=_("Depuis quand, et d’où vous connaissez-vous ?"),
        required=False,
        max_length=KNOWN_SINCE_MAX,
        help_text=_("Par exemple : depuis 2021, à la permanence du samedi."),
    )
    statement = forms.CharField(
        label=_("Un mot, si vous voulez"),
        required=False,
        max_length=STATEMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ce texte sera public, avec votre nom et la date, si l’attestation l’est."),
    )
    audience = forms.ChoiceField(
        label=_("Qui la verra ?"),
        choices=lambda: words.choices(AUDIENCES),
        widget=forms.RadioSelect,
        help_text=_("Une attestation de charte est toujours publique."),
    )
    field_for = {"public": "audience"}

    def __init__(self, *args: Any, kinds: Choices, articles: Choices, mine: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.public = mine is None or mine.public
        if len(kinds) > 1:
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        else:
            del self.fields["kind"]
        if len(kinds) == 1 or mine is not None:  # who may see one that exists does not change
            del self.fields["audience"]
        if articles:
            self.fields["articles"].choices = articles  # type: ignore[attr-defined]
        else:
            del self.fields["articles"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind", CHARTE) == CHARTE and given.get("audience") == PRIVATE:
            self.add_error("audience", sentence("charte_is_public"))
        return given

    @property
    def said(self) -> dict[str, Any]:
        """What the action is given."""
        given = self.cleaned_data
        kind = given.get("kind", CHARTE)
        return {
            "kind": kind,
            "level": given["level"],
            "statement": given["statement"],
            "known_since": given["known_since"],
            "articles": given.get("articles", []) if kind == CHARTE else [],
            "public": given["audience"] == PUBLIC if "audience" in given else self.public,
        }


@for_members
def vouch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Attest, or renew in other words: a form, then a page that says what will happen, then the act."""
    page = member_page(pk, viewer=me(request))
    asked = request.POST.get("kind") or request.GET.get("genre") or CHARTE
    kinds = kinds_for(page.member)
    kind = asked if asked in dict(kinds) else CHARTE
    mine = own_vouch(me(request), page.member, kind) if page.can_vouch else None
    form = _form(request, kinds, kind, mine)
    context = {"form": form, "member": page.member, "mine": mine, "can_vouch": page.can_vouch, "kind": kind}
    if page.can_vouch and kind == CHARTE and mine is None:
        context |= _pace(request, page.member)
    if request.method != "POST" or not form.is_valid() or request.POST.get("back"):
        return show(request, "members/vouch.html", context)
    if request.POST.get("confirmed") != "1":
        return show(request, "members/vouch_confirm.html", context | _to_confirm(request, form))
    return _give(request, form, context)


def _form(request: HttpRequest, kinds: Choices, kind: str, mine: Any) -> VouchForm:
    articles = _articles(request)
    initial: dict[str, Any] = {"kind": kind, "audience": PUBLIC}
    if mine is not None:
        initial |= {"level": mine.level, "statement": mine.statement, "known_since": mine.known_since}
        initial["articles"] = mine.articles
    return VouchForm(request.POST or None, initial=initial, kinds=kinds, articles=articles, mine=mine)


def kinds_for(member: Any) -> Choices:
    """Return what can be attested of somebody: respect for the charter, and each skill that they name."""
    skills = [
        (kind_of_skill(skill.slug), str(_("la compétence « %(skill)s »") % {"skill": skill_label(skill)}))
        for skill in sorted(member.skills.all(), key=skill_label)
    ]
    return [(CHARTE, str(_("le respect de la charte"))), *skills]


def _articles(request: HttpRequest) -> Choices:
    charter = charter_in_force(collective_of(me(request)))
    return [(article.id, article.title) for article in charter.articles] if charter else []


def _pace(request: HttpRequest, member: Any) -> dict[str, Any]:
    """Say from when on the attestation would count, if it is not from today on."""
    pace = pace_for(me(request), member)
    if pace is None or (pace.counts_at is not None and pace.counts_at <= now()):
        return {}
    return {"pace": pace}


def _to_confirm(request: HttpRequest, form: VouchForm) -> dict[str, Any]:
    """What the page of confirmation repeats, and what it sends again as it was typed."""
    said = form.said
    typed = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
    titles = dict(form.fields["articles"].choices) if said["articles"] else {}  # type: ignore[attr-defined]
    seen = [titles[each] for each in said["articles"]]
    kinds = dict(form.fields["kind"].choices) if "kind" in form.fields else {}  # type: ignore[attr-defined]
    return {"said": said, "typed": typed, "seen": seen, "about": kinds.get(said["kind"], "")}


def _give(request: HttpRequest, form: VouchForm, context: dict[str, Any]) -> HttpResponse:
    member = context["member"]
    try:
        made = give_vouch(actor=me(request), subject_id=member.pk, **form.said)
    except DomainError as error:
        form.refuse(error)
        return show(request, "members/vouch.html", context)
    if made.public:
        told = _("Votre attestation est enregistrée. Elle est valable deux ans au plus, et peut être retirée.")
    else:
        told = _("Votre attestation est enregistrée, pour vous seul. Vous la retrouvez dans votre toile.")
    messages.tell(request, told)
    return redirect("member", member.pk)


# --- renewing as it was -----------------------------------------------------------------------------------


@for_members
def vouch_renew(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Renew one's own attestation as it was: a page that repeats it, then one press."""
    mine = _mine(request, pk)
    if request.method == "POST":
        made = renew_vouch(actor=me(request), vouch_id=mine.pk)
        said = {"name": mine.subject.name, "day": day(made.expires_at)}
        messages.tell(request, _("Votre attestation pour %(name)s est renouvelée jusqu’au %(day)s.") % said)
        return redirect("my_web")
    collective = collective_of(me(request))
    other = bool(mine.charter) and collective is not None and mine.charter != collective.charter
    context = {"mine": mine, "member": mine.subject, "skill": skill_of(mine.kind), "other_charter": other}
    return show(request, "members/vouch_renew.html", context)


def _mine(request: HttpRequest, vouch_id: int) -> Any:
    """The reader's own living attestation; NotFound for anybody else's, as if there were none."""
    mine = my_vouch(me(request), vouch_id)
    if mine is None:
        raise NotFound("vouch_unknown")
    return mine


# --- withdrawing ------------------------------------------------------------------------------------------


class WithdrawForm(Form):
    reason = forms.CharField(
        label=_("Pourquoi ? Pour vous seul"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Gardé dans votre toile, montré à personne."),
    )


@for_members
def vouch_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw one's attestation of the charter for somebody, from their page."""
    mine = own_vouch(me(request), member_page(pk, viewer=me(request)).member)
    if mine is None:
        raise NotFound("vouch_unknown")
    return _withdraw(request, mine, "member", pk)


@for_members
def vouch_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw any of one's own attestations, from one's web."""
    return _withdraw(request, _mine(request, pk), "my_web")


def _withdraw(request: HttpRequest, mine: Any, then: str, *args: Any) -> HttpResponse:
    """Say what it means and ask for a reason, then do it."""
    confirmed = request.POST.get("confirmed") == "1"
    form = WithdrawForm(request.POST if confirmed else None)
    if confirmed and form.is_valid():
        withdraw_vouch(actor=me(request), vouch_id=mine.pk, reason=form.cleaned_data["reason"])
        messages.tell(request, _("Votre attestation est retirée."))
        return redirect(then, *args)
    context = {"member": mine.subject, "mine": mine, "form": form, "skill": skill_of(mine.kind)}
    return show(request, "members/vouch_withdraw.html", context)
