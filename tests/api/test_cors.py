"""Pages of listed origins may call the API, but nothing else (threat 11)."""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, ask

LISTED, FOREIGN = "https://app.example", "https://evil.example"


@pytest.fixture(autouse=True)
def listing(settings):
    settings.CORS_ALLOWED_ORIGINS = [LISTED]


def preflight(origin, path="/otp"):
    extra = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    return Client().options(path, headers={"Origin": origin, **extra})


def shared_with(response):
    return response.headers.get("Access-Control-Allow-Origin")


def test_a_listed_origin_may_call_the_api():
    response = preflight(LISTED)
    assert shared_with(response) == LISTED
    assert response["Access-Control-Allow-Methods"] == "GET, POST"
    assert response["Access-Control-Allow-Headers"] == "authorization, content-type, idempotency-key"
    response = ask(headers={"Origin": LISTED, "Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, shared_with(response)) == (200, LISTED)
    response = ask(headers={"Origin": LISTED, "Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, shared_with(response)) == (429, LISTED)
    assert response["Access-Control-Expose-Headers"] == "retry-after"


def test_cors_never_allows_cookies():
    assert "Access-Control-Allow-Credentials" not in preflight(LISTED).headers


@pytest.mark.parametrize("origin", [FOREIGN, "null", "https://app.example.evil.example", "http://app.example"])
def test_an_unlisted_origin_is_refused(origin, inbox):
    assert shared_with(preflight(origin)) is None
    response = ask(headers={"Origin": origin})
    assert (response.status_code, shared_with(response)) == (403, None)
    assert inbox() == []


def test_by_default_no_origin_is_listed(settings):
    settings.CORS_ALLOWED_ORIGINS = []
    assert shared_with(preflight(LISTED)) is None
    assert ask(headers={"Origin": LISTED}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/verify/", "/account/delete/", "/otpx"])
def test_pages_refuse_forms_of_a_listed_origin(path):
    assert shared_with(preflight(LISTED, path)) is None
    response = Client().post(path, {"email": ADDRESS}, headers={"Origin": LISTED})
    assert (response.status_code, shared_with(response)) == (403, None)


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/otp/me"])
def test_a_listed_origin_may_read_the_keys_and_the_account(path):
    assert shared_with(Client().get(path, headers={"Origin": LISTED})) == LISTED
