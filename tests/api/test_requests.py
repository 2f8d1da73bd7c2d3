"""Requests to the JSON API: bodies, methods, origins, and what every response has."""

import json

import pytest
from django.test import Client

from otp.tokens import keyring
from tests.support.api import ADDRESS, answer, ask, mailed_code, post, status_and_message

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize(
    "body", ["", "no json", "{", '"text"', "[]", "null", "12", '{"action": NaN}', b"\xff\xfe", "[" * 4000]
)
def test_a_body_must_be_a_json_object(body):
    assert status_and_message(post(body)) == (400, "Invalid JSON body")


@pytest.mark.parametrize("action", ["dance", "SEND_OTP", " send_otp", 5, ["send_otp"], {"a": 1}])
@pytest.mark.parametrize("tokens", [True, False])
def test_an_unknown_action_gets_a_list_of_the_known_ones(settings, action, tokens):
    """Without an address too, where the message is the one that existing clients get."""
    settings.OTP_JWT_KEYS = [keyring.new_key()] if tokens else []
    known = ["send_otp", "verify_otp", *(["refresh_token", "sign_out", "sign_out_everywhere"] if tokens else [])]
    for address, message in ({"email": ADDRESS}, "Invalid action"), ({}, "Action and email are required"):
        answered = post({"action": action, **address})
        assert answered.status_code == 400
        assert answered.json() == {"message": message, "code": "action_invalid", "actions": known}


@pytest.mark.parametrize(
    "body",
    [{}, {"action": "send_otp"}, {"email": ADDRESS}, {"action": "", "email": ""}, {"action": None, "email": None}],
)
def test_action_and_email_are_required(body):
    assert status_and_message(post(body)) == (400, "Action and email are required")


@pytest.mark.parametrize(
    "email", ["nonsense", 12, True, ["a@b.example"], {"a": "b"}, "a@b.example\x00", "\ud800@b.example"]
)
def test_the_address_must_be_valid(email):
    assert status_and_message(post({"action": "send_otp", "email": email})) == (400, "Invalid email format")


def test_the_address_is_checked_before_the_action():
    assert status_and_message(post({"action": "dance", "email": "nonsense"})) == (400, "Invalid email format")


@pytest.mark.parametrize("action", ["dance", 12, ["send_otp"], {"send_otp": 1}, "send_otp\x00", "\ud800"])
def test_the_action_must_be_known(action):
    assert status_and_message(post({"action": action, "email": ADDRESS})) == (400, "Invalid action")


@pytest.mark.parametrize("body", [{}, {"otp": None}, {"otp": ""}])
def test_verifying_needs_a_code(body):
    assert status_and_message(post({"action": "verify_otp", "email": ADDRESS, **body})) == (400, "OTP is required")


def test_the_content_type_is_ignored():
    body = json.dumps({"action": "send_otp", "email": ADDRESS})
    response = Client().post("/otp", body, content_type="application/x-www-form-urlencoded")
    assert status_and_message(response) == (200, "OTP sent successfully")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "json_invalid"),
        ({}, "field_required"),
        ({"action": "send_otp", "email": "x"}, "email_invalid"),
        ({"action": "x", "email": ADDRESS}, "action_invalid"),
        ({"action": "verify_otp", "email": ADDRESS}, "otp_required"),
        ({"action": "verify_otp", "email": ADDRESS, "otp": "1"}, "otp_not_found"),
        ({"action": "verify_otp", "email": ADDRESS, "otp": "1", "challenge": "a b"}, "challenge_invalid"),
        ({"action": "send_otp", "email": ADDRESS, "challenge": "yes"}, "challenge_invalid"),
    ],
)
def test_each_refusal_has_its_code(body, code):
    assert post(body).json()["code"] == code


def test_a_duplicate_key_is_refused():
    body = '{"action": "send_otp", "email": "a@b.example", "email": "c@d.example"}'
    assert status_and_message(post(body)) == (400, "Invalid JSON body")


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_is_allowed(method):
    response = getattr(Client(), method)("/otp")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response["Content-Type"] == "application/json"


def test_a_body_over_8_kib_is_refused():
    assert post(b"1" * (8 * 1024)).status_code == 400
    assert post(b"1" * (8 * 1024 + 1)).json()["code"] == "body_too_large"
    assert post(b"1" * (8 * 1024 + 1)).status_code == 413
    assert post(b"1" * 10_000_000).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_requests_from_other_origins_are_refused(headers, inbox):
    response = ask(headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "foreign_origin"
    assert inbox() == []


def test_own_pages_and_programs_are_accepted():
    assert ask(headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert ask("other@example.com").status_code == 200


def test_responses_set_no_cookie_and_are_not_cached():
    ask()
    response = answer(mailed_code())
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
