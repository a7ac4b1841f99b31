"""Django's settings, shared by both profiles. The installation's own settings are in env.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from belvedere.accounts.keys import DamagedKeyError, Given, MissingKeyError, load_keys
from belvedere.config.files import add_file_headers
from belvedere.config.settings.env import ConfigurationError, load, trusted_origins, unusable_folder
from belvedere.domain.metrics import METRICS, Kind
from belvedere.rules.names import READY_NAMES

ENV = load()
try:
    KEYS = load_keys(ENV.data_dir, Given(ENV.secret_key, ENV.encryption_key, may_make=ENV.profile == "embedded"))
except OSError as error:
    raise unusable_folder(ENV.data_dir, error) from error
except (DamagedKeyError, MissingKeyError, UnicodeDecodeError) as error:
    raise ConfigurationError(str(error)) from error
PACKAGE = Path(__file__).resolve().parents[2]

SECRET_KEY = KEYS.secret_key
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ENV.allowed_hosts]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"  # of what the frameworks say, to programs; a browser gets its own, by Accept-Language
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
APPEND_SLASH = False
ROOT_URLCONF = "belvedere.config.urls"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "belvedere.registry",
    "belvedere.accounts",
    "belvedere.devices",
    "belvedere.rules",
    "belvedere.alerts",
    "belvedere.cameras",
]
MIDDLEWARE = [
    "belvedere.config.http.cookies.secure_cookies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True, "OPTIONS": {}}
]

AUTHENTICATION_BACKENDS = ["belvedere.accounts.backends.NameOrEmailBackend"]
PASSWORD_HASHERS = ["belvedere.accounts.hashing.QueuedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "belvedere.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = trusted_origins(ENV.allowed_hosts)
CSRF_FAILURE_VIEW = "belvedere.web_api.rest.csrf_failure"

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "belvedere.accounts.authentication.BearerAuthentication",
        "belvedere.accounts.authentication.CsrfSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["belvedere.accounts.permissions.SiteRolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["belvedere.web_api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "belvedere.web_api.rest.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Belvedere",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Role": "belvedere.accounts.models.Role",
        "SeriesKind": [(kind.value, kind.value) for kind in Kind],
        "MetricName": [(name, name) for name in METRICS],
        "ReadyName": [(code, code) for code in READY_NAMES],
        "Language": LANGUAGES,
        "Severity": "belvedere.rules.models.Severity",
        "AlertState": "belvedere.alerts.models.AlertState",
        "AlertEventKind": "belvedere.alerts.models.EventKind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "belvedere.config.hot_paths.add_hot_paths",
        "belvedere.config.schema.problems_everywhere",
    ],
    "SWAGGER_UI_DIST": "/api/docs/assets",
    "SWAGGER_UI_FAVICON_HREF": "/api/docs/assets/favicon-32x32.png",
}

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# An alert that is told is on the disk. Its commit copies nothing from the log into the file, which takes 10 to 40 ms a
# thousand pages: a scheduled job does (registry.sql.checkpoint); 32 MB of log are more than comes between two of them.
SQLITE_INIT = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=8000;"
)

DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ENV.data_dir / "belvedere.db",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_INIT,
        },
    }
}

DASHBOARD = PACKAGE / "dashboard"
STATIC_URL = "/static/"
WHITENOISE_ROOT = DASHBOARD if DASHBOARD.is_dir() else None
WHITENOISE_INDEX_FILE = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
# The build puts a hash of the content into these names: a browser need never ask for one again.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+-[\w-]{8}\.\w+$"
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
WHITENOISE_ADD_HEADERS_FUNCTION = add_file_headers
LOGGING_CONFIG = None
