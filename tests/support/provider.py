"""Applications that sign people in with this site: their declarations, and the requests that they make."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from django.test import Client

from otp.models import Session
from otp.tokens import keyring
from tests.support.accounts import account_at
from tests.support.api import ADDRESS, mailed_code
from tests.support.pages import submit

ISSUER = "https://otp.example"
RSA_KEY = keyring.new_rsa_key()
VERIFIER = "a-verifier-that-is-used-once-and-is-long-enough"
SECRET = "a-secret-of-the-bakery-that-nobody-can-guess"

BAKERY: dict[str, Any] = {
    "id": "bakery",
    "name": "Bakery",
    "redirect_uris": ["https://bakery.example/callback"],
    "secret_sha256": sha256(SECRET.encode()).hexdigest(),
    "first_party": True,
    "scopes": ["openid", "email", "phone", "offline_access"],
    "post_logout_redirect_uris": ["https://bakery.example/goodbye"],
}
OTHER = BAKERY | {"id": "other", "redirect_uris": ["https://other.example/callback"]}
GARDEN = {  # of another company
    "id": "garden",
    "name": "Garden",
    "redirect_uris": ["https://garden.example/callback?from=otp"],
    "secret_sha256": sha256(SECRET.encode()).hexdigest(),
    "scopes": ["openid", "email"],
}
OLD = {  # can't do PKCE
    "id": "old",
    "name": "Old",
    "redirect_uris": ["https://old.example/callback"],
    "first_party": True,
    "secret_sha256": sha256(SECRET.encode()).hexdigest(),
    "pkce": False,
}
APP = {
    "id": "app",
    "name": "App",
    "redirect_uris": ["http://127.0.0.1/callback", "com.example.app:/callback", "https://app.example/callback"],
    "first_party": True,
}
CLIENTS = [BAKERY, OTHER, GARDEN, OLD, APP]


def challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def request_of(client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The parameters of an authorization request; None leaves one out."""
    usual = {
        "client_id": client["id"],
        "redirect_uri": client["redirect_uris"][0],
        "response_type": "code",
        "scope": "openid email",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    if not client.get("pkce", True):
        del usual["code_challenge"], usual["code_challenge_method"]
    return {name: value for name, value in (usual | changes).items() if value is not None}


def authorize(browser: Client, client: dict[str, Any] = BAKERY, **changes: Any) -> Any:
    """Send a browser to the authorization endpoint."""
    return browser.get(f"/oauth2/authorize?{urlencode(request_of(client, **changes), doseq=True)}")


def answer(response: Any, client: dict[str, Any] = BAKERY, uri: str | None = None) -> dict[str, str]:
    """The parameters that the client gets back by a redirect to this URI, its first unless another is given."""
    place, _, query = response.headers["Location"].partition("?")
    assert place == (uri or client["redirect_uris"][0]).partition("?")[0]
    return {name: value for name, (value,) in parse_qs(query, strict_parsing=True).items()}


def leads_to(page: Any) -> str:
    """The URL that a page leads to by itself."""
    assert page.status_code == 200, page.status_code
    return unescape(page.text.partition('http-equiv="refresh" content="0; url=')[2].partition('"')[0])


def allow(browser: Client, page: Any) -> Any:
    """Consent on the page that asks for it; returns the response that leads to the client."""
    return browser.get(leads_to(submit(browser, page, follow=False)))


def code_for(browser: Client, client: dict[str, Any] = BAKERY, **changes: Any) -> str:
    """The code of a browser in which somebody is signed in."""
    return answer(authorize(browser, client, **changes), client, changes.get("redirect_uri"))["code"]


def session_of(address: str = ADDRESS) -> Session:
    """The only session of an application, from the storage."""
    sessions = Session.objects.filter(subject=account_at(address).pk)
    (found,) = [session for session in sessions if session.kind == Session.Kind.CLIENT]
    return found


def sign_in_for(browser: Client, client: dict[str, Any] = BAKERY, address: str = ADDRESS, **changes: Any) -> Any:
    """Sign in with a code because an application asks for it; returns the response that leads to the client."""
    page = browser.get(authorize(browser, client, **changes)["Location"])
    page = submit(browser, page, email=address)
    page = submit(browser, page, code=mailed_code(address))
    return browser.get(leads_to(page))


def basic(client: dict[str, Any], secret: str = SECRET) -> str:
    return "Basic " + b64encode(f"{client['id']}:{secret}".encode()).decode()


def post(path: str, form: dict[str, Any], client: dict[str, Any] | None = BAKERY, **headers: str) -> Any:
    """POST a form as an application, which authenticates by Basic or as a public client; None as neither."""
    if client and "secret_sha256" in client:
        headers = {"Authorization": basic(client), **headers}
    elif client:
        form = {"client_id": client["id"], **form}
    body = urlencode({name: value for name, value in form.items() if value is not None}, doseq=True)
    return Client().post(path, body, content_type="application/x-www-form-urlencoded", headers=headers)


def redeem(code: str, client: dict[str, Any] = BAKERY, **changes: Any) -> Any:
    """Exchange a code; returns the response."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client["redirect_uris"][0]}
    if client.get("pkce", True):
        form["code_verifier"] = VERIFIER
    return post("/oauth2/token", form | changes, client)


def refresh(token: str, client: dict[str, Any] = BAKERY, **changes: Any) -> Any:
    return post("/oauth2/token", {"grant_type": "refresh_token", "refresh_token": token} | changes, client)


def tokens_for(browser: Client, client: dict[str, Any] = BAKERY, **changes: Any) -> dict[str, Any]:
    """The tokens of an application in whose browser somebody is signed in."""
    uri = changes.get("redirect_uri") or client["redirect_uris"][0]
    response = redeem(code_for(browser, client, **changes), client, redirect_uri=uri)
    assert response.status_code == 200, response.text
    return response.json()


def userinfo(access_token: str) -> Any:
    return Client().get("/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def read(token: str) -> dict[str, Any]:
    """The claims of a JWT."""
    return jwt.decode(token, options={"verify_signature": False})


def is_page(response: Any) -> bool:
    """Whether a refusal is a page of this site, which leads nowhere."""
    return response.status_code == 400 and "Location" not in response.headers


def error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]
