"""Tokens from a sign-in to its end (threat 15): who gets which, and what ends them."""

import logging
from collections import Counter

import pytest
import time_machine

from otp.accounts.own import sign_out_everywhere
from otp.dynamo.client import client as dynamodb
from otp.dynamo.operations import Update, get
from otp.models import Account, Attempt
from otp.tokens import keyring
from tests.support.faults import faulty, lost
from tests.support.verbs import (
    ADDRESS,
    answer,
    ask,
    at_once,
    mailed_code,
    me,
    other_than,
    post,
    refresh,
    signed_in,
    statuses,
)

NOON = 2_000_000_000
KEY = keyring.new_key()


@pytest.fixture(autouse=True)
def clock(settings):
    settings.OTP_JWT_KEYS = [KEY]
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def told(response):
    return response.status_code, response.json()["code"]


def families():
    return dynamodb().scan(TableName="otp_refresh_families")["Items"]


def outcomes():
    return Counter(entry.outcome for entry in Attempt.objects.filter(address=ADDRESS).order_by("created_at"))


ENDED = (401, "refresh_token_invalid")


# -- signing in ------------------------------------------------------------------------------------


def test_a_right_code_is_answered_with_tokens():
    answered = signed_in()
    assert answered.keys() == {"message", "code", "access_token", "token_type", "expires_in", "refresh_token"}
    assert (answered["token_type"], answered["expires_in"]) == ("Bearer", 600)
    assert len(answered["refresh_token"].partition(".")[2]) == 64  # 256 bits as hex


def test_without_a_signing_key_there_are_no_tokens_and_no_actions_that_take_them(settings):
    settings.OTP_JWT_KEYS = []
    assert signed_in().keys() == {"message", "code"}
    assert told(post({"action": "sign_out", "email": ADDRESS})) == (400, "action_invalid")
    assert told(me("x")) == (401, "token_invalid")
    assert families() == []


def test_a_wrong_code_gets_nothing():
    ask()
    assert answer(other_than(mailed_code())).json().keys() == {"message", "code", "attempts_left"}
    assert families() == []


def test_a_sign_in_with_tokens_is_still_three_requests_and_the_family_part_of_the_last(requests_log):
    ask()
    requests_log.clear()
    answer(mailed_code())
    assert requests_log.operations == ["UpdateItem", "UpdateItem", "TransactWriteItems"]
    *_, family = requests_log.requests[2][1]["TransactItems"]
    assert family["Put"]["TableName"] == "otp_refresh_families"


def test_a_repeated_sign_in_hands_out_working_tokens_and_opens_no_second_family():
    ask()
    code, key = mailed_code(), {"Idempotency-Key": "7"}
    first, again = (answer(code, headers=key).json() for _ in range(2))
    assert first["refresh_token"] == again["refresh_token"]
    assert len(families()) == 1
    assert me(again["access_token"]).status_code == 200
    assert refresh(again["refresh_token"]).status_code == 200


def test_a_sign_in_whose_answer_from_the_tables_was_lost_hands_out_working_tokens():
    ask()
    with faulty("TransactWriteItems", lost):
        answered = answer(mailed_code()).json()
    assert refresh(answered["refresh_token"]).status_code == 200
    assert len(families()) == 1


# -- who it is -------------------------------------------------------------------------------------


