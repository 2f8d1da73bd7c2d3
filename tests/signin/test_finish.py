"""The transaction that completes a sign-in: its conditions, and the state after it fails (threats 23 and 27)."""

import pytest

from otp.accounts import own
from otp.clock import DAY
from otp.dynamo.operations import Update, get
from otp.models import Account, Address, Code
from tests.support.accounts import account_at, change_account, member
from tests.support.api import (
    ADDRESS,
    answer,
    ask,
    mailed_code,
    me,
    other_than,
    status_and_code,
)
from tests.support.clock import NOW
from tests.support.entries import outcomes
from tests.support.faults import error, faulty, lost, refused
from tests.support.network import Killed
from tests.support.stored import items

pytestmark = pytest.mark.usefixtures("signing_key")

KEY = {"Idempotency-Key": "7"}


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("headers", [{}, KEY], ids=["without a key", "with a key"])
def test_an_attempt_that_failed_in_its_last_write_can_be_repeated(times, headers):
    ask()
    code = mailed_code()
    for _ in range(times):
        with faulty("TransactWriteItems", *[refused] * 2):
            assert status_and_code(answer(code, headers=headers)) == (503, "unavailable")
    assert items("otp_sessions") == []
    assert answer(code, headers=headers).status_code == 200
    assert outcomes().count("otp_verified") == 1


def test_the_last_attempt_can_be_repeated_too():
    ask()
    code = mailed_code()
    for _ in range(5):
        answer(other_than(code))
    with faulty("TransactWriteItems", *[refused] * 2):
        assert answer(code).status_code == 503
    assert answer(code).status_code == 200


@pytest.mark.parametrize("headers", [{}, KEY], ids=["without a key", "with a key"])
def test_a_kill_between_count_and_finish_costs_nobody_the_code(headers):
    def killed(request, send):
        raise Killed

    ask()
    code = mailed_code()
    with faulty("TransactWriteItems", killed), pytest.raises(Killed):
        answer(code, headers=headers)
    assert answer(code, headers=headers).status_code == 200
    assert outcomes().count("otp_verified") == 1


def test_a_failure_does_not_uncount_an_attempt_that_was_made_meanwhile():
    ask()
    code = mailed_code()

    def guessed_meanwhile(request, send):
        answer(other_than(code))
        return refused(request, send)

    logged = between(lambda: None)  # the log entry of that attempt
    with faulty("TransactWriteItems", guessed_meanwhile, logged, refused):
        assert answer(code).status_code == 503
    assert get(Code, ADDRESS).attempts == 2


def test_a_repetition_after_two_lost_responses_gets_the_same_session():
    ask()
    code = mailed_code()
    with faulty("TransactWriteItems", lost, lost):
        answered = answer(code, headers=KEY)
    assert answered.status_code in (200, 503)
    assert answer(code, headers=KEY).status_code == 200
    assert len(items("otp_sessions")) == 1


# -- conditions are checked in the write itself ----------------------------------------------------


@pytest.fixture
def closed(settings):
    settings.OTP_SIGNUP = ["closed"]


def test_a_code_from_before_the_account_was_deleted_does_not_create_it_again(closed):
    account = member(ADDRESS)
    ask()
    own.delete(account)
    assert status_and_code(answer(mailed_code())) == (404, "otp_not_found")
    assert account_at(ADDRESS) is None
    assert get(Account, account.pk) is None


def test_a_second_code_from_before_the_account_was_deleted_does_not_create_it_either(clock):
    first = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    clock.shift(60)
    ask()
    answer(mailed_code())
    own.delete(account_at(ADDRESS))
    assert status_and_code(answer(code, challenge=first)) == (404, "otp_not_found")
    assert account_at(ADDRESS) is None


def test_two_codes_of_one_newcomer_create_one_account(clock):
    first = ask(challenge=True).json()["challenge"]
    code = mailed_code()
    clock.shift(60)
    ask()
    one, two = answer(mailed_code()).json(), answer(code, challenge=first).json()
    subjects = {me(each["access_token"]).json()["sub"] for each in (one, two)}
    assert subjects == {account_at(ADDRESS).pk}


