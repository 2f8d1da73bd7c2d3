"""Django with mozilla-django-oidc. This file is the application, its settings and its URLs."""

import os
from pathlib import Path

import django
import waitress
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import include, path

ISSUER = os.environ["ISSUER"]

SECRET_KEY = "a secret of the tests that is long enough"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "mozilla_django_oidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "__main__"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["mozilla_django_oidc.auth.OIDCAuthenticationBackend"]
OIDC_RP_CLIENT_ID = os.environ["CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/oauth2/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/oauth2/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/oauth2/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/.well-known/jwks.json"


def home(request):
    if not request.user.is_authenticated:
        return redirect("oidc_authentication_init")
    return JsonResponse({"email": request.user.email})


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = Path(__file__).stem
    django.setup()
    urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]
    call_command("migrate", verbosity=0)
    waitress.serve(get_wsgi_application(), host="127.0.0.1", port=int(os.environ["PORT"]))
