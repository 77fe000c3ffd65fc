"""Is this node well? Each check answers in plain words what it found and what to do."""

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import KombuError

from deploy import launch
from deploy.celery import app
from deploy.preparation import is_prepared
from deploy.resources import running
from network.clock import now

MIB = 1024 * 1024
LEAST_FREE_BYTES = 300 * MIB
SILENCE_SECONDS = 60  # the worker gives a sign every ten
SKEW_SECONDS = 60
MANY_MESSAGES = 1000
SILENT_SHOWN = 5
WAITING_DAYS = 2
OURS = ("network.", "governance.", "federation.", "frontend.", "deploy.")


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report: `subject`, what was found, and what to do about it.

    `ok` and `note` together: nothing is broken, but the operator should know.
    """

    subject: str
    ok: bool
    found: str
    advice: str = ""
    note: bool = False


def examine() -> Iterator[Finding]:
    """Run every check, one after the other; a check that itself fails is a finding too."""
    for check in CHECKS:
        yield from check()


def database() -> Iterator[Finding]:
    """Reachable, every table up to date, nothing acknowledged before it is on disk."""
    subject = _("Base de données")
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        unsafe = _unsafe_writing()
    except (DatabaseError, ImproperlyConfigured) as error:
        yield Finding(subject, False, f"{error}", _("Vérifiez TOILE_DATABASE_URL, et que le serveur répond."))
        return
    if missing:
        found = _("%(count)s migrations n’ont pas été appliquées.") % {"count": len(missing)}
        yield Finding(subject, False, found, _("Lancez : manage.py prepare"))
    elif unsafe:
        yield Finding(subject, False, unsafe, _("Remettez le réglage d’origine : un vote accusé reçu doit être écrit."))
    else:
        yield Finding(subject, True, _("joignable, tables à jour, écritures sûres."))


def _unsafe_writing() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW synchronous_commit")
            return _("synchronous_commit est désactivé.") if cursor.fetchone()[0] == "off" else ""
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        full = cursor.fetchone()[0] >= 2
    return "" if mode == "wal" and full else _("SQLite n’est pas en mode WAL avec synchronous=FULL.")


def secrets() -> Iterator[Finding]:
    """Secret files belong to the node alone."""
    subject = _("Secrets")
    for name in ("SECRET_KEY", "WRAPPING_KEY"):
        path = Path(os.environ.get(f"TOILE_{name}_FILE") or settings.DATA / f"{name.lower()}.secret")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            found = _("d’autres comptes de la machine peuvent lire %(path)s.") % {"path": path}
            yield Finding(subject, False, found, f"chmod 600 {path}")
            return
    yield Finding(subject, True, _("lisibles par le nœud seul."))


def web() -> Iterator[Finding]:
    """The web process runs, and its public address answers."""
    subject = _("Serveur web")
    names = running(settings.DATA / "node.pid").values()
    if "web" not in names:
        yield Finding(subject, False, _("le nœud est arrêté."), _("Démarrez-le : make node"))
    elif not _answers_here():
        yield Finding(
            subject, False, _("il tourne mais ne répond pas."), _("Regardez son journal, puis redémarrez-le.")
        )
    else:
        yield Finding(subject, True, _("il répond."))


def _answers_here() -> bool:
    everywhere = settings.BIND in {"0.0.0.0", "::"}  # noqa: S104 compared, not bound
    link = HTTPConnection("127.0.0.1" if everywhere else settings.BIND, settings.PORT, timeout=10)
    try:
        link.request("GET", "/healthz", headers={"Host": urlsplit(settings.ORIGIN).netloc})
        return link.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        link.close()


def origin() -> Iterator[Finding]:
    """Others can reach us under the address that we give out (asked through the one guarded client)."""
    subject = _("Adresse publique")
    if urlsplit(settings.ORIGIN).hostname in launch.LOOPBACK:
        yield Finding(subject, True, _("%(origin)s, pour cette machine seulement.") % {"origin": settings.ORIGIN})
        return
    if not settings.FEDERATION_ON:
        yield Finding(subject, True, _("%(origin)s, fédération coupée.") % {"origin": settings.ORIGIN})
        return
    from federation import client
    from federation.errors import Unreachable

    try:
        client.get_json(f"{settings.ORIGIN}/.well-known/nodeinfo")
    except Unreachable as error:
        found = _("%(origin)s ne répond pas (%(code)s).") % {"origin": settings.ORIGIN, "code": error.code}
        yield Finding(subject, False, found, _("Vérifiez le nom de domaine, le certificat et le serveur frontal."))
    else:
        yield Finding(subject, True, _("%(origin)s répond.") % {"origin": settings.ORIGIN})


def worker() -> Iterator[Finding]:
    """Broker, timetable and worker are alive: a task wrote its note not long ago."""
    subject = _("Tâches de fond")
    note = settings.DATA / "worker.heartbeat"
    silence = time.time() - note.stat().st_mtime if note.exists() else None
    if silence is None:
        yield Finding(subject, False, _("elles n’ont jamais tourné."), _("Démarrez le nœud, ou le service worker."))
    elif silence > SILENCE_SECONDS:
        found = _("aucun signe depuis %(count)s secondes.") % {"count": round(silence)}
        yield Finding(subject, False, found, _("Redémarrez le nœud, ou les services worker et beat."))
    else:
        yield Finding(subject, True, _("actives."))


def broker() -> Iterator[Finding]:
    """Messages can be put somewhere, and they do not pile up."""
    subject = _("File d’attente")
    if settings.BROKER_URL.startswith("filesystem"):
        yield _files_waiting(subject)
        return
    try:
        with app.connection() as link:
            link.ensure_connection(max_retries=1, timeout=5)
    except (KombuError, OSError) as error:
        yield Finding(subject, False, f"{error}", _("Vérifiez TOILE_BROKER_URL, et que le service répond."))
    else:
        yield Finding(subject, True, _("joignable."))


def _files_waiting(subject: str) -> Finding:
    folder = settings.DATA / "queue"
    if not os.access(folder, os.W_OK):
        found = _("on ne peut pas écrire dans %(path)s.") % {"path": folder}
        return Finding(subject, False, found, _("Lancez : manage.py prepare"))
    count = sum(1 for _entry in folder.iterdir())
    if count > MANY_MESSAGES:
        return Finding(subject, False, _("%(count)s messages attendent.") % {"count": count}, _("Redémarrez le nœud."))
    return Finding(subject, True, _("%(count)s messages attendent.") % {"count": count})


def redis() -> Iterator[Finding]:
    """With Redis configured, the cache gives back what it was given."""
    if not settings.REDIS_URL:
        return
    subject = "Redis"
    try:
        from deploy.caches import ping  # its library is loaded only where Redis is configured

        ping(settings.REDIS_URL)  # the cache alone would go on without it
        cache.set("doctor", 1, 10)
        good = cache.get("doctor") == 1
    except Exception as error:  # noqa: BLE001 the library's own errors share no base that may be imported here
        yield Finding(subject, False, f"{error}", _("Vérifiez TOILE_REDIS_URL, et que le service répond."))
    else:
        yield Finding(subject, good, _("joignable.") if good else _("il oublie ce qu’on lui confie."))


def clock() -> Iterator[Finding]:
    """Our clock agrees with the database server, and did not jump back behind what was already written."""
    subject = _("Horloge")
    ahead = max((path.stat().st_mtime for path in settings.DATA.iterdir()), default=0.0) - time.time()
    skew = max(ahead, _database_skew())
    if skew > SKEW_SECONDS:
        found = _("elle diffère de %(count)s secondes de ce qui est déjà écrit.") % {"count": round(skew)}
        yield Finding(
            subject, False, found, _("Réglez l’heure de la machine (NTP) : signatures et clôtures en dépendent.")
        )
    else:
        yield Finding(subject, True, _("à l’heure."))


def _database_skew() -> float:
    if connection.vendor != "postgresql":
        return 0.0
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            return abs(float(cursor.fetchone()[0]) - time.time())
    except DatabaseError:
        return 0.0  # said by `database`


def disk() -> Iterator[Finding]:
    """There is room to write what is still to come."""
    subject = _("Disque")
    free = shutil.disk_usage(settings.DATA).free
    found = _("%(count)s Mio libres.") % {"count": free // MIB}
    yield Finding(subject, free >= LEAST_FREE_BYTES, found, _("Faites de la place : un disque plein arrête les votes."))


def prepared() -> Iterator[Finding]:
    """What preparation makes is there and belongs to this version."""
    subject = _("Préparation")
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    good = manifest.exists() and is_prepared()
    found = (
        _("fichiers et textes à jour.") if good else _("fichiers statiques, textes ou clés datent d’une autre version.")
    )
    yield Finding(subject, good, found, _("Lancez : manage.py prepare"))


def debugging() -> Iterator[Finding]:
    """Error pages show nothing of the inside."""
    subject = _("Réglages")
    if settings.DEBUG:
        yield Finding(subject, False, _("le mode DEBUG montre l’intérieur du nœud."), _("Retirez TOILE_DEBUG."))
    else:
        yield Finding(subject, True, _("les pages d’erreur ne montrent rien du nœud."))


def rooms() -> Iterator[Finding]:
    """What each app checks about itself: is the register whole, can keys be opened, which test switches are on."""
    subject = _("Contrôles")
    try:
        messages = checks.run_checks(include_deployment_checks=True, databases=["default"])
    except DatabaseError as error:
        yield Finding(subject, False, f"{error}", _("Voyez d’abord la base de données."))
        return
    told = [message for message in messages if (message.id or "").startswith(OURS)]
    for message in told:
        grave = message.level >= checks.ERROR
        yield Finding(subject, not grave, f"{message.msg}", message.hint or "", note=not grave)
    if not told:
        yield Finding(subject, True, _("registre, clés et échanges en ordre."))


def exchange() -> Iterator[Finding]:
    """What the exchange has to tell the operator: notices not read, partners not heard of, messages that wait."""
    subject = _("Échanges")
    from federation.overview import exchange_health

    try:
        health = exchange_health()
    except DatabaseError as error:
        yield Finding(subject, False, f"{error}", _("Voyez d’abord la base de données."))
        return
    page = f"{settings.ORIGIN}/noeuds"
    if health.notices:
        found = ngettext("%(count)s message à lire.", "%(count)s messages à lire.", health.notices)
        yield Finding(subject, True, found % {"count": health.notices}, page, note=True)
    for silent in health.stale[:SILENT_SHOWN]:
        found = _("%(node)s n’a plus rien envoyé ni accepté depuis une semaine.") % {"node": silent}
        yield Finding(subject, True, found, page, note=True)
    waiting = (now() - health.oldest).days if health.oldest else 0
    if waiting >= WAITING_DAYS:
        found = _("%(count)s envois attendent, le plus ancien depuis %(days)s jours.")
        yield Finding(subject, True, found % {"count": health.queue, "days": waiting}, page, note=True)
    if not (health.notices or health.stale or waiting >= WAITING_DAYS):
        yield Finding(subject, True, _("rien à signaler, %(count)s envois en attente.") % {"count": health.queue})


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    database,
    secrets,
    web,
    origin,
    worker,
    broker,
    redis,
    clock,
    disk,
    prepared,
    debugging,
    rooms,
    exchange,
)
