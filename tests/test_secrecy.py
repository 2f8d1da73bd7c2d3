"""Codes, keys, digests and the existence of accounts stay secret (threats 7, 12 and 13)."""

import logging

import pytest
import time_machine

from otp.delivery import email
from otp.dynamo.operations import get
from otp.models import Code
from tests.support.accounts import member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than
from tests.support.faults import faulty, refused
from tests.support.stored import everything_stored


def test_the_tables_hold_no_code_and_no_ip_address():
    ask()
    code = mailed_code()
    answer(other_than(code))
    assert code not in everything_stored()
    assert other_than(code) not in everything_stored()
    answer(code)
    assert code not in everything_stored()
    assert "127.0.0.1" not in everything_stored()


def test_a_stored_digest_is_not_accepted():
    ask()
    stored = get(Code, ADDRESS)
    assert answer(stored.code_digest).status_code == 401
    assert answer(mailed_code()).status_code == 200


def test_a_digest_under_an_older_key_still_verifies_and_one_under_a_dropped_key_does_not(settings):
    old, new = "old-key-0123456789-0123456789-0123", "new-key-0123456789-0123456789-0123"
    settings.OTP_KEYS = [old]
    ask()
    ask("other@example.com")
    settings.OTP_KEYS = [new, old]
    assert answer(mailed_code()).status_code == 200
    settings.OTP_KEYS = [new]
    assert answer(mailed_code("other@example.com"), "other@example.com").status_code == 401


@pytest.mark.parametrize("level", [logging.DEBUG])
def test_no_log_line_contains_a_code(caplog, level, settings):
    ours = logging.getLogger("otp")
    ours.setLevel(level)
    with caplog.at_level(level, logger="django"), caplog.at_level(level, logger="otp"):
        ask()
        code = mailed_code()
        answer(other_than(code))
        answer(code)
        ses = email.backend().connection
        with faulty("SendEmail", refused, of=ses):
            ask()
    assert code not in caplog.text
    assert other_than(code) not in caplog.text
    assert not any(key in caplog.text for key in settings.OTP_KEYS)


def test_loggers_that_would_log_mails_are_disabled():
    assert all(not logging.getLogger(name).isEnabledFor(logging.INFO) for name in ("botocore", "boto3", "urllib3"))


@pytest.mark.parametrize("exhausted", [False, True])
@time_machine.travel(2_000_000_000, tick=False)  # responses contain the time to wait
def test_responses_do_not_reveal_accounts(exhausted, settings, requests_log):
    """Status, headers, body and requests are the same, even when a limit is reached."""
    member(ADDRESS)
    if exhausted:
        ask(), ask("stranger@example.com")
    seen = []
    for address in (ADDRESS, "stranger@example.com"):
        requests_log.clear()
        response = ask(address)
        seen.append((response.status_code, response.json(), dict(response.headers), requests_log.operations))
    assert seen[0] == seen[1]
