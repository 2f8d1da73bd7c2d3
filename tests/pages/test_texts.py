import pytest

from otp.exceptions import AccountInactive, CallerLimited, CodeInvalid, CooldownActive
from otp.pages import texts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "60 seconds"),
        (120, "120 seconds"),
        (121, "3 minutes"),
        (7200, "120 minutes"),
        (7201, "3 hours"),
        (86_400, "24 hours"),
    ],
)
def test_a_wait_is_rounded_up_to_a_unit_that_a_person_can_use(seconds, words):
    assert texts.duration(seconds) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CodeInvalid(attempts_left=5), "This is not the code. 5 tries are left."),
        (CodeInvalid(attempts_left=1), "This is not the code. One try is left."),
        (CodeInvalid(attempts_left=0), "This is not the code, and it was the last try."),
        (CooldownActive(retry_after=42), "A code was sent to this address lately. Another can be sent in 42 seconds."),
        (CallerLimited(retry_after=600), "Too many codes were asked for from your network. Try again in 10 minutes."),
        (AccountInactive(), "This account is deactivated."),
    ],
)
def test_a_refusal_says_why_and_how_long(error, words):
    assert texts.reason(error) == words
