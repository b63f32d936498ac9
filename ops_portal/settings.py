"""All settings, read once from the environment. Each variable X may be given as X_FILE instead.

docs/operate.md lists every variable with its unit and default; a wrong value refuses to start.
"""

from pathlib import Path
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

from ops_portal.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# --- What runs here ---------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORTAL_URL = env.str(
    "PORTAL_URL", default="http://localhost:8000"
)  # the address in mails and messages
INSECURE_HTTP = env.bool("INSECURE_HTTP", default=False)  # `make run` on loopback: no TLS in front
DEMO = env.bool("DEMO", default=False)  # shows the demo banner
PAGE_THREADS = env.int("PAGE_THREADS", default=8)  # requests answered at once by the live process
ROOT_URLCONF = "ops_portal.urls"
ASGI_APPLICATION = "ops_portal.asgi.application"
WSGI_APPLICATION = "ops_portal.wsgi.application"
CSRF_FAILURE_VIEW = "ops_portal.views.csrf_failed"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "ops_portal.apps.PortalAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "django_prometheus",
    "pgtrigger",
    "pghistory",
    "ops_portal.apps.PortalConfig",
    "analytics",
    "health",
    "alerts",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ops_portal.zone.ZoneMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ops_portal.context.portal",
            ],
        },
    }
]

# --- PostgreSQL -------------------------------------------------------------------------------
# The pool needs CONN_MAX_AGE=0; docs/operate.md has the connection budget.
DATABASE_POOL = env.int("DATABASE_POOL", default=8)  # connections a process holds at most
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=15_000)


def _database(variable: str) -> dict[str, object]:
    config = env.db_url(variable)
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            f"{variable} must be a postgres:// URL: nothing else is supported."
        )
    config["ENGINE"] = "django_prometheus.db.backends.postgresql"
    config["HOST"] = unquote(str(config["HOST"]))  # a percent-encoded socket folder
    config["CONN_MAX_AGE"] = 0
    config["OPTIONS"] = {
        **config.get("OPTIONS", {}),
        "pool": {"min_size": 0, "max_size": DATABASE_POOL, "timeout": 10},
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=3000",
    }
    return dict(config)


DATABASES = {"default": _database("DATABASE_URL")}
if env.str(
    "MIGRATE_DATABASE_URL", default=""
):  # the owner role; the app role cannot rewrite history
    DATABASES["owner"] = {**_database("MIGRATE_DATABASE_URL"), "TEST": {"MIRROR": "default"}}
TRADES_DATABASE_URL = env.str("TRADES_DATABASE_URL", default="")  # the agent's database, read only
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, Celery, live feed, and the agent's streams ---------------------------------
REDIS_URL = env.str("REDIS_URL")
STREAMS_URL = env.str("STREAMS_URL", default=REDIS_URL)  # the agent's Redis
STREAM_GROUP = env.str("STREAM_GROUP", default="ops-portal")
CACHES = {
    "default": {
        "BACKEND": "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "portal"},
    }
}

# --- Intake and live feed ---------------------------------------------------------------------
# Stream -> the function that stores a batch of its events inside the batch's transaction.
STREAM_HANDLERS = {
    "trading_signals": "analytics.intake.store_signals",
    "trade_executions": "analytics.intake.store_executions",
    "risk_decisions": "analytics.intake.store_decisions",
    "performance_metrics": "analytics.intake.store_performance",
    "system_metrics": "health.intake.store_system_metrics",
    "error_events": "health.intake.store_errors",
    "alerts": "alerts.intake.store_foreign_alerts",
}
# Topic of the live feed -> the permission that lets a user see it.
LIVE_TOPICS = {
    "trading": "analytics.view_trade",
    "samples": "analytics.view_series",
    "alerts": "alerts.view_alert",
    "system": "health.view_component",
}
BOOK = env.str(
    "BOOK", default="table" if TRADES_DATABASE_URL else "stream"
)  # which holds the PnL: table|stream
REPORTING_CURRENCY = env.str("REPORTING_CURRENCY", default="USDT")

# --- People -----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=True)  # for editor and admin

# --- Text, time, files ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
# Hashed names need `manage.py collectstatic` first; without it files come from their sources.
STATIC_HASHED = env.bool("STATIC_HASHED", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "ops_portal.static_files.HashedStaticFiles"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
WHITENOISE_AUTOREFRESH = False

EMAIL_URL = env.email_url("EMAIL_URL", default="consolemail://")
globals().update(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ops-portal@localhost")
EMAIL_TIMEOUT = 10  # seconds

# --- Outbound HTTP ----------------------------------------------------------------------------
# Networks that webhooks may reach although they are not public, as CIDR.
OUTBOUND_ALLOWED_NETS = env.list("OUTBOUND_ALLOWED_NETS", default=[])

# --- Celery: hints only, the rows decide --------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a task of a killed worker comes again
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,  # seconds until an unacknowledged task comes again
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 5,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "max_retries": 1,  # a hint is not worth waiting for a dead broker
    "retry_policy": {"timeout": 2.0},
    "global_keyprefix": "portal:celery:",
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_SEND_TASK_EVENTS = False
