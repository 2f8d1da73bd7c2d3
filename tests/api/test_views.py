"""The JSON API, row by row as clients of the original rely on it, and what was added."""

import json

import pytest
import time_machine
from django.test import Client

from otp import rules
from tests.support.verbs import ADDRESS, answer, ask, mailed_code, other_than, post

NOON = 2_000_000_000  # epoch seconds


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def told(response):
    """What a client of the original reads."""
    return response.status_code, response.json()["message"]


# -- the contract of the original ------------------------------------------------------------------


def test_a_code_is_sent_and_verified():
    assert told(ask()) == (200, "OTP sent successfully")
    assert told(answer(mailed_code())) == (200, "OTP verified successfully")


@pytest.mark.parametrize(
    "body", ["", "no json", "{", '"text"', "[]", "null", "12", '{"action": NaN}', b"\xff\xfe", "[" * 4000]
)
def test_a_body_that_is_no_json_object_is_refused(body):
    assert told(post(body)) == (400, "Invalid JSON body")


@pytest.mark.parametrize(
    "body",
    [{}, {"action": "send_otp"}, {"email": ADDRESS}, {"action": "", "email": ""}, {"action": None, "email": None}],
)
def test_action_and_email_are_required(body):
    assert told(post(body)) == (400, "Action and email are required")


@pytest.mark.parametrize(
    "email", ["nonsense", 12, True, ["a@b.example"], {"a": "b"}, "a@b.example\x00", "\ud800@b.example"]
)
def test_an_address_must_be_one(email):
    assert told(post({"action": "send_otp", "email": email})) == (400, "Invalid email format")


def test_the_address_is_looked_at_before_the_action():
    assert told(post({"action": "dance", "email": "nonsense"})) == (400, "Invalid email format")


@pytest.mark.parametrize("action", ["dance", 12, ["send_otp"], {"send_otp": 1}, "send_otp\x00", "\ud800"])
def test_the_action_must_be_one_of_two(action):
    assert told(post({"action": action, "email": ADDRESS})) == (400, "Invalid action")


@pytest.mark.parametrize("body", [{}, {"otp": None}, {"otp": ""}])
def test_verifying_takes_a_code(body):
    assert told(post({"action": "verify_otp", "email": ADDRESS, **body})) == (400, "OTP is required")


def test_a_wrong_code_is_401_six_times_and_403_from_the_seventh_even_if_right():
    ask()
    code = mailed_code()
    wrong = [answer(other_than(code)) for _ in range(6)]
    assert [told(each) for each in wrong] == [(401, "Invalid OTP")] * 6
    assert [each.json()["attempts_left"] for each in wrong] == [5, 4, 3, 2, 1, 0]
    assert told(answer(code)) == (403, "OTP attempts exceeded (6)")


@pytest.mark.parametrize("guess", ["12345", "1234567", "abcdef", "\x00", "\ud800", "0" * 5000])
def test_whatever_isnt_the_code_is_a_wrong_code(guess):
    ask()
    assert told(answer(guess)) == (401, "Invalid OTP")


def in_digits_from(zero):
    return lambda code: "".join(chr(ord(zero) + int(digit)) for digit in code)


@pytest.mark.parametrize(
    "written",
    [
        lambda code: f" {code[:3]} {code[3:]}\n",
        lambda code: f"{code[:3]}-{code[3:]}",
        in_digits_from("\N{FULLWIDTH DIGIT ZERO}"),
        in_digits_from("\N{ARABIC-INDIC DIGIT ZERO}"),
        in_digits_from("\N{DEVANAGARI DIGIT ZERO}"),
    ],
    ids=["spaces", "dash", "full-width", "arabic-indic", "devanagari"],
)
def test_a_code_is_taken_as_people_write_it(written, monkeypatch):
    monkeypatch.setattr(rules, "new_code", lambda: "048213")
    ask()
    assert answer(written("048213")).status_code == 200


