"""Arbitrary parameters never cause an error of the site's own."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from tests.support.fuzz import FORM, text, visible
from tests.support.provider import BAKERY, SECRET, basic, request_of

pytestmark = pytest.mark.slow

NAMES = [
    *request_of(BAKERY),
    *("prompt", "max_age", "login_hint", "ui_locales", "id_token_hint", "response_mode", "post_logout_redirect_uri"),
    *("grant_type", "code", "code_verifier", "refresh_token", "client_secret", "token", "access_token"),
]
TOKEN = {"client_id": "bakery", "client_secret": SECRET, "grant_type": "authorization_code"}
usual = some.sampled_from([{}, request_of(BAKERY), TOKEN, TOKEN | {"grant_type": "refresh_token"}])
parameters = some.builds(lambda usual, odd: usual | odd, usual, some.dictionaries(some.sampled_from(NAMES), text))


def encoded(fields):
    return urlencode(fields, errors="surrogatepass")


@given(fields=parameters)
def test_no_parameter_breaks_what_browsers_open(fields):
    for page in ("authorize", "cancel", "consent", "logout", "logout/confirm"):
        response = Client().get(f"/oauth2/{page}?{encoded(fields)}")
        assert response.status_code < 500
        if "Location" in response.headers:
            Client().get(response["Location"])
            assert response["Location"].startswith(("/", *BAKERY["redirect_uris"]))


schemes = some.sampled_from(["", "Basic ", "Bearer "])
headers = some.one_of(
    some.just({}),
    some.builds(lambda scheme, rest: {"Authorization": scheme + rest}, schemes, visible),
    some.just({"Authorization": basic(BAKERY)}),
)


@given(fields=parameters, headers=headers)
def test_no_parameter_or_authorization_breaks_what_programs_call(fields, headers):
    for endpoint in ("token", "userinfo", "revoke"):
        response = Client().post(f"/oauth2/{endpoint}", encoded(fields), content_type=FORM, headers=headers)
        assert response.status_code in (200, 400, 401)
