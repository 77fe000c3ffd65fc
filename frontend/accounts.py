"""Logging in and out, and changing one's password: allauth's flows, our words. Nobody signs up: members are invited."""

from allauth.account import forms as flows
from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.doors import local, private
from frontend.pages.errors import refused
from network import rates
from network.errors import TooOften

ATTEMPTS, ATTEMPTS_SECONDS = 60, 600  # logins tried from one address; allauth also limits failures by account
LOCKED_SECONDS = 300  # for which allauth refuses an account after five failures; then its owner comes in again


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: members join by an invitation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Ce nom et ce mot de passe ne vont pas ensemble. Vérifiez les deux."),
        "too_many_login_attempts": _("Trop d’essais. Attendez cinq minutes, puis réessayez."),
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
        "account_inactive": _("Ce compte est fermé."),
        "rate_limited": _("C’est beaucoup de demandes à la fois. Réessayez dans un moment."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count: forwarding headers are read from our own proxies only."""
        return rates.address_bucket(rates.address_of(request.META))

    def is_safe_url(self, url: str | None) -> bool:
        """Whether an address lies on this node, as everywhere here: allauth’s own check fails on some."""
        return bool(local(self.request, url))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        """Return what counts failures of an account: its name alone. Allauth would add the host as the request says
        it, whose port anybody may choose, and with each port have five tries more."""
        return credentials.get("username", "").lower()

    def add_message(self, *args: object, **kwargs: object) -> None:
        """Say nothing in allauth's words: the pages say it in ours."""


class LoginForm(flows.LoginForm):
    """Name and password. The session lasts two weeks."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.label_suffix = ""
        _word(self, "login", _("Nom de connexion"), "username")
        _word(self, "password", _("Mot de passe"), "current-password")
        self.fields["login"].widget.attrs["autocapitalize"] = "none"


class ChangePasswordForm(flows.ChangePasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "oldpassword", _("Mot de passe actuel"), "current-password")
        _word(self, "password1", _("Nouveau mot de passe"), "new-password", _("Au moins 10 caractères."))
        _word(self, "password2", _("Nouveau mot de passe, encore une fois"), "new-password")


def _word(form: object, name: str, label: object, autocomplete: str, help_text: object = "") -> None:
    """Give a field of allauth our label, our help and no placeholder (which would vanish while typing)."""
    field = form.fields[name]  # type: ignore[attr-defined]
    field.label, field.help_text = label, help_text
    field.error_messages["required"] = _("Ce champ est nécessaire.")
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs["autocomplete"] = autocomplete
    field.widget.use_required_attribute = lambda initial: False


class Login(views.LoginView):
    template_name = "account/login.html"

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        wait = rates.allow("login", rates.address_bucket(rates.address_of(request.META)), ATTEMPTS, ATTEMPTS_SECONDS)
        if wait:
            return refused(request, TooOften("too_often", retry_after=wait))
        return super().post(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return local(self.request, self.request.POST.get("next") or self.request.GET.get("next")) or "/"

    def form_invalid(self, form: object) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 400
        if form.has_error(NON_FIELD_ERRORS, "too_many_login_attempts"):  # type: ignore[attr-defined]
            response.status_code, response["Retry-After"] = 429, str(LOCKED_SECONDS)
        return response

    def get_context_data(self, **kwargs: object) -> dict:
        """Build the page's context without allauth's, which wants pages we do not have."""
        kwargs.setdefault("form", None)
        kwargs["form"] = kwargs["form"] or self.get_form()
        return {"view": self, **kwargs, "next": self.request.POST.get("next") or self.request.GET.get("next", "")}


class Logout(views.LogoutView):
    template_name = "account/logout.html"

    def get_context_data(self, **kwargs: object) -> dict:
        return {"view": self, **kwargs}


class PasswordChange(views.PasswordChangeView):
    template_name = "account/password_change.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect(f"/compte/connexion?next={request.path}")
        return private(super().dispatch(request, *args, **kwargs))

    def get_success_url(self) -> str:
        messages.tell(self.request, _("Votre mot de passe est changé."))
        return "/compte"

    def form_invalid(self, form: object) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 400
        return response
