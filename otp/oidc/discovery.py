"""The provider's metadata (OpenID Connect Discovery, RFC 8414): the same for everybody, and cached."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from otp.api.tokens import JWKS_MAX_AGE
from otp.conf import conf
from otp.exceptions import NotFound
from otp.tokens import keyring

from .clients import ALGORITHMS, SCOPES
from .endpoints import endpoint

BY_SECRET = ["client_secret_basic", "client_secret_post"]


@endpoint("GET", "HEAD")
def metadata(request: HttpRequest) -> HttpResponse:
    if not conf.clients:
        raise NotFound
    return JsonResponse(document(), headers={"Cache-Control": f"public, max-age={JWKS_MAX_AGE}"})


def document() -> dict[str, object]:
    issuer = conf.jwt_issuer
    here = issuer.rstrip("/")
    signing = {key.algorithm for key in keyring.all_keys()}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{here}/oauth2/authorize",
        "token_endpoint": f"{here}/oauth2/token",
        "userinfo_endpoint": f"{here}/oauth2/userinfo",
        "revocation_endpoint": f"{here}/oauth2/revoke",
        "end_session_endpoint": f"{here}/oauth2/logout",
        "jwks_uri": f"{here}/.well-known/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [name for name in ALGORITHMS if name in signing],
        "token_endpoint_auth_methods_supported": [*BY_SECRET, "none"],
        "revocation_endpoint_auth_methods_supported": [*BY_SECRET, "none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr"),
            *(claim for names in SCOPES.values() for claim in names if claim != "sub"),
        ],
        "ui_locales_supported": [code for code, _ in settings.LANGUAGES],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


urlpatterns = [
    path("openid-configuration", metadata, name="openid-configuration"),
    path("oauth-authorization-server", metadata, name="oauth-authorization-server"),
]
