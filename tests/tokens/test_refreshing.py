"""Refresh tokens: each is exchanged for the next, and using one twice ends its session (threat 15)."""

from collections import Counter

import pytest

from otp.models import LogEntry, Session
from tests.support.api import (
    ADDRESS,
    answer,
    ask,
    at_once,
    mailed_code,
    me,
    post,
    refresh,
    signed_in,
    status_and_code,
    statuses,
)
from tests.support.faults import faulty, lost
from tests.support.forgeries import MALFORMED
from tests.support.stored import items


def outcomes():
    return Counter(entry.outcome for entry in LogEntry.objects.filter(address=ADDRESS).order_by("created_at"))


ENDED = (401, "refresh_token_invalid")


def test_a_refresh_token_is_exchanged_for_the_next_one_and_a_new_access_token():
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
    assert requests_log.requests[0][1]["ConditionExpression"] == "#expires_at > :2 AND #refreshes = :3"


def test_two_tabs_that_refresh_at_once_stay_signed_in(storage):
    token = signed_in()["refresh_token"]
    answers = at_once(8, lambda: refresh(token))
    assert statuses(answers) == {200: 8}
    (newest,) = {each.json()["refresh_token"] for each in answers}
    assert refresh(newest).status_code == 200


def test_the_parent_of_the_newest_gets_the_newest_until_that_is_used(clock):
    first = signed_in()["refresh_token"]
    newest = refresh(first).json()["refresh_token"]
    for later in (31, 86400, 29 * 86400 - 60 * 60):
        clock.shift(later)
        again = refresh(first).json()
        assert again["refresh_token"] == newest
        assert me(again["access_token"]).status_code == 200
    assert refresh(newest).status_code == 200
    assert status_and_code(refresh(first)) == ENDED
    assert outcomes()["refresh_token_reused"] == 1


def test_a_lost_sign_in_can_be_repeated_until_its_refresh_token_is_used(clock):
    ask()
    code, key = mailed_code(), {"Idempotency-Key": "7"}
    first = answer(code, headers=key).json()["refresh_token"]
    clock.shift(600)
    assert answer(code, headers=key).json()["refresh_token"] == first
    second = refresh(first).json()["refresh_token"]
    assert status_and_code(answer(code, headers=key)) == (404, "otp_not_found")
    assert refresh(second).status_code == 200
    assert outcomes()["otp_not_found"] == 1


def test_a_lost_refresh_can_be_repeated_with_any_idempotency_key():
    first = signed_in()["refresh_token"]
    body = {"action": "refresh_token", "refresh_token": first}
    answers = [post(body, **{"Idempotency-Key": key}) for key in ("7", "7", "8")]
    assert statuses(answers) == {200: 3}
    assert len({each.json()["refresh_token"] for each in answers}) == 1


def test_an_older_token_ends_the_session_and_is_logged():
    first = signed_in()["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    third = refresh(second).json()
    assert status_and_code(refresh(first)) == ENDED
    assert status_and_code(refresh(third["refresh_token"])) == ENDED
    assert status_and_code(me(third["access_token"])) == (401, "token_invalid")
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1, "refresh_token_reused": 1}


def test_an_older_token_replayed_many_times_at_once_is_logged_once():
    first = signed_in()["refresh_token"]
    refresh(refresh(first).json()["refresh_token"])
    assert statuses(at_once(8, lambda: refresh(first))) == {401: 8}
    assert outcomes()["refresh_token_reused"] == 1


def test_a_refresh_with_a_lost_storage_response_returns_working_tokens():
    token = signed_in()["refresh_token"]
    with faulty("UpdateItem", lost):
        second = refresh(token).json()["refresh_token"]
    assert refresh(second).status_code == 200


def test_a_refresh_that_failed_halfway_can_be_repeated():
    token = signed_in()["refresh_token"]
    with faulty("GetItem", *[lost] * 5):
        assert status_and_code(refresh(token)) == (503, "unavailable")
    assert refresh(token).status_code == 200


