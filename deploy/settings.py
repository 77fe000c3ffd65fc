"""Settings of a node. Everything a person may change is a `TOILE_*` variable, listed in deploy/env.example."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from deploy.databases import database_from_url
from deploy.keyfiles import secret

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def env(name: str, default: str = "") -> str:
    return os.environ.get(f"TOILE_{name}", default).strip()


def flag(name: str, default: bool) -> bool:
    return env(name, "on" if default else "off").lower() in {"1", "on", "true", "yes"}


def words(name: str) -> list[str]:
    return [word for word in env(name).replace(",", " ").split() if word]


DATA = Path(env("DATA", "data")).resolve()
ORIGIN = env("ORIGIN", f"http://localhost:{env('PORT', '8000')}").rstrip("/")
_ORIGIN = urlsplit(ORIGIN)
HTTPS = _ORIGIN.scheme == "https"
BIND = env("BIND", "127.0.0.1")  # address to listen on
PORT = int(env("PORT", "8000"))

DEBUG = flag("DEBUG", False)
SECRET_KEY = secret("SECRET_KEY", DATA)
WRAPPING_KEY = secret("WRAPPING_KEY", DATA)  # seals private keys at rest; see federation/keys.py
OLD_ORIGINS = [origin.rstrip("/").lower() for origin in words("OLD_ORIGINS")]  # where this node lived before
ALLOWED_HOSTS = [_ORIGIN.hostname, *(urlsplit(origin).hostname for origin in OLD_ORIGINS)]
CSRF_TRUSTED_ORIGINS = [ORIGIN]
ROOT_URLCONF = "deploy.urls"
ASGI_APPLICATION = "deploy.asgi.application"
WSGI_APPLICATION = None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "frontend",  # before allauth: its templates win
    "allauth",
    "allauth.account",
    "csp",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_celery_beat",
    "activitypub.core",
    "network",
    "governance",
    "federation",
    "deploy",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "deploy.middleware.EarlierAddresses",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "deploy.middleware.PersonalPages",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "deploy.middleware.RefusedActs",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "deploy.charsets.OneCharset",
    "allauth.account.middleware.AccountMiddleware",
    "governance.middleware.presence",
    "frontend.context.FirstRun",
    "frontend.at_home.AtHome",
    "frontend.context.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "frontend.context.page",
            ],
        },
    }
]

# --- Rows: SQLite in DATA, or whatever TOILE_DATABASE_URL names -------------------------------------
DATABASES = {"default": database_from_url(env("DATABASE_URL"), DATA, password_file=env("DATABASE_PASSWORD_FILE"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Services: none needed; Redis and a broker by variables alone ------------------------------------
REDIS_URL = env("REDIS_URL")
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    # Seconds. Who listens asks Redis to wait for five: less patience here would end the line of every quiet room.
    _REDIS = {"address": REDIS_URL, "socket_connect_timeout": 2, "socket_timeout": 7}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [_REDIS]}}}
    CACHES = {"default": {"BACKEND": "deploy.caches.Cache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 50_000},  # many addresses must not push each other's counters out
        }
    }

BROKER_URL = env("BROKER_URL", "filesystem://")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}  # a page does not wait for the broker
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: every entry runs at start and then by its period
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA / "queue"),
        "data_folder_out": str(DATA / "queue"),
        "processed_folder": str(DATA / "queue-done"),
        "control_folder": str(DATA / "queue-control"),
        "store_processed": False,
        "polling_interval": 0.25,
    }

# --- Who comes in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "network.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "federation.signin.passwords.EndsTokens"},
]
ACCOUNT_ADAPTER = "frontend.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "frontend.accounts.LoginForm", "change_password": "frontend.accounts.ChangePasswordForm"}
ACCOUNT_SESSION_REMEMBER = True
CSRF_FAILURE_VIEW = "frontend.pages.errors.csrf_failed"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# --- Cookies and headers: on plain http names contain the port, so that two nodes on a host get along -
_PREFIX = "__Host-toile" if HTTPS else f"toile-{_ORIGIN.port or 80}"
SESSION_COOKIE_NAME = f"{_PREFIX}-session"
CSRF_COOKIE_NAME = f"{_PREFIX}-csrf"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}-language"
ANCHORS_COOKIE_NAME = f"{_PREFIX}-anchors"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = words("TRUSTED_PROXIES")  # addresses or networks; nobody else's forwarding headers are read
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HALL_NETWORKS = words("HALL_NETWORKS")  # a whole assembly behind one address: no limit per address there
MAX_CONNECTIONS = int(env("MAX_CONNECTIONS", "4000"))
MAX_CONNECTIONS_PER_ADDRESS = int(env("MAX_CONNECTIONS_PER_ADDRESS", "500"))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", ORIGIN.replace("http", "ws", 1)],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Trust ---------------------------------------------------------------------------------------------
TRUST_ENGINE = env("TRUST_ENGINE", "auto").lower()  # auto: arrays where the web is large
if TRUST_ENGINE not in {"auto", "reference", "fast"}:
    raise ImproperlyConfigured(f"TOILE_TRUST_ENGINE is {TRUST_ENGINE!r}; it may be auto, reference or fast.")

# --- Words and hours -----------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "frontend" / "locale", BASE_DIR / "deploy" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", "Europe/Paris")

# --- Freshness, in days ---------------------------------------------------------------------------------
FRESHNESS_DAYS = (  # copy marked, copy off the results; own entry to be confirmed, own entry off the results
    int(env("OLD_COPY_DAYS", "7")),
    int(env("SILENCE_DAYS", "90")),
    int(env("CONFIRM_DAYS", "365")),
    int(env("FADE_DAYS", "456")),
)
TRAFFIC_KEPT_DAYS = int(env("TRAFFIC_KEPT_DAYS", "30"))  # deliveries that are done, messages that were read

# --- Files ---------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Mail: none unless TOILE_MAIL_HOST and TOILE_MAIL_FROM are set ---------------------------------------
EMAIL_HOST = env("MAIL_HOST")
DEFAULT_FROM_EMAIL = env("MAIL_FROM")
MAIL_ON = bool(EMAIL_HOST and DEFAULT_FROM_EMAIL)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_ON else 'dummy'}.EmailBackend"
EMAIL_USE_SSL = env("MAIL_TLS", "starttls") == "ssl"
EMAIL_USE_TLS = env("MAIL_TLS", "starttls") == "starttls"
EMAIL_PORT = int(env("MAIL_PORT", "465" if EMAIL_USE_SSL else "587" if EMAIL_USE_TLS else "25"))
EMAIL_HOST_USER = env("MAIL_USER")
EMAIL_HOST_PASSWORD = Path(env("MAIL_PASSWORD_FILE")).read_text().strip() if env("MAIL_PASSWORD_FILE") else ""
EMAIL_TIMEOUT = 15  # seconds
CONTACT_MONTHS = max(1, int(env("CONTACT_MONTHS", "12")))  # without news: a conversation with a client is deleted

# --- Federation ----------------------------------------------------------------------------------------
LOOPBACK = _ORIGIN.hostname in {"localhost", "127.0.0.1", "::1"}
FEDERATION_ON = flag("FEDERATION", HTTPS or LOOPBACK)  # plain http on a local network: not without https
if FEDERATION_ON and not (HTTPS or LOOPBACK):
    raise ImproperlyConfigured(f"Federation needs https; {ORIGIN} has none. Set TOILE_FEDERATION=off, or use https.")
FEDERATION_TEST_PEERS = words("FEDERATION_TEST_PEERS")  # exact address:port pairs, the one way to private ones
FEDERATION_CA_FILE = env("FEDERATION_CA_FILE")
CLOCK_OFFSET_FILE = env("CLOCK_OFFSET_FILE")  # read only while the allowlist is set
FEDERATION = {
    "DEFAULT_URL": ORIGIN,
    "SOFTWARE_NAME": "toile",
    "SOFTWARE_VERSION": VERSION,
    "EXTRA_CONTEXT_MODELS": {
        "federation.models.documents.ProposalContext",
        "federation.models.documents.IntentContext",
        "federation.models.documents.QuantityContext",
    },
}

# --- API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["network.api_parsers.ShallowJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "network.api.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Toile",
    "DESCRIPTION": "Directory, trust and decisions of a cooperative network.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_tokens": {"()": "deploy.logs.NoTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_tokens"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "toile.security": {"level": "INFO"},
        "authlib": {"level": "WARNING"},  # below, it writes tokens
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},  # it warns at each start that files have no host name
        "django.request": {"level": "ERROR"},  # expected refusals (4xx) are information
    },
}
