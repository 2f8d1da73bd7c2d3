"""How a client authenticates at the endpoints that programs call."""

import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.support.provider import (
    APP,
    BAKERY,
    SECRET,
    basic,
    code_for,
    error,
    post,
)

pytestmark = pytest.mark.slow

INVALID_GRANT = (400, "invalid_grant")


def token_request(form=None, **headers):
    body = {"grant_type": "refresh_token", "refresh_token": "x"} | (form or {})
    return error(post("/oauth2/token", body, None, **headers))


@pytest.mark.parametrize(
    ("form", "headers", "expected"),
    [
        ({}, {}, (401, "invalid_client")),
        ({"client_id": "bakery"}, {}, (401, "invalid_client")),
        ({"client_id": "bakery", "client_secret": "wrong"}, {}, (401, "invalid_client")),
        ({"client_id": "bakery", "client_secret": SECRET + "\0"}, {}, (401, "invalid_client")),
        ({"client_id": "bakery", "client_secret": BAKERY["secret_sha256"]}, {}, (401, "invalid_client")),
        ({"client_id": "app", "client_secret": SECRET}, {}, (401, "invalid_client")),
        ({"client_id": "nobody", "client_secret": SECRET}, {}, (401, "invalid_client")),
        ({}, {"Authorization": basic(BAKERY, "wrong")}, (401, "invalid_client")),
        ({}, {"Authorization": basic(APP)}, (401, "invalid_client")),
        ({}, {"Authorization": basic(BAKERY, "é")}, (401, "invalid_client")),
        ({}, {"Authorization": "Basic !"}, (401, "invalid_client")),
        ({}, {"Authorization": "Basic é"}, (401, "invalid_client")),
        ({}, {"Authorization": "Bearer x"}, (401, "invalid_client")),
        ({"client_secret": SECRET}, {"Authorization": basic(BAKERY)}, (400, "invalid_request")),
        ({"client_id": "other"}, {"Authorization": basic(BAKERY)}, (400, "invalid_request")),
        ({"client_id": ["bakery", "bakery"], "client_secret": SECRET}, {}, (400, "invalid_request")),
        ({"client_id": "bakery", "client_secret": SECRET}, {}, INVALID_GRANT),
        ({"client_id": "bakery"}, {"Authorization": basic(BAKERY)}, INVALID_GRANT),
        ({"client_id": "app"}, {}, INVALID_GRANT),
    ],
)
def test_client_authenticates_in_one_way_only(form, headers, expected):
    assert token_request(form, **headers) == expected


def test_percent_encoded_secret_in_the_header_is_decoded(settings):
    """RFC 6749, 2.3.1."""
    settings.OTP_CLIENTS = [BAKERY | {"secret_sha256": sha256(b"a+b/c:d%").hexdigest()}]
    assert token_request(Authorization=basic(BAKERY, "a%2Bb%2Fc%3Ad%25")) == INVALID_GRANT


def test_body_must_be_a_form_and_query_is_ignored(here):
    code = code_for(here)
    form = {"grant_type": "authorization_code", "code": code, "client_id": "bakery", "client_secret": SECRET}
    for content_type in ("application/json", "text/plain"):
        response = Client().post("/oauth2/token", json.dumps(form), content_type=content_type)
        assert error(response) == (400, "invalid_request")
    in_query = Client().post(f"/oauth2/token?{urlencode(form)}", "", content_type="application/x-www-form-urlencoded")
    assert error(in_query) == (400, "invalid_request")
    assert Client().get(f"/oauth2/token?{urlencode(form)}").status_code == 405


@pytest.mark.parametrize(
    "grant", ["password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:device_code"]
)
def test_other_grants_are_refused(grant):
    assert token_request({"grant_type": grant}, Authorization=basic(BAKERY)) == (400, "unsupported_grant_type")
