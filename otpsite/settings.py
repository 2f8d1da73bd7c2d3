"""Django's settings. No other module reads the environment.

With OTP_LOCAL=1, which `manage.py` and `make run` set, the site uses an embedded AWS and a public key. Otherwise it is
a live site, which needs its secrets to start. `otp/conf.py` declares the OTP_* settings.
"""

import os
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured

from otp.delivery import aws

from . import options

BASE_DIR = Path(__file__).resolve().parent.parent

LOCAL = os.environ.get("OTP_LOCAL") == "1"
ON_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
STAGE = os.environ.get("STAGE", "")  # of zappa_settings.json
PORT = int(os.environ.get("PORT", "8000"))
AWS_PORT = int(os.environ.get("AWS_PORT", "5050"))
EMBEDDED_TIMEOUT = 60  # seconds. The embedded AWS serves one request at a time, perhaps on a busy machine
EMBEDDED_AWS = LOCAL and "AWS_ENDPOINT_URL" not in os.environ

if LOCAL and ON_LAMBDA:
    raise ImproperlyConfigured("OTP_LOCAL=1 is for a developer's machine: remove it from the function's environment.")

if LOCAL:
    # botocore reads these for every client. AWS_ENDPOINT_URL_DYNAMODB, if set, takes precedence for DynamoDB.
    os.environ.setdefault("AWS_ENDPOINT_URL", f"http://127.0.0.1:{AWS_PORT}")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
    os.environ.setdefault("AWS_DEFAULT_REGION", "ap-southeast-2")

_options = options.read(os.environ, local=LOCAL, port=PORT)

# Django finds settings only as names in this module, so each one is assigned here.
OTP_KEYS = _options["OTP_KEYS"]
OTP_SITE_NAME = _options["OTP_SITE_NAME"]
OTP_HELP_URL = _options["OTP_HELP_URL"]
OTP_TERMS_URL = _options["OTP_TERMS_URL"]
OTP_PRIVACY_URL = _options["OTP_PRIVACY_URL"]
OTP_BRAND = _options["OTP_BRAND"]
OTP_FROM_EMAIL = _options["OTP_FROM_EMAIL"]
OTP_ALLOWED_HOSTS = _options["OTP_ALLOWED_HOSTS"]
OTP_LIFETIME = _options["OTP_LIFETIME"]
OTP_MAX_ATTEMPTS = _options["OTP_MAX_ATTEMPTS"]
OTP_SEND_WINDOWS = _options["OTP_SEND_WINDOWS"]
OTP_SENDS_PER_IP = _options["OTP_SENDS_PER_IP"]
OTP_TRUSTED_CALLERS = _options["OTP_TRUSTED_CALLERS"]
OTP_DEVICE_DAYS = _options["OTP_DEVICE_DAYS"]
OTP_SIGNIN_NOTICE = _options["OTP_SIGNIN_NOTICE"]
OTP_SESSION_AGE = _options["OTP_SESSION_AGE"]
OTP_LOG_DAYS = _options["OTP_LOG_DAYS"]
OTP_LOG_ENTRIES_PER_IP = _options["OTP_LOG_ENTRIES_PER_IP"]
OTP_LOG_IP_PREFIX = _options["OTP_LOG_IP_PREFIX"]
OTP_LOG_SHARDS = _options["OTP_LOG_SHARDS"]
OTP_JWT_KEYS = _options["OTP_JWT_KEYS"]
OTP_JWT_ISSUER = _options["OTP_JWT_ISSUER"]
OTP_JWT_AUDIENCE = _options["OTP_JWT_AUDIENCE"]
OTP_ACCESS_TOKEN_LIFETIME = _options["OTP_ACCESS_TOKEN_LIFETIME"]
OTP_REFRESH_TOKEN_LIFETIME = _options["OTP_REFRESH_TOKEN_LIFETIME"]
OTP_CLAIMS_HOOK = _options["OTP_CLAIMS_HOOK"]
OTP_CLIENTS = _options["OTP_CLIENTS"]
OTP_CORS_ORIGINS = _options["OTP_CORS_ORIGINS"]
OTP_SIGNUP = _options["OTP_SIGNUP"]
OTP_SIGNUP_HOOK = _options["OTP_SIGNUP_HOOK"]
OTP_REFUSE_DISPOSABLE = _options["OTP_REFUSE_DISPOSABLE"]
OTP_SMS = _options["OTP_SMS"]
OTP_SMS_COUNTRIES = _options["OTP_SMS_COUNTRIES"]
OTP_SMS_DOMAIN = _options["OTP_SMS_DOMAIN"]
OTP_SMS_SENDER_ID = _options["OTP_SMS_SENDER_ID"]
OTP_SMS_ORIGINATION = _options["OTP_SMS_ORIGINATION"]
OTP_SMS_SIMULATOR = _options["OTP_SMS_SIMULATOR"]
OTP_SMS_PER_NUMBER_DAY = _options["OTP_SMS_PER_NUMBER_DAY"]
OTP_SMS_PER_PREFIX_DAY = _options["OTP_SMS_PER_PREFIX_DAY"]
OTP_SMS_PER_DAY = _options["OTP_SMS_PER_DAY"]
OTP_SNS_TOPICS = _options["OTP_SNS_TOPICS"]
OTP_DELIVERY_EVENTS = _options["OTP_DELIVERY_EVENTS"]

