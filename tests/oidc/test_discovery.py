"""The metadata, by which clients configure themselves."""

import pytest
from django.test import Client

from otp.tokens import keyring
from tests.support.provider import RSA_KEY

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


@pytest.mark.parametrize("path", PATHS)
def test_the_metadata_is_cached_and_makes_no_request(requests_log, path):
    response = Client().get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Cache-Control"] == "public, max-age=900"
    assert requests_log.operations == []
    assert not response.cookies


def test_the_metadata_names_the_issuer_and_what_is_supported():
    found = Client().get(PATHS[0]).json()
    assert found["issuer"] == "https://otp.example"
    assert found["jwks_uri"] == "https://otp.example/.well-known/jwks.json"
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    assert found["authorization_response_iss_parameter_supported"] is True


def test_the_algorithms_are_those_that_have_keys(settings):
    settings.OTP_JWT_KEYS = [keyring.new_key(), RSA_KEY]
    assert Client().get(PATHS[0]).json()["id_token_signing_alg_values_supported"] == ["RS256", "EdDSA"]


def test_every_endpoint_in_the_metadata_exists():
    found = Client().get(PATHS[0]).json()
    endpoints = [url for name, url in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) == 6
    for url in endpoints:
        assert Client().get(url.removeprefix("https://otp.example")).status_code != 404


def test_a_stage_in_the_issuer_is_in_every_endpoint(settings):
    settings.OTP_JWT_ISSUER = "https://abc.execute-api.ap-southeast-2.amazonaws.com/prod"
    found = Client().get(PATHS[0]).json()
    assert found["token_endpoint"] == f"{settings.OTP_JWT_ISSUER}/oauth2/token"


@pytest.mark.parametrize("path", PATHS)
def test_a_site_without_clients_is_no_provider(settings, path):
    settings.OTP_CLIENTS = []
    assert Client().get(path).status_code == 404
