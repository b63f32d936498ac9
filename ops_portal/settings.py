"""All settings, read once from the environment. Each variable X may be given as X_FILE instead.

docs/operate.md lists every variable with its unit and default; a wrong value refuses to start.
"""

from pathlib import Path
from urllib.parse import unquote

import pghistory
from django.core.exceptions import ImproperlyConfigured

from ops_portal import logs
from ops_portal.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# --- What runs here ---------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The address in mails and messages.
PORTAL_URL = env.str("PORTAL_URL", default="http://localhost:8000")
INSECURE_HTTP = env.bool("INSECURE_HTTP", default=False)  # `make run` on loopback: no TLS in front
DEMO = env.bool("DEMO", default=False)  # shows the demo banner
PAGE_THREADS = env.int("PAGE_THREADS", default=8)  # requests answered at once by the live process
ROOT_URLCONF = "ops_portal.urls"
ASGI_APPLICATION = "ops_portal.asgi.application"
WSGI_APPLICATION = "ops_portal.wsgi.application"
CSRF_FAILURE_VIEW = "ops_portal.views.csrf_failed"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
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
    "ops_portal.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ops_portal.zone.ZoneMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ops_portal.middleware.session_age",
    "ops_portal.bearer.BearerMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ops_portal.middleware.second_factor",
    "ops_portal.middleware.ChangeContext",
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
PAGE_FRAME = "ops_portal.context.frame"  # what lib/remembered.py remembers pages by

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
        "prepare_threshold": 5,  # for lib/sql.py: the ORM's statements are never alike
        "pool": {"min_size": 0, "max_size": DATABASE_POOL, "timeout": 10},
        # A process that was stopped inside a transaction must not hold its heir up for ever.
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=3000"
        f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}",
    }
    return dict(config)


DATABASES = {"default": _database("DATABASE_URL")}
# The owner role; the app role cannot rewrite history.
if env.str("MIGRATE_DATABASE_URL", default=""):
    DATABASES["owner"] = {**_database("MIGRATE_DATABASE_URL"), "TEST": {"MIRROR": "default"}}
TRADES_DATABASE_URL = env.str("TRADES_DATABASE_URL", default="")  # the agent's database, read only
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, Celery, live feed, and the agent's streams ---------------------------------
REDIS_URL = env.str("REDIS_URL")
STREAMS_URL = env.str("STREAMS_URL", default=REDIS_URL)  # the agent's Redis
STREAM_GROUP = env.str("STREAM_GROUP", default="ops-portal")
ENGINE_NAME = env.str("ENGINE_NAME", default="engine-1")  # consumer name; stable over restarts
CACHES = {
    "default": {
        "BACKEND": "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
        # People must be able to log in while Redis is dead: then nothing is counted or cached.
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_TIMEOUT": 2,
            "SOCKET_CONNECT_TIMEOUT": 1,
        },
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
LIVE_SESSION_IS_OVER = "ops_portal.sessions.may_not_watch"  # ends an open socket as it ends a page
# Which holds the PnL: table|stream.
BOOK = env.str("BOOK", default="table" if TRADES_DATABASE_URL else "stream")
RETENTION_EVENTS_DAYS = env.int("RETENTION_EVENTS_DAYS", default=400)  # executions, signals, ...
RETENTION_SAMPLES_DAYS = env.int("RETENTION_SAMPLES_DAYS", default=90)
RETENTION_DEAD_LETTERS_DAYS = env.int("RETENTION_DEAD_LETTERS_DAYS", default=400)
# How long a repeated event is recognised: longer than the streams keep their entries.
RETENTION_KEYS_DAYS = env.int("RETENTION_KEYS_DAYS", default=800)
RETENTION_LINKS_DAYS = env.int("RETENTION_LINKS_DAYS", default=30)  # one-use links that are over
RETENTION_PRESSES_DAYS = env.at_least(90, "RETENTION_PRESSES_DAYS", default=400)  # in chats
REPORTING_CURRENCY = env.str("REPORTING_CURRENCY", default="USDT")

# --- People -----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["ops_portal.rights.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "ops_portal.passwords.MaximumLengthValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=True)  # for editor and admin
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)  # proxies of ours in front
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

ACCOUNT_ADAPTER = "ops_portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]  # closed all the same
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # tells the person when a password or a factor changes
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Ops Portal] "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if INSECURE_HTTP else "https"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True  # as long as the session's own limits allow
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "10/m/ip,3/m/key",
}

