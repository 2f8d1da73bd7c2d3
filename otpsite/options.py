"""The values of the OTP_* settings. Each comes from the first of these that has it: the environment, SSM Parameter
Store, the defaults of local mode, the defaults in `otp/conf.py`.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from otp.conf import defaults, from_environment

from . import parameters

REQUIRED = ("OTP_KEYS", "OTP_FROM_EMAIL", "OTP_ALLOWED_HOSTS")


def read(environ: Mapping[str, str], *, local: bool, port: int) -> dict[str, Any]:
    """Every OTP_* setting by name. Raises ImproperlyConfigured if one is malformed, or if a required one is empty."""
    fallback = of_local_mode(port) if local else {}
    options = defaults() | fallback | from_environment({**({} if local else secrets(environ)), **environ})
    for name in REQUIRED:
        if not options[name]:
            raise ImproperlyConfigured(f"{name} is not set. See docs/settings.md.")
    return options


def of_local_mode(port: int) -> dict[str, Any]:
    """Defaults for a developer's machine. The key is public, and the check `otp.E001` refuses it on a live site."""
    return {
        "OTP_KEYS": ["local-mode-only: everybody knows this key"],
        "OTP_SITE_NAME": f"127.0.0.1:{port}",
        "OTP_HELP_URL": "mailto:help@otp.example",
        "OTP_FROM_EMAIL": "Sign-in <sign-in@otp.example>",
        "OTP_ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
        "OTP_JWT_ISSUER": f"http://127.0.0.1:{port}",
        "OTP_SMS_COUNTRIES": ["AU"],
        "OTP_SMS_DOMAIN": "127.0.0.1",
        "OTP_SNS_TOPICS": ["arn:aws:sns:ap-southeast-2:123456789012:mail-events"],
    }


def secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets under the path in OTP_SECRETS_PARAMETER; none if it isn't set."""
    path = environ.get("OTP_SECRETS_PARAMETER")
    return parameters.read(path) if path else {}
