"""Reading OAuth 2.0 requests: parameters, client authentication, and the errors of RFC 6749."""

import base64
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from otp.exceptions import MethodNotAllowed, ParameterInvalid

from . import clients
from .clients import SCOPES, Client

FORM = "application/x-www-form-urlencoded"
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
LONGEST_NONCE = 512
UNSUPPORTED = {  # each is refused by its own word (OpenID Connect Core, 3.1.2.6)
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


class OAuthError(Exception):
    """A refusal by a word of RFC 6749 or OpenID Connect. The description is for the developer, and repeats no input."""

    def __init__(self, word: str, description: str = "") -> None:
        self.word, self.description = word, description
        super().__init__(word)

    @property
    def status(self) -> int:
        return 401 if self.word in ("invalid_client", "invalid_token") else 400

    def answer(self) -> dict[str, str]:
        return {"error": self.word} | ({"error_description": self.description} if self.description else {})


def misconfigured(reason: str) -> ParameterInvalid:
    """An error that is shown as a page because it can't be sent to the application. `reason` is for its developer."""
    error = ParameterInvalid(_("This application isn't set up correctly"))
    error.reason = reason
    return error


def with_query(uri: str, fields: dict[str, str]) -> str:
    """A client's URI with these fields added to its query."""
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(fields)}"


def open_to_other_sites(view: Callable[[HttpRequest], HttpResponse]) -> Any:
    """For an endpoint that applications send browsers to. A POST from there has no cookies, so it becomes a GET."""

    @csrf_exempt
    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return HttpResponse(status=303, headers={"Location": f"{request.path}?{request.POST.urlencode()}"})
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed("GET", "HEAD", "POST")
        return view(request)

    return wrapper


def single(query: QueryDict, name: str) -> str:
    """A parameter that may be given once; "" if it is missing or empty. Raises OAuthError."""
    values = query.getlist(name)
    if len(values) > 1:
        raise OAuthError("invalid_request", "a parameter is given more than once")
    return values[0] if values else ""


# -- the authorization endpoint ----------------------------------------------------------------------


@dataclass(frozen=True)
class AuthorizationRequest:
    """A valid authorization request."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str
    prompt: frozenset[str]
    max_age: int | None
    id_token_hint: str

    @property
    def scope(self) -> str:
        return " ".join(self.scopes)


def client_of(query: QueryDict) -> tuple[Client, str]:
    """The client and its redirect URI. Until both are known, an error may not be sent to the URI. Raises OAuthError."""
    client = clients.find(single(query, "client_id"))
    if client is None:
        raise OAuthError("invalid_request", "client_id is unknown")
    uri = single(query, "redirect_uri")
    if not client.may_redirect_to(uri):
        raise OAuthError("invalid_request", "redirect_uri is not one of the client's")
    return client, uri


def read_request(query: QueryDict, client: Client, uri: str) -> AuthorizationRequest:
    """The rest of an authorization request; unknown parameters are ignored. Raises OAuthError, for the client."""
    given = {name: value for name in query if (value := single(query, name))}  # an empty one is as good as none
    for name, word in UNSUPPORTED.items():
        if name in given:
            raise OAuthError(word)
    if "response_type" not in given:
        raise OAuthError("invalid_request", "response_type is missing")
    if given["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "only code is supported")
    if given.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "only the response mode query is supported")
    scopes = given.get("scope", "").split()
    if "openid" not in scopes:
        raise OAuthError("invalid_scope", "scope lacks openid")
    prompt = frozenset(given.get("prompt", "").split())
    if "none" in prompt and len(prompt) > 1:
        raise OAuthError("invalid_request", "prompt=none allows no other")
    if not re.fullmatch("[0-9]{1,9}", given.get("max_age", "0")):
        raise OAuthError("invalid_request", "max_age is not a number of seconds")
    if len(given.get("nonce", "")) > LONGEST_NONCE:
        raise OAuthError("invalid_request", f"nonce is longer than {LONGEST_NONCE} characters")
    return AuthorizationRequest(
        client=client,
        redirect_uri=uri,
        scopes=tuple(scope for scope in SCOPES if scope in scopes and scope in client.scopes),
        challenge=challenge_in(given, client),
        nonce=given.get("nonce", ""),
        prompt=prompt,
        max_age=int(given["max_age"]) if "max_age" in given else None,
        id_token_hint=given.get("id_token_hint", ""),
    )


def challenge_in(given: dict[str, str], client: Client) -> str:
    """The code challenge of PKCE; "" only if the client is declared without. Raises OAuthError."""
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    if not (challenge or method or client.pkce):
        return ""
    if method != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    if not CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is missing or malformed")
    return challenge


# -- the token endpoint ------------------------------------------------------------------------------


def form_of(request: HttpRequest) -> QueryDict:
    """The body of a POST. Parameters in the query are refused, because URLs are logged. Raises OAuthError."""
    if request.content_type != FORM:
        raise OAuthError("invalid_request", f"the body must be {FORM}")
    if request.GET:
        raise OAuthError("invalid_request", "parameters belong in the body")
    for name in request.POST:
        single(request.POST, name)
    return request.POST


def authenticated(request: HttpRequest, form: QueryDict) -> Client:
    """The client that makes a request. It shows a secret in the header or in the body; a public one just its id.

    Raises OAuthError.
    """
    named, secret = single(form, "client_id"), single(form, "client_secret")
    client_id = named
    if "Authorization" in request.headers:
        if secret:
            raise OAuthError("invalid_request", "the client authenticates in two ways")
        client_id, secret = basic(request.headers["Authorization"])
        if named not in ("", client_id):
            raise OAuthError("invalid_request", "client_id differs from that of the header")
    client = clients.find(client_id)
    if client is None or client.is_public != (secret == "") or not (client.is_public or client.has_secret(secret)):
        raise OAuthError("invalid_client", "unknown client, or the wrong way to authenticate")
    return client


def basic(header: str) -> tuple[str, str]:
    """Id and secret of client_secret_basic, each percent-encoded (RFC 6749, 2.3.1). Raises OAuthError."""
    scheme, _space, rest = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(rest.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:  # not base64, or not ASCII: the header's text, or what it encodes
        client_id = colon = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "malformed Authorization header")
    return unquote_plus(client_id), unquote_plus(secret)
