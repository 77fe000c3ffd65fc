"""What an operator should know about federation (`manage.py check --deploy`, doctor, the operator's page)."""

from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError
from django.utils.translation import gettext as _

from federation import contexts
from federation.models import HeadConflict, LocalKey

__all__ = ["check_federation"]


@checks.register(checks.Tags.security, deploy=True)
def check_federation(**_options: object) -> list[CheckMessage]:
    """Return what is wrong with keys, contexts and switches of federation."""
    return [*_keys(), *_contexts(), *_switches(), *_origin()]


@checks.register(checks.Tags.database, deploy=True)
def check_registers(databases: object = None, **_options: object) -> list[CheckMessage]:
    """Return what other nodes showed us of our registers: our own signature on what our rows no longer say."""
    return list(_contradicted()) if databases else []


def _contradicted() -> Iterator[CheckMessage]:
    for row in HeadConflict.objects.filter(local=True):
        facts = {"name": row.collective, "n": row.n, "by": row.told_by}
        if row.kind == "rollback":
            said = _("Registre de %(name)s : %(by)s a confirmé l’inscription n° %(n)s, qui manque dans notre base.")
            hint = _("Une ancienne copie a sans doute été remise en place. Cherchez-en une plus récente.")
        else:
            said = _("Registre de %(name)s : deux états différents ont été signés à l’inscription n° %(n)s.")
            hint = _("La preuve est gardée, rien n’est réparé en silence : expliquez-vous devant le collectif.")
        yield Error(said % facts, hint=hint, id="federation.E005")


def _keys() -> Iterator[CheckMessage]:
    try:
        row = LocalKey.objects.order_by("pk").first()
        if row is not None:
            Fernet(settings.WRAPPING_KEY).decrypt(bytes(row.private_sealed))
    except DatabaseError as error:
        yield Error(f"The keys cannot be read: {error}", id="federation.E001")
    except (InvalidToken, ValueError):
        hint = "Restore WRAPPING_KEY (in DATA, or where TOILE_WRAPPING_KEY_FILE says) from the backup."
        yield Error("The wrapping key does not open the private keys.", hint=hint, id="federation.E002")


def _contexts() -> Iterator[CheckMessage]:
    if not contexts.is_locked():
        yield Error("JSON-LD contexts are not locked to the bundled ones.", id="federation.E003")


def _switches() -> Iterator[CheckMessage]:
    if settings.FEDERATION_TEST_PEERS:
        peers = ", ".join(settings.FEDERATION_TEST_PEERS)
        hint = "Unset TOILE_FEDERATION_TEST_PEERS unless this node is a test."
        yield checks.Warning(f"Private addresses may be contacted: {peers}.", hint=hint, id="federation.W001")
    if settings.FEDERATION_CA_FILE:
        yield checks.Warning(f"An extra root is trusted: {settings.FEDERATION_CA_FILE}.", id="federation.W002")
        if not Path(settings.FEDERATION_CA_FILE).is_file():
            yield Error("FEDERATION_CA_FILE names no file.", id="federation.E004")


def _origin() -> Iterator[CheckMessage]:
    secure = settings.ORIGIN.startswith("https://")
    if settings.FEDERATION_ON and not secure and not settings.FEDERATION_TEST_PEERS:
        hint = "Give the node an https origin (TOILE_ORIGIN), or switch federation off (TOILE_FEDERATION=off)."
        yield checks.Warning("Other nodes cannot speak with a node on plain http.", hint=hint, id="federation.W003")