DEBUG = False  # in local mode too: Django's debug page shows posted data, which may contain codes
ALLOWED_HOSTS = OTP_ALLOWED_HOSTS
SECRET_KEY, *SECRET_KEY_FALLBACKS = OTP_KEYS

# The site's own templates and static files take precedence over the project's.
BRAND = BASE_DIR / OTP_BRAND
STATICFILES_DIRS = [folder for folder in [BRAND / "static"] if folder.is_dir()]

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "otpsite.apps.Auth",
    "otpsite.apps.ContentTypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "drf_spectacular_sidecar",  # the static files of Swagger UI
    "otp.dynamo",
    "otp",
    *(["otp.local"] if LOCAL else []),
]

MIDDLEWARE = [
    "otp.middleware.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # before any middleware with translated messages
    "otp.middleware.PagesOnly",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "otp.middleware.Guard",
    "django.middleware.common.CommonMiddleware",
    *(["otpsite.telemetry.RouteMiddleware"] if ON_LAMBDA else []),
]

ROOT_URLCONF = "otpsite.urls"
WSGI_APPLICATION = "otpsite.wsgi.application"
APPEND_SLASH = False  # a redirected POST loses its body

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BRAND / "templates", BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "otp.pages.context.site",
            ],
        },
    }
]

# -- storage: DynamoDB through our own model layer; there is no SQL database -----------------------

DATABASES = {"default": {"ENGINE": "otp.dynamo.backend"}}
DYNAMO_TABLE_PREFIX = os.environ.get("DYNAMO_TABLE_PREFIX", "")
DYNAMO_PROTECTED = not LOCAL
DYNAMO_TIMEOUT = EMBEDDED_TIMEOUT if LOCAL else 1  # seconds
DYNAMO_DIRECT = os.environ.get("DYNAMO_DIRECT", "1") == "1"

# -- who is signed in ------------------------------------------------------------------------------

AUTH_USER_MODEL = "otp.Account"
AUTHENTICATION_BACKENDS = ["otp.backends.AccountBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "account"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = OTP_SESSION_AGE
SESSION_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_NAME = "session" if LOCAL else "__Host-session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_USE_SESSIONS = True  # one cookie instead of two
CSRF_FAILURE_VIEW = "otp.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- what browsers may do --------------------------------------------------------------------------

SECURE_SSL_REDIRECT = False  # API Gateway accepts only https
SECURE_HSTS_SECONDS = 0 if LOCAL else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # subdomains and preload lists are a decision for the owner of the domain
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]  # about the three settings above
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # the icon, and those in Swagger UI's stylesheet
        "frame-src": ["'self'"] if LOCAL else ["'none'"],  # the inbox shows mails in a frame
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# Pages of listed origins may call the API with tokens, never with cookies.
CORS_ALLOWED_ORIGINS = OTP_CORS_ORIGINS
CORS_URLS_REGEX = r"^/(otp(/.*)?|oauth2/(token|userinfo|revoke)|\.well-known/.*)$"
CORS_ALLOW_METHODS = ["GET", "POST"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["retry-after"]

# -- mail ------------------------------------------------------------------------------------------

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "otp.delivery.ses.Backend"}}
else:
    EMAIL_BACKEND = "otp.delivery.ses.Backend"
USE_SES_V2 = True
AWS_SES_CONFIG = aws.config(EMBEDDED_TIMEOUT if LOCAL else None)  # used for SNS as well
DEFAULT_FROM_EMAIL = OTP_FROM_EMAIL
AWS_SES_REGION_NAME = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
AWS_SES_REGION_ENDPOINT_URL = os.environ.get("AWS_ENDPOINT_URL_SESV2") or os.environ.get("AWS_ENDPOINT_URL")
AWS_SES_AUTO_THROTTLE = None  # django-ses would otherwise request the quota from SES, and sleep

# -- the rest --------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "otp" / "locale"]  # with the texts of templates/ as well
FORMAT_MODULE_PATH = "otpsite.formats"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = None if LOCAL else BASE_DIR / "build" / "static"  # in local mode, finders serve the source files
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # all links use the hashed names; saves half the size
_static_files = "django.contrib.staticfiles.storage" if LOCAL else "otpsite.staticfiles"
STORAGES = {"staticfiles": {"BACKEND": f"{_static_files}.StaticFilesStorage"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

_line = {"()": "otpsite.telemetry.Formatter"} if ON_LAMBDA else {"format": "%(levelname)s %(name)s: %(message)s"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": _line},
    "filters": {"without_paths": {"()": "otpsite.logs.WithoutPaths"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_paths"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "otp": {"level": "INFO"},
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # refusals (4xx) are in the sign-in log
        "django.security": {"level": "CRITICAL"},  # forged Host headers would fill the log with tracebacks
        "django_ses": {"level": "CRITICAL"},  # it logs whole messages of SNS, including tokens
        "waitress.queue": {"level": "ERROR"},  # it warns of each request that has to wait for a thread
        # At DEBUG, botocore logs whole requests, including mails with their codes.
        **{name: {"level": "WARNING"} for name in ("botocore", "boto3", "urllib3")},
    },
}
