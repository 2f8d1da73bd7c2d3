"""The JSON API: sending and verifying codes, on which clients of the previous system rely, and challenges."""

import pytest

from otp import rules
from tests.support.api import answer, ask, mailed_code, other_than, status_and_message

pytestmark = pytest.mark.usefixtures("clock")


def test_a_code_is_sent_and_verified():
    assert status_and_message(ask()) == (200, "OTP sent successfully")
    assert status_and_message(answer(mailed_code())) == (200, "OTP verified successfully")


def test_a_wrong_code_is_401_six_times_and_then_even_the_correct_one_is_403():
    ask()
    code = mailed_code()
    wrong = [answer(other_than(code)) for _ in range(6)]
    assert [status_and_message(each) for each in wrong] == [(401, "Invalid OTP")] * 6
    assert [each.json()["attempts_left"] for each in wrong] == [5, 4, 3, 2, 1, 0]
    assert status_and_message(answer(code)) == (403, "OTP attempts exceeded (6)")


@pytest.mark.parametrize("guess", ["12345", "1234567", "abcdef", "\x00", "\ud800", "0" * 5000])
def test_any_other_text_is_a_wrong_code(guess):
    ask()
    assert status_and_message(answer(guess)) == (401, "Invalid OTP")


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
def test_a_code_may_have_spaces_dashes_and_digits_of_other_scripts(written, monkeypatch):
    monkeypatch.setattr(rules, "code_of", lambda key, seed: "048213")
    ask()
    assert answer(written("048213")).status_code == 200


def test_a_code_is_valid_for_fifteen_minutes(clock):
    ask()
    clock.shift(15 * 60 - 1)
    assert status_and_message(answer(mailed_code())) == (200, "OTP verified successfully")


def test_a_code_expires_after_fifteen_minutes(clock):
    ask()
    clock.shift(15 * 60)
    assert status_and_message(answer(mailed_code())) == (403, "OTP expired")


def test_without_a_code_it_is_not_found():
    assert status_and_message(answer("123456")) == (404, "OTP not found")


def test_a_code_works_once():
    ask()
    code = mailed_code()
    answer(code)
    assert status_and_message(answer(code)) == (404, "OTP not found")


def test_a_used_code_looks_expired_to_all_but_its_own_digits(clock):
    ask()
    code = mailed_code()
    answer(code)
    clock.shift(3600)
    assert status_and_message(answer(other_than(code))) == (403, "OTP expired")
    assert status_and_message(answer(code)) == (404, "OTP not found")


def test_the_mail_goes_to_the_canonical_address():
    from otp.local.inbox import mails

    ask("Person@Example.com")
    (mail,) = mails()
    assert mail.to == ["person@example.com"]


def test_each_response_has_its_code_and_numbers():
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


@pytest.mark.parametrize("otp", [123456, 12.5, True, ["1"], {"1": 2}])
def test_a_code_that_is_not_a_string_is_refused_and_costs_no_attempt(otp):
    ask()
    response = answer(otp)
    assert response.status_code == 400
    assert "must be a string" in response.json()["message"]
    assert answer(other_than(mailed_code())).json()["attempts_left"] == 5


def test_a_request_within_the_cooldown_is_refused_with_the_time_to_wait(clock):
    ask()
    clock.shift(18)
    response = ask()
    assert response.status_code == 429
    assert response.json()["code"] == "otp_cooldown"
    assert response.json()["retry_after"] == 42
    assert response["Retry-After"] == "42"
    clock.shift(42)
    assert ask().status_code == 200


# -- challenges ------------------------------------------------------------------------------------


def test_a_code_with_a_challenge_works_only_with_it():
    challenge = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    assert status_and_message(answer(code)) == (404, "OTP not found")
    assert status_and_message(answer(code, challenge="another")) == (404, "OTP not found")
    assert status_and_message(answer(code, challenge=challenge)) == (200, "OTP verified successfully")


def test_guesses_without_the_challenge_do_not_count():
    challenge = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    for _ in range(10):
        answer(other_than(code))
    assert status_and_message(answer(code, challenge=challenge)) == (200, "OTP verified successfully")


def test_each_challenge_is_new(clock):
    first = ask(challenge=True).json()["challenge"]
    clock.shift(60)
    assert ask(challenge=True).json()["challenge"] != first
