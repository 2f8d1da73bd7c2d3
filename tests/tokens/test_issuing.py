"""Tokens: which sign-ins get them, and the account that an access token identifies (threat 15)."""

import logging

from otp.accounts import own
from otp.accounts.export import export
from tests.support.accounts import account_at
from tests.support.api import (
    ADDRESS,
    answer,
    ask,
    mailed_code,
    me,
    other_than,
    post,
    refresh,
    signed_in,
    status_and_code,
)
from tests.support.faults import faulty, lost
from tests.support.stored import items

# -- signing in ------------------------------------------------------------------------------------


def test_a_correct_code_returns_tokens():
    answered = signed_in()
    assert answered.keys() == {"message", "code", "access_token", "token_type", "expires_in", "refresh_token"}
    assert (answered["token_type"], answered["expires_in"]) == ("Bearer", 600)
    assert len(answered["refresh_token"].rpartition(".")[2]) == 64  # 256 bits as hex


def test_without_a_signing_key_there_are_no_tokens_and_no_actions_for_them(settings):
    settings.OTP_JWT_KEYS = []
    assert signed_in().keys() == {"message", "code"}
    assert status_and_code(post({"action": "sign_out", "email": ADDRESS})) == (400, "action_invalid")
    assert status_and_code(me("x")) == (401, "token_invalid")


def test_a_wrong_code_returns_no_tokens():
    ask()
    assert answer(other_than(mailed_code())).json().keys() == {"message", "code", "attempts_left"}
    assert items("otp_sessions") == []


def test_a_repeated_sign_in_returns_working_tokens_and_opens_no_second_session():
    ask()
    code, key = mailed_code(), {"Idempotency-Key": "7"}
    first, again = (answer(code, headers=key).json() for _ in range(2))
    assert first["refresh_token"] == again["refresh_token"]
    assert len(items("otp_sessions")) == 1
    assert me(again["access_token"]).status_code == 200
    assert refresh(again["refresh_token"]).status_code == 200


def test_a_sign_in_with_a_lost_storage_response_returns_working_tokens():
    ask()
    with faulty("TransactWriteItems", lost):
        answered = answer(mailed_code()).json()
    assert refresh(answered["refresh_token"]).status_code == 200
    assert len(items("otp_sessions")) == 1


# -- the account of a token ------------------------------------------------------------------------


def test_me_returns_the_account_of_the_token():
    answered = me(signed_in()["access_token"])
    assert answered.json() == {
        "message": "Signed in",
        "code": "signed_in",
        "sub": account_at(ADDRESS).subject,
        "email": ADDRESS,
        "signed_in_at": "2033-05-18T03:33:20Z",
    }
    assert answered["Cache-Control"] == "no-store"


def test_me_is_one_request(requests_log):
    token = signed_in()["access_token"]
    requests_log.clear()
    me(token)
    assert requests_log.operations == ["BatchGetItem"]


def subject():
    return me(signed_in()["access_token"]).json()["sub"]


def test_a_person_has_one_subject_at_every_sign_in():
    assert subject() == subject()


def test_a_new_account_of_an_address_has_another_subject():
    first = subject()
    own.delete(account_at(ADDRESS))
    assert subject() != first


def test_the_export_has_each_session_and_no_token():
    answered = signed_in()
    exported = export(account_at(ADDRESS))
    assert [(each["kind"], each["address"]) for each in exported["sessions"]] == [("program", ADDRESS)]
    assert answered["refresh_token"].rpartition(".")[2] not in str(exported)


def test_no_log_line_contains_a_token(caplog):
    with (
        caplog.at_level(logging.DEBUG),
        caplog.at_level(logging.DEBUG, "otp"),
        caplog.at_level(logging.DEBUG, "django"),
    ):
        first = signed_in()
        second = refresh(first["refresh_token"]).json()
        me(second["access_token"])
        refresh(f"{first['refresh_token']}x")
    for tokens in (first, second):
        assert tokens["access_token"] not in caplog.text
        assert tokens["refresh_token"].rpartition(".")[2] not in caplog.text