def test_me_says_who_the_bearer_is():
    answered = me(signed_in()["access_token"])
    assert answered.json() == {
        "message": "Signed in",
        "code": "signed_in",
        "sub": get(Account, ADDRESS).subject,
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


def test_an_account_made_anew_has_another_subject():
    first = subject()
    get(Account, ADDRESS).delete()
    assert subject() != first


# -- refreshing ------------------------------------------------------------------------------------


def test_a_refresh_token_is_traded_for_the_next_one_and_a_new_access_token():
    first = signed_in()
    second = refresh(first["refresh_token"]).json()
    assert second["code"] == "token_refreshed"
    assert second["refresh_token"] != first["refresh_token"]
    assert me(second["access_token"]).status_code == 200
    assert refresh(second["refresh_token"]).status_code == 200


def test_a_refresh_is_one_conditional_write_and_one_read(requests_log):
    token = signed_in()["refresh_token"]
    requests_log.clear()
    refresh(token)
    assert requests_log.operations == ["UpdateItem", "GetItem"]
    assert requests_log.requests[0][1]["ConditionExpression"] == "#expires_at > :3 AND #newest IN (:4)"


def test_two_tabs_that_refresh_at_once_stay_signed_in(storage):
    token = signed_in()["refresh_token"]
    answers = at_once(8, lambda: refresh(token))
    assert statuses(answers) == {200: 8}
    (newest,) = {each.json()["refresh_token"] for each in answers}
    assert refresh(newest).status_code == 200


@pytest.mark.parametrize(("later", "status"), [(30, 200), (31, 401)])
def test_the_parent_of_the_newest_gets_the_newest_for_thirty_seconds(clock, later, status):
    first = signed_in()["refresh_token"]
    newest = refresh(first).json()["refresh_token"]
    clock.shift(later)
    again = refresh(first)
    assert again.status_code == status
    assert again.json().get("refresh_token", newest) == newest


def test_an_older_token_ends_the_family_and_is_logged():
    first = signed_in()["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    third = refresh(second).json()
    assert told(refresh(first)) == ENDED
    assert told(refresh(third["refresh_token"])) == ENDED
    assert told(me(third["access_token"])) == (401, "token_invalid")
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1, "refresh_token_reused": 1}


def test_an_older_token_replayed_many_times_at_once_is_logged_once():
    first = signed_in()["refresh_token"]
    refresh(refresh(first).json()["refresh_token"])
    assert statuses(at_once(8, lambda: refresh(first))) == {401: 8}
    assert outcomes()["refresh_token_reused"] == 1


def test_a_refresh_whose_answer_from_the_tables_was_lost_hands_out_working_tokens():
    token = signed_in()["refresh_token"]
    with faulty("UpdateItem", lost):
        second = refresh(token).json()["refresh_token"]
    assert refresh(second).status_code == 200


def test_a_refresh_that_failed_half_way_may_be_repeated():
    token = signed_in()["refresh_token"]
    with faulty("GetItem", *[lost] * 5):
        assert told(refresh(token)) == (503, "unavailable")
    assert refresh(token).status_code == 200


def test_a_family_ends_thirty_days_after_its_sign_in(clock):
    answered = signed_in()
    clock.shift(30 * 86400 - 1)
    token = refresh(answered["refresh_token"]).json()["refresh_token"]
    clock.shift(1)
    assert told(refresh(token)) == ENDED


@pytest.mark.parametrize("token", ["x", "a.b", "..", "\x00", "\ud800", "é"])
def test_a_made_up_token_is_refused(token):
    assert told(refresh(token)) == ENDED


@pytest.mark.parametrize("token", [None, "", 12, ["x"], "x" * 201])
def test_a_refresh_takes_a_token(token):
    assert told(refresh(token)) == (400, "refresh_token_required")


def test_what_the_table_and_the_access_token_show_of_a_family_reaches_none():
    token = signed_in()["refresh_token"]
    (stored,) = families()
    for shown in (stored["key"]["S"], stored["newest"]["S"], f"{stored['key']['S']}.{stored['newest']['S']}"):
        assert told(refresh(shown)) == ENDED
        assert not any(part in str(families()) for part in token.split("."))
    assert refresh(token).status_code == 200


def test_digests_move_on_to_a_new_key_and_nobody_is_signed_out(settings):
    old, new = "old-key-0123456789-0123456789-0123", "new-key-0123456789-0123456789-0123"
    settings.OTP_KEYS = [old]
    first = signed_in()["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    settings.OTP_KEYS = [new, old]
    assert refresh(first).json()["refresh_token"] == second
    third = refresh(second).json()["refresh_token"]
    settings.OTP_KEYS = [new]
    assert refresh(third).status_code == 200


# -- the end ---------------------------------------------------------------------------------------


def test_signing_out_ends_this_family_alone():
    here, elsewhere = signed_in(), signed_in()
    assert told(post({"action": "sign_out", "refresh_token": here["refresh_token"]})) == (200, "signed_out")
    assert told(refresh(here["refresh_token"])) == ENDED
    assert told(me(here["access_token"])) == (401, "token_invalid")
    assert refresh(elsewhere["refresh_token"]).status_code == 200


def test_signing_out_twice_is_no_error():
    token = signed_in()["refresh_token"]
    answers = [post({"action": "sign_out", "refresh_token": token}) for _ in range(2)]
    assert statuses(answers) == {200: 2}


def test_signing_out_everywhere_ends_every_family_at_once():
    here, elsewhere = signed_in(), signed_in()
    bearer = {"Authorization": f"Bearer {here['access_token']}"}
    assert told(post({"action": "sign_out_everywhere"}, **bearer)) == (200, "signed_out_everywhere")
    for each in (here, elsewhere):
        assert told(refresh(each["refresh_token"])) == ENDED
        assert told(me(each["access_token"])) == (401, "token_invalid")


def test_signing_out_everywhere_takes_a_bearer():
    response = post({"action": "sign_out_everywhere"})
    assert told(response) == (401, "token_invalid")
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "end",
    [
        lambda account: Update(Account, account.pk, {"is_active": False}).run(),
        lambda account: account.delete(),
        sign_out_everywhere,
    ],
    ids=["deactivated", "deleted", "signed out by the page"],
)
def test_what_ends_an_account_ends_its_tokens_at_once(end):
    answered = signed_in()
    end(get(Account, ADDRESS))
    assert told(me(answered["access_token"])) == (401, "token_invalid")
    assert told(refresh(answered["refresh_token"])) == ENDED


def test_an_account_made_anew_does_not_revive_old_tokens():
    old = signed_in()
    get(Account, ADDRESS).delete()
    signed_in()
    assert told(me(old["access_token"])) == (401, "token_invalid")
    assert told(refresh(old["refresh_token"])) == ENDED


def test_the_export_names_each_family_and_holds_no_token():
    from otp.accounts.own import export

    answered = signed_in()
    exported = export(get(Account, ADDRESS))
    assert len(exported["refresh_tokens"]) == 1
    assert not any(part in str(exported) for part in answered["refresh_token"].split("."))


def test_no_log_line_carries_a_token(caplog):
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
        assert not any(part in caplog.text for part in tokens["refresh_token"].split("."))


def test_an_access_token_of_another_subject_is_refused():
    answered = signed_in()
    Update(Account, ADDRESS, {"subject": "0" * 32}).run()
    assert told(me(answered["access_token"])) == (401, "token_invalid")
