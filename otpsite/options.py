"""The value of each OTP_* setting, from the first of these that has it: the process's environment, SSM Parameter
Store, local mode's own defaults, the defaults of `otp/conf.py`.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from otp.conf import defaults, from_environment

from . import parameters

REQUIRED = ("OTP_KEYS", "OTP_FROM_EMAIL", "OTP_ALLOWED_HOSTS")


def read(environ: Mapping[str, str], *, local: bool, port: int) -> dict[str, Any]:
    """Every OTP_* setting by its name. Raises ImproperlyConfigured for one that is malformed, or required and empty."""
    fallback = of_local_mode(port) if local else {}
    options = defaults() | fallback | from_environment({**({} if local else secrets(environ)), **environ})
    for name in REQUIRED:
        if not options[name]:
            raise ImproperlyConfigured(f"{name} is not set. See docs/settings.md.")
    return options


def of_local_mode(port: int) -> dict[str, Any]:
    """What makes the site run on a developer's machine with nothing set. The key is public, so `otp.E001` refuses it
    anywhere else.
    """
    return {
        "OTP_KEYS": ["local-mode-only: everybody knows this key"],
        "OTP_SITE_NAME": f"127.0.0.1:{port}",
        "OTP_FROM_EMAIL": "Sign-in <sign-in@otp.example>",
        "OTP_ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
        "OTP_JWT_ISSUER": f"http://127.0.0.1:{port}",
        "OTP_SMS_COUNTRIES": ["AU"],
        "OTP_SMS_DOMAIN": "127.0.0.1",
        "OTP_SNS_TOPICS": ["arn:aws:sns:ap-southeast-2:123456789012:mail-events"],
    }


def secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets under the path that OTP_SECRETS_PARAMETER names; none without it."""
    path = environ.get("OTP_SECRETS_PARAMETER")
    return parameters.read(path) if path else {}