def test_a_code_holds_for_fifteen_minutes(clock):
    ask()
    clock.shift(15 * 60 - 1)
    assert told(answer(mailed_code())) == (200, "OTP verified successfully")


def test_a_code_is_too_old_after_fifteen_minutes(clock):
    ask()
    clock.shift(15 * 60)
    assert told(answer(mailed_code())) == (403, "OTP expired")


def test_without_a_code_there_is_nothing_to_verify():
    assert told(answer("123456")) == (404, "OTP not found")


def test_a_code_works_once():
    ask()
    code = mailed_code()
    answer(code)
    assert told(answer(code)) == (404, "OTP not found")


def test_a_code_used_is_not_found_even_when_it_is_too_old(clock):
    ask()
    answer(mailed_code())
    clock.shift(3600)
    assert told(answer("123456")) == (404, "OTP not found")


def test_the_content_type_is_not_asked_for():
    body = json.dumps({"action": "send_otp", "email": ADDRESS})
    response = Client().post("/otp", body, content_type="application/x-www-form-urlencoded")
    assert told(response) == (200, "OTP sent successfully")


def test_the_mail_is_the_originals():
    from otp.local.inbox import mails

    ask("Person@Example.com")
    (mail,) = mails()
    assert mail.subject == "Your OTP Code"
    assert mail.to == ["person@example.com"]


# -- what was added --------------------------------------------------------------------------------


def test_each_answer_carries_a_stable_word_and_its_numbers():
    assert ask().json() == {
        "message": "OTP sent successfully",
        "code": "otp_sent",
        "expires_in": 900,
        "retry_after": 60,
    }
    assert answer(other_than(mailed_code())).json() == {
        "message": "Invalid OTP",
        "code": "otp_invalid",
        "attempts_left": 5,
    }
    assert answer(mailed_code()).json()["code"] == "otp_verified"


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
def test_each_refusal_has_its_word(body, code):
    assert post(body).json()["code"] == code


@pytest.mark.parametrize("otp", [123456, 12.5, True, ["1"], {"1": 2}])
def test_a_code_that_is_no_string_is_refused_and_costs_no_try(otp):
    ask()
    response = answer(otp)
    assert response.status_code == 400
    assert "must be a string" in response.json()["message"]
    assert answer(other_than(mailed_code())).json()["attempts_left"] == 5


def test_a_duplicate_key_is_refused():
    body = '{"action": "send_otp", "email": "a@b.example", "email": "c@d.example"}'
    assert told(post(body)) == (400, "Invalid JSON body")


def test_asking_again_within_the_cooldown_is_refused_and_says_when(clock):
    ask()
    clock.shift(18)
    response = ask()
    assert response.status_code == 429
    assert response.json()["code"] == "otp_cooldown"
    assert response.json()["retry_after"] == 42
    assert response["Retry-After"] == "42"
    clock.shift(42)
    assert ask().status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_is_answered(method):
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
def test_another_sites_browser_is_refused(headers, inbox):
    response = ask(headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "foreign_origin"
    assert inbox() == []


def test_our_own_pages_and_programs_may_ask():
    assert ask(headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert ask("other@example.com").status_code == 200


def test_no_answer_sets_a_cookie_or_may_be_kept():
    ask()
    response = answer(mailed_code())
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


# -- challenges ------------------------------------------------------------------------------------


def test_a_challenged_code_is_taken_with_its_challenge_and_nowhere_else():
    challenge = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    assert told(answer(code)) == (404, "OTP not found")
    assert told(answer(code, challenge="another")) == (404, "OTP not found")
    assert told(answer(code, challenge=challenge)) == (200, "OTP verified successfully")


def test_guesses_of_a_stranger_leave_a_challenged_code_alone():
    challenge = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    for _ in range(10):
        answer(other_than(code))
    assert told(answer(code, challenge=challenge)) == (200, "OTP verified successfully")


def test_a_challenge_is_another_each_time(clock):
    first = ask(challenge=True).json()["challenge"]
    clock.shift(60)
    assert ask(challenge=True).json()["challenge"] != first
