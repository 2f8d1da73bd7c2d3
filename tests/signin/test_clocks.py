"""What a server stored whose clock was ahead: nobody waits for it, and none of its codes holds for longer."""

import pytest

from otp import rules
from otp.clock import DAY
from otp.conf import conf
from otp.dynamo.operations import get
from otp.models import Code, LogEntry
from tests.support.api import ADDRESS, answer, ask, mailed_code

pytestmark = pytest.mark.usefixtures("clock")

KEY = {"Idempotency-Key": "7"}


def ask_ahead(clock, seconds, **options):
    """Ask for a code of a server whose clock is that much ahead; the code."""
    clock.shift(seconds)
    assert ask(**options).status_code == 200
    clock.shift(-seconds)
    return mailed_code()


@pytest.mark.parametrize("ahead", [301, DAY])
def test_a_code_of_a_clock_that_was_ahead_is_refused_and_another_is_sent_at_once(clock, ahead):
    code = ask_ahead(clock, ahead)
    for _ in range(2):  # the second is the same request again
        refused = answer(code, headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (403, "otp_expired")
    assert ask().status_code == 200
    new = rules.code_of(conf.keys[0], get(Code, ADDRESS).seed)  # its mail is older than the first, by their dates
    assert answer(new).status_code == 200


def test_a_code_of_a_clock_that_is_a_little_ahead_is_like_any_other(clock):
    code = ask_ahead(clock, 300)
    assert ask().json()["retry_after"] == 60
    assert answer(code).status_code == 200
    assert [entry.took for entry in LogEntry.objects.filter(outcome="otp_verified").order_by("created_at")] == [0]


def test_a_send_repeated_after_the_clock_was_corrected_is_a_new_one(clock, inbox):
    ask_ahead(clock, DAY, headers=KEY)
    again = ask(headers=KEY).json()
    assert (again["expires_in"], again["retry_after"], len(inbox())) == (900, 60, 2)
