"""What the service tells whoever listens: how each send and each try ended, once."""

import pytest

from otp.signals import decided, deciding
from tests.verbs import answer, ask, mailed_code, other_than


@pytest.fixture
def outcomes():
    heard = []

    def listen(outcome, **kwargs):
        heard.append(outcome)

    decided.connect(listen)
    yield heard
    decided.disconnect(listen)


def test_a_way_in_is_told_step_by_step(outcomes):
    ask()
    ask()
    answer(other_than(mailed_code()))
    answer(mailed_code())
    assert outcomes == ["otp_sent", "otp_cooldown", "otp_invalid", "otp_verified"]


def test_the_unexpected_is_told_as_such_and_goes_on(outcomes):
    with pytest.raises(ZeroDivisionError), deciding("otp_sent"):
        raise ZeroDivisionError
    assert outcomes == ["server_error"]


def test_a_listener_that_fails_harms_nobody(outcomes):
    def fail(**kwargs):
        raise ValueError

    decided.connect(fail)
    try:
        assert ask().status_code == 200
    finally:
        decided.disconnect(fail)
