import pytest

from otp.exceptions import AccountInactive, CallerLimited, CodeInvalid, CooldownActive, DeliveryFailed, Unavailable
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
def test_a_wait_is_rounded_up_to_a_suitable_unit(seconds, words):
    assert texts.duration(seconds) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CodeInvalid(attempts_left=5), "That code isn't right. You have 5 tries left."),
        (CodeInvalid(attempts_left=1), "That code isn't right. You have one try left."),
        (
            CooldownActive(retry_after=42),
            "A code was sent to this address recently. You can get another in 42 seconds.",
        ),
        (
            CallerLimited(retry_after=600),
            "Too many codes have been requested from your network. Try again in 10 minutes.",
        ),
        (DeliveryFailed(retry_after=60), "We couldn't send your code. Try again in 60 seconds."),
        (Unavailable(), "That didn't work. Try again in 1 second."),
        (AccountInactive(), "This account has been deactivated."),
    ],
)
def test_a_refusal_says_why_and_how_long(error, words):
    assert texts.reason(error) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (5, "0:05"), (65, "1:05"), (120, "2:00"), (121, "3 minutes"), (7201, "3 hours")]
)
def test_a_countdown_is_rendered_as_the_script_writes_it(seconds, words):
    assert texts.countdown(seconds) == words