def between(meanwhile):
    """A fault for `faulty`: runs `meanwhile` between the two requests of a successful attempt."""

    def fault(request, send):
        meanwhile()
        return send(request)

    return fault


def test_deactivating_between_count_and_finish_prevents_the_sign_in():
    member(ADDRESS, signed_in_at=None)
    ask()
    with faulty("TransactWriteItems", between(lambda: change_account(ADDRESS, is_active=False))):
        assert status_and_code(answer(mailed_code())) == (403, "account_inactive")
    assert items("otp_sessions") == []
    assert account_at(ADDRESS).signed_in_at is None


def test_a_code_revoked_between_count_and_finish_creates_no_account():
    ask()
    revoke = Update(Code, ADDRESS, {"status": Code.Status.REVOKED})
    with faulty("TransactWriteItems", between(revoke.run)):
        assert status_and_code(answer(mailed_code())) == (404, "otp_not_found")
    assert account_at(ADDRESS) is None
    assert items("otp_sessions") == []


def test_a_code_replaced_between_count_and_finish_does_not_sign_in(clock):
    ask()
    code = mailed_code()

    def send_another():
        clock.shift(60)
        ask()

    with faulty("TransactWriteItems", between(send_another)):
        assert status_and_code(answer(code)) == (404, "otp_not_found")
    assert items("otp_sessions") == []
    assert answer(mailed_code()).status_code == 200


def test_signing_out_everywhere_does_not_end_a_code_that_was_sent():
    account = member(ADDRESS)
    ask()
    own.sign_out_everywhere(account)
    assert answer(mailed_code()).status_code == 200


def test_signing_out_everywhere_between_count_and_finish_costs_one_request_more(requests_log):
    account = member(ADDRESS)
    ask()
    code = mailed_code()
    requests_log.clear()
    ended = []

    def end(request, send):
        if not ended:
            ended.append(own.sign_out_everywhere(account))
        return send(request)

    with faulty("TransactWriteItems", end):
        answered = answer(code).json()
    assert requests_log.operations == ["UpdateItem"] + ["TransactWriteItems"] * 3
    assert me(answered["access_token"]).status_code == 200


def test_a_finish_that_never_ends_is_given_up():
    member(ADDRESS)
    ask()
    old = {"subject": {"S": "0"}, "is_active": {"BOOL": True}, "addresses": {"L": [{"S": ADDRESS}]}}
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": old | {"session_epoch": {"S": "x"}}}]
    unmet = error("TransactionCanceledException", CancellationReasons=[*reasons, {"Code": "None"}, {"Code": "None"}])
    code = mailed_code()
    with faulty("TransactWriteItems", *[unmet] * 3):
        assert status_and_code(answer(code)) == (503, "unavailable")
    assert answer(code).status_code == 200


def test_a_correct_code_takes_two_requests_with_session_and_tokens(requests_log):
    member(ADDRESS)
    ask()
    requests_log.clear()
    assert "access_token" in answer(mailed_code()).json()
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems"]
    written = [next(iter(each.values())) for each in requests_log.requests[1][1]["TransactItems"]]
    assert [each["TableName"] for each in written] == ["otp_users", "otp_accounts", "otp_sessions", "otp_log"]


def test_a_newcomer_s_address_is_linked_in_the_same_transaction(requests_log):
    ask()
    requests_log.clear()
    answer(mailed_code())
    written = [next(iter(each.values())) for each in requests_log.requests[1][1]["TransactItems"]]
    assert [each["TableName"] for each in written][3:] == ["otp_log", "otp_addresses"]
    record = get(Address, ADDRESS)
    assert (record.account, record.joined_at.timestamp()) == (account_at(ADDRESS).pk, NOW)


def test_an_address_with_an_account_does_not_expire_and_one_without_does(clock):
    ask()
    answer(mailed_code())
    clock.shift(60)
    ask()
    assert get(Address, ADDRESS).expires_at.year == 9999
    own.delete(account_at(ADDRESS))
    record = get(Address, ADDRESS)
    assert record.expires_at.timestamp() > NOW + 60 + DAY
    assert record.expires_at.year < 9999
    assert (record.account, record.epoch, record.joined_at) == (None, None, None)
    assert len(record.sends) == 2
