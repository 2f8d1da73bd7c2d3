"""Tokens end when the user signs out, here or everywhere, and when the account ends (threat 15)."""

import pytest

from otp.accounts import own
from otp.dynamo.operations import Update
from otp.models import Account
from tests.support.accounts import account_at
from tests.support.api import (
    ADDRESS,
    me,
    post,
    refresh,
    signed_in,
    status_and_code,
    statuses,
)

pytestmark = pytest.mark.slow

ENDED = (401, "refresh_token_invalid")


def test_signing_out_ends_this_session_alone():
    here, elsewhere = signed_in(), signed_in()
    assert status_and_code(post({"action": "sign_out", "refresh_token": here["refresh_token"]})) == (200, "signed_out")
    assert status_and_code(refresh(here["refresh_token"])) == ENDED
    assert status_and_code(me(here["access_token"])) == (401, "token_invalid")
    assert refresh(elsewhere["refresh_token"]).status_code == 200


def test_signing_out_twice_is_no_error():
    token = signed_in()["refresh_token"]
    answers = [post({"action": "sign_out", "refresh_token": token}) for _ in range(2)]
    assert statuses(answers) == {200: 2}


def test_signing_out_everywhere_ends_every_session_at_once():
    here, elsewhere = signed_in(), signed_in()
    bearer = {"Authorization": f"Bearer {here['access_token']}"}
    assert status_and_code(post({"action": "sign_out_everywhere"}, **bearer)) == (200, "signed_out_everywhere")
    for each in (here, elsewhere):
        assert status_and_code(refresh(each["refresh_token"])) == ENDED
        assert status_and_code(me(each["access_token"])) == (401, "token_invalid")


def test_signing_out_everywhere_accepts_an_access_token():
    response = post({"action": "sign_out_everywhere"})
    assert status_and_code(response) == (401, "token_invalid")
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "end",
    [
        lambda account: Update(Account, account.pk, {"is_active": False}).run(),
        own.delete,
        own.sign_out_everywhere,
    ],
    ids=["deactivated", "deleted", "signed out by the page"],
)
def test_what_ends_an_account_ends_its_tokens_at_once(end):
    answered = signed_in()
    end(account_at(ADDRESS))
    assert status_and_code(me(answered["access_token"])) == (401, "token_invalid")
    assert status_and_code(refresh(answered["refresh_token"])) == ENDED


def test_a_new_account_of_an_address_does_not_revive_old_tokens():
    old = signed_in()
    own.delete(account_at(ADDRESS))
    signed_in()
    assert status_and_code(me(old["access_token"])) == (401, "token_invalid")
    assert status_and_code(refresh(old["refresh_token"])) == ENDED


@pytest.mark.parametrize("changed", [(0, "0" * 32), (1, "0" * 32), (2, "1"), (3, "0" * 64)])
def test_a_refresh_token_that_was_never_issued_ends_nothing(changed):
    token = signed_in()["refresh_token"]
    parts = token.split(".")
    parts[changed[0]] = changed[1]
    forged = ".".join(parts)
    assert status_and_code(refresh(forged)) == ENDED
    assert status_and_code(post({"action": "sign_out", "refresh_token": forged})) == (200, "signed_out")
    assert refresh(token).status_code == 200
