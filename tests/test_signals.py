"""Signals: their arguments, and that exceptions of receivers have no effect."""

import pytest

from otp import rules, signals
from otp.models import LogEntry
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than


@pytest.fixture
def heard():
    """The signals that were sent, as (signal, arguments)."""
    heard, connected = [], []
    for name in ("sent", "signed_in", "refused", "locked", "bounced"):

        def note(sender, signal, name=name, **data):
            heard.append((name, data))

        connected.append((getattr(signals, name), note))
        getattr(signals, name).connect(note)
    yield heard
    for signal, note in connected:
        signal.disconnect(note)


def names(heard):
    return [name for name, _ in heard]


@pytest.fixture
def outcomes():
    """The outcomes that were counted."""
    counted = []

    def count(outcome, **kwargs):
        counted.append(outcome)

    signals.decided.connect(count)
    yield counted
    signals.decided.disconnect(count)


def test_each_send_and_each_attempt_is_counted_once_by_its_outcome(outcomes):
    ask()
    ask()
    answer(other_than(mailed_code()))
    answer(mailed_code())
    assert outcomes == ["otp_sent", "otp_cooldown", "otp_invalid", "otp_verified"]


def test_the_attempt_that_leaves_none_is_counted_as_a_lock_out(outcomes):
    ask()
    for _ in range(rules.MAX_ATTEMPTS + 1):
        answer("12345x")
    assert outcomes[1:] == ["otp_invalid"] * (rules.MAX_ATTEMPTS - 1) + ["otp_locked", "otp_attempts_exceeded"]


def test_a_code_that_was_withheld_is_counted_as_such_while_receivers_hear_that_one_was_sent(outcomes, heard, settings):
    settings.OTP_SIGNUP = ["closed"]
    ask()
    assert outcomes == ["signup_refused"]
    assert names(heard) == ["sent"]


def test_an_unexpected_error_is_counted_as_such_and_raised(outcomes, heard, monkeypatch):
    monkeypatch.setattr(rules, "new_seed", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask()
    assert outcomes == ["server_error"]
    assert heard == []


def test_a_sign_in_sends_its_signals(heard):
    ask()
    answer(other_than(mailed_code()))
    answer(mailed_code())
    assert names(heard) == ["sent", "refused", "signed_in"]
    for _, data in heard:
        assert (data["address"], data["flow"], data["caller"].network) == (ADDRESS, "api", "127.0.0.1")
    assert heard[1][1]["error"].code == "otp_invalid"
    assert heard[2][1]["account"].address == ADDRESS


def test_a_refused_send_sends_a_signal(heard):
    ask()
    ask()
    assert names(heard) == ["sent", "refused"]
    assert heard[1][1]["error"].code == "otp_cooldown"


def test_the_last_attempt_sends_the_lock_signal_once(heard):
    ask()
    for _ in range(8):
        answer(other_than(mailed_code()))
    assert names(heard).count("locked") == 1
    assert names(heard)[7] == "locked"


def test_no_signal_contains_a_code(heard):
    ask()
    code = mailed_code()
    answer(other_than(code))
    answer(code)
    data = str([[getattr(value, "__dict__", value) for value in data.values()] for _, data in heard])
    assert code not in data
    assert other_than(code) not in data


@pytest.mark.parametrize("name", ["decided", "sent", "signed_in", "refused", "locked"])
def test_a_failing_receiver_does_not_affect_the_sign_in_and_logs_no_code(name, caplog, settings):
    def fails(**data):
        raise RuntimeError(name)

    settings.OTP_MAX_ATTEMPTS = 2
    getattr(signals, name).connect(fails)
    try:
        ask()
        code = mailed_code()
        assert answer(other_than(code)).status_code == 401
        assert answer(code).status_code == 200
        ask("other@example.com")
        other = other_than(mailed_code("other@example.com"))
        assert [answer(other, "other@example.com").status_code for _ in range(3)] == [401, 401, 403]
    finally:
        getattr(signals, name).disconnect(fails)
    assert "RuntimeError" in caplog.text
    assert code not in caplog.text
    assert other not in caplog.text
    outcomes = [each.outcome for each in LogEntry.objects.filter(address=ADDRESS).order_by("created_at")]
    assert outcomes[-1] == "otp_verified"
