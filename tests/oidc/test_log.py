"""What the logs say about sign-ins to applications, and what they don't."""

import logging

import pytest
from django.test import Client

from otp.models import LogEntry
from otp.oidc import claims
from tests.support.accounts import account_at
from tests.support.api import ADDRESS
from tests.support.faults import faulty, refused
from tests.support.provider import (
    SECRET,
    VERIFIER,
    answer,
    authorize,
    code_for,
    error,
    post,
    redeem,
    refresh,
    sign_in_for,
    userinfo,
)


def test_a_sign_in_to_an_application_is_in_the_log(here):
    authorize(here)
    authorize(Client())
    (entry,) = [each for each in LogEntry.objects.filter(address=ADDRESS) if each.outcome == "client_signed_in"]
    assert (entry.client, entry.account, entry.flow) == ("bakery", account_at(ADDRESS).pk, "page")


@pytest.fixture
def lines(caplog):
    """The lines of the site and of Django, at the lowest level."""
    with caplog.at_level(logging.DEBUG, logger="otp"), caplog.at_level(logging.DEBUG, logger="django"):
        yield caplog


def test_no_log_line_contains_a_code_a_token_a_secret_or_the_state(client, lines, monkeypatch):
    """Neither of a sign-in, nor of refusals and failures."""
    back = answer(sign_in_for(client))
    tokens = redeem(back["code"]).json()
    renewed = refresh(tokens["refresh_token"]).json()
    assert userinfo(renewed["access_token"]).status_code == 200
    assert error(redeem(back["code"], code_verifier="v" * 43)) == (400, "invalid_grant")
    assert error(redeem(back["code"])) == (400, "invalid_grant")
    assert userinfo(renewed["access_token"]).status_code == 401
    assert authorize(client, redirect_uri="https://evil.example/").status_code == 400
    assert post("/oauth2/revoke", {"token": renewed["refresh_token"]}).status_code == 200
    with faulty("TransactWriteItems", *[refused] * 9):
        assert authorize(client).status_code == 503
    second = code_for(client)
    monkeypatch.setattr(claims, "tokens", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        redeem(second)
    client.get("/oauth2/logout", {"id_token_hint": tokens["id_token"], "state": "the-state"})
    secrets = {*tokens.values(), *renewed.values(), back["code"], second, SECRET, VERIFIER, "the-state", "the-nonce"}
    found = [text for text in map(str, secrets - {"Bearer", 600, tokens["scope"]}) if text in lines.text]
    assert found == []
    assert "Internal Server Error: oidc:token" in lines.text
