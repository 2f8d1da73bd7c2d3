"""The claims that a site's own code adds to access tokens: OTP_CLAIMS_HOOK."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from otp.conf import conf
from otp.models import Account

# Claims that the tokens contain anyway, and those with a meaning for access in RFC 7519, RFC 9068 and OpenID Connect.
RESERVED = frozenset(
    {
        *("iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "email", "phone_number", "role"),
        *("typ", "azp", "client_id", "scope", "nonce", "auth_time", "acr", "amr", "at_hash", "c_hash", "cnf", "act"),
    }
)


def of_site(account: Account) -> dict[str, Any]:
    """The site's claims for an account. Raises ImproperlyConfigured if they aren't a dictionary, or are RESERVED.

    After a sign-in only the account's subject and role are loaded. Its other fields cost the hook one read.
    """
    if not conf.claims_hook:
        return {}
    claims = import_string(conf.claims_hook)(account)
    if not isinstance(claims, dict):
        raise ImproperlyConfigured(f"OTP_CLAIMS_HOOK returned {type(claims).__name__} instead of a dictionary.")
    if taken := RESERVED & claims.keys():
        raise ImproperlyConfigured(f"OTP_CLAIMS_HOOK returned reserved claims: {', '.join(sorted(taken))}.")
    return claims
