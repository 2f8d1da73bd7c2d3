"""Pages of declared origins may fetch tokens; no other site's may, and none sends cookies."""

import pytest
from django.test import Client

from tests.support.provider import APP, VERIFIER, code_for, post, request_of

LISTED, FOREIGN = "https://app.example", "https://evil.example"
ENDPOINTS = ("/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke")


@pytest.fixture(autouse=True)
def listing(settings):
    settings.CORS_ALLOWED_ORIGINS = [LISTED]


def shared_with(response):
    return response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", [*ENDPOINTS, "/.well-known/openid-configuration"])
def test_only_listed_origins_may_call(path):
    extra = {"Access-Control-Request-Method": "POST"}
    for origin, expected in ((LISTED, LISTED), (FOREIGN, None)):
        response = Client().options(path, headers={"Origin": origin, **extra})
        assert shared_with(response) == expected
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_page_of_another_site_is_refused(path):
    assert Client().post(path, headers={"Origin": FOREIGN}).status_code == 403


def test_a_page_of_a_listed_origin_exchanges_a_code(here):
    uri = f"{LISTED}/callback"
    form = {"grant_type": "authorization_code", "code": code_for(here, APP, redirect_uri=uri), "redirect_uri": uri}
    form["code_verifier"] = VERIFIER
    response = post("/oauth2/token", form, APP, Origin=LISTED, **{"Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, shared_with(response)) == (200, LISTED)


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/logout/confirm", "/oauth2/consent"])
def test_what_browsers_open_is_shared_with_no_origin(here, path):
    assert shared_with(here.get(path, request_of(APP), headers={"Origin": LISTED})) is None