def test_a_program_s_session_ends_thirty_days_after_its_sign_in(clock):
    answered = signed_in()
    clock.shift(30 * 86400 - 1)
    token = refresh(answered["refresh_token"]).json()["refresh_token"]
    clock.shift(1)
    assert status_and_code(refresh(token)) == ENDED


@pytest.mark.parametrize("token", ["x", "a.b", "..", "\x00", "\ud800", "é"])
def test_an_invented_token_is_refused(token):
    assert status_and_code(refresh(token)) == ENDED


def test_a_malformed_token_ends_nothing_and_is_not_logged():
    """Also one made of a token whose use would end the sign-in."""
    oldest = signed_in()["refresh_token"]
    newest = refresh(refresh(oldest).json()["refresh_token"]).json()["refresh_token"]
    for fault, spoil in MALFORMED.items():
        for token in (oldest, newest):
            assert status_and_code(refresh(spoil(token))) == ENDED, fault
            post({"action": "sign_out", "refresh_token": spoil(token)})
            assert len(items("otp_sessions")) == 1, fault
    assert refresh(newest).status_code == 200
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1}


def test_a_token_that_a_restored_backup_lost_is_not_taken_for_a_copy():
    first = signed_in()["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    third = refresh(second).json()["refresh_token"]
    Session.objects.filter(pk=tuple(first.split(".")[:2])).update(refreshes=0)
    assert status_and_code(refresh(third)) == ENDED
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1}
    assert refresh(first).json()["refresh_token"] == second


def test_parents_and_the_newest_at_once_end_the_session_or_get_one_token(storage):
    """A parent that arrives after the newest was used ends the session; every other response is the same token."""
    parent = signed_in()["refresh_token"]
    newest = refresh(parent).json()["refresh_token"]
    tokens = iter([newest, parent] * 4)
    answers = at_once(8, lambda: refresh(next(tokens)))
    given = {each.json()["refresh_token"].split(".")[2] for each in answers if each.status_code == 200}
    refused = statuses(answers)[401]
    assert given <= {"1", "2"}
    assert outcomes()["refresh_token_reused"] == bool(refused)
    assert Session.objects.filter(pk=tuple(parent.split(".")[:2])).exists() == (not refused)


def test_a_parent_used_many_times_at_once_gets_the_same_token(storage, clock):
    parent = signed_in()["refresh_token"]
    newest = refresh(parent).json()["refresh_token"]
    clock.shift(3600)
    answers = at_once(8, lambda: refresh(parent))
    assert {each.json().get("refresh_token") for each in answers} == {newest}
    assert refresh(newest).status_code == 200


@pytest.mark.parametrize("token", [None, "", 12, ["x"], "x" * 201])
def test_a_refresh_requires_a_token(token):
    assert status_and_code(refresh(token)) == (400, "refresh_token_required")


def test_the_stored_item_and_the_access_token_of_a_session_do_not_give_a_refresh_token():
    token = signed_in()["refresh_token"]
    (stored,) = items("otp_sessions")
    shown = [value for value in stored.values() if value and isinstance(value, str)]
    for made_up in (*shown, ".".join([stored["subject"], stored["sid"], "0", stored["sid"] * 2])):
        assert status_and_code(refresh(made_up)) == ENDED
    assert token.rpartition(".")[2] not in str(stored)
    assert refresh(token).status_code == 200


def test_tokens_change_to_a_new_key_without_signing_anyone_out(settings):
    old, new = "old-key-0123456789-0123456789-0123", "new-key-0123456789-0123456789-0123"
    settings.OTP_KEYS = [old]
    first = signed_in()["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    settings.OTP_KEYS = [new, old]
    again = refresh(first).json()["refresh_token"]
    assert again.split(".")[:3] == second.split(".")[:3]
    third = refresh(second).json()["refresh_token"]
    settings.OTP_KEYS = [new]
    assert refresh(third).status_code == 200