MFA_ADAPTER = "ops_portal.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Ops Portal"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSECURE_HTTP  # browsers allow it on localhost alone

SESSION_ENGINE = "ops_portal.session_store"
SESSION_COOKIE_AGE = env.int("SESSION_AGE_SECONDS", default=7 * 86_400)  # however busy
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=12 * 3_600)
ADMIN_IDLE_SECONDS = env.int("ADMIN_IDLE_SECONDS", default=1_800)  # then the password again

# --- What a browser may do --------------------------------------------------------------------
# Secrets at rest: Fernet keys, the first encrypts, the others still open what they sealed.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # `Bearer` for /metrics from elsewhere

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = not INSECURE_HTTP
# Asked on loopback, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$", r"^-/healthy$", r"^-/ready$"]
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_HTTP
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 524_288  # bytes; nothing here posts more
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_HANDLERS = ["ops_portal.lib.uploads.Bounded"]
if DEBUG and not set(ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]", "testserver"}:
    raise ImproperlyConfigured("DEBUG shows secrets: it needs ALLOWED_HOSTS to name loopback only.")

# --- History of what people edit ----------------------------------------------------------------
# The context lies in each row, so that no row of another table can be bent afterwards.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_CONTEXT_ID_FIELD = pghistory.ContextUUIDField()
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- The admin's looks ------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Ops Portal",
    "SITE_HEADER": "Ops Portal",
    "SITE_SUBHEADER": "Settings and records",
    "SITE_SYMBOL": "monitoring",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "ops_portal.navigation.favicon"}
    ],
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "ops_portal.dashboard.dashboard",
    "STYLES": ["ops_portal.navigation.stylesheet"],
    "SCRIPTS": ["ops_portal.navigation.script", "ops_portal.navigation.lists"],
    "ACCOUNT": {"navigation": "ops_portal.navigation.account_links"},
    "SIDEBAR": {"navigation": "ops_portal.navigation.sidebar"},
    "COMMAND": {"search_models": True},
}

# --- Text, time, files ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "ops_portal.formats"
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "ops_portal" / "overrides"]  # stand in for files of libraries
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
WEEKLY_REPORT_HOUR = env.int("WEEKLY_REPORT_HOUR", default=6)  # of Monday, UTC; -1: none is mailed

# --- Alerts -----------------------------------------------------------------------------------
PAGE_BUDGET_PER_WEEK = env.int("PAGE_BUDGET_PER_WEEK", default=7)  # of a rule; a replay warns above
# Seconds after which an alert of the agent that was neither repeated nor resolved ends by itself.
FOREIGN_ALERT_TIMEOUT = env.int("FOREIGN_ALERT_TIMEOUT", default=3_600)
# Seconds after which a notification whose sender died is sent by another; no send lasts so long.
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=45)
# The file outside the database that learns the newest hashes of the history each hour; blank: none.
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", default="")

# Where the receivers' services are; tests and proxies put others here.
SLACK_API_URL = env.str("SLACK_API_URL", default="https://slack.com/api")
TELEGRAM_API_URL = env.str("TELEGRAM_API_URL", default="https://api.telegram.org")
PAGERDUTY_API_URL = env.str("PAGERDUTY_API_URL", default="https://events.pagerduty.com")
# What proves that a pressed button comes from there; blank: no such buttons.
SLACK_SIGNING_SECRET = env.str("SLACK_SIGNING_SECRET", default="")
TELEGRAM_WEBHOOK_SECRET = env.str("TELEGRAM_WEBHOOK_SECRET", default="")
# The key that signs web push: 32 bytes, base64url; blank: derived from SECRET_KEY.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")

# --- Outbound HTTP ----------------------------------------------------------------------------
# Networks that webhooks may reach although they are not public, as CIDR.
OUTBOUND_ALLOWED_NETS = env.list("OUTBOUND_ALLOWED_NETS", default=[])

# --- Logs: stdout, one line an event --------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="console")  # console|json
if LOG_FORMAT not in logs.FORMATTERS:
    raise ImproperlyConfigured("LOG_FORMAT must be console or json.")
LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)

# --- Celery: hints only, the rows decide; ops_portal/celery.py has the rest ---------------------
CELERY_BROKER_URL = REDIS_URL
