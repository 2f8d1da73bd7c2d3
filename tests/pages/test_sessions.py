"""A browser's session: what ends it and when, and the number of its requests (threat 26)."""

import pytest
from django.test import Client

from otp.dynamo.client import client as dynamodb
from otp.models import Account, Session
from tests.support.accounts import member
from tests.support.api import ADDRESS, mailed_code
from tests.support.faults import faulty, refused
from tests.support.pages import copy_of, is_in, request_code, submit

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def account():
    return member(ADDRESS)


def browser_of(account):
    browser = Client()
    browser.force_login(account)
    return browser


def sessions():
    return dynamodb().scan(TableName="otp_sessions")["Items"]


def test_signing_out_ends_a_copied_cookie_at_once_and_no_other_session(account):
    here, elsewhere = browser_of(account), browser_of(account)
    copied = copy_of(here)
    assert is_in(copied)
    here.post("/account/sign-out/")
    assert not is_in(copied)
    assert is_in(elsewhere)
    assert len(sessions()) == 1


def test_signing_out_of_the_admin_ends_a_copied_cookie_too():
    here = browser_of(member(ADDRESS, role=Account.Role.STAFF))
    copied = copy_of(here)
    here.post("/admin/logout/")
    assert copied.get("/admin/").status_code == 302


def test_a_copied_cookie_that_is_signed_again_ends_too(account):
    """A response that saves Django's session signs its cookie again, but the session that it names has ended."""
    here = browser_of(account)
    copied = copy_of(here)
    here.post("/account/sign-out/")
    copied.get("/account/export/")
    assert not is_in(copied)


@pytest.mark.parametrize("role", [None, Account.Role.VIEWER])
def test_a_session_ends_at_a_fixed_time_however_it_is_used(settings, clock, role):
    settings.OTP_SESSION_AGE = 60
    browser = browser_of(member(ADDRESS, role=role))
    for _ in range(2):
        clock.shift(29)
        # Django's page for a missing object leaves a message, and so signs the cookie again.
        browser.get("/admin/otp/logentry/missing/change/")
        assert is_in(browser)
    clock.shift(2)
    browser.get("/admin/otp/logentry/missing/change/")
    assert not is_in(browser)


def test_a_session_of_a_sign_in_by_code_ends_at_a_fixed_time_too(client, clock, settings):
    settings.OTP_SESSION_AGE = 1000
    submit(client, request_code(client), code=mailed_code())
    clock.shift(999)
    assert is_in(client)
    clock.shift(1)
    assert not is_in(client)


def test_a_page_reads_account_and_session_in_one_consistent_request(account, requests_log):
    browser = browser_of(account)
    requests_log.clear()
    assert is_in(browser)
    assert requests_log.operations == ["BatchGetItem"]
    requested = requests_log.requests[0][1]["RequestItems"]
    assert set(requested) == {"otp_accounts", "otp_sessions"}
    assert all(each["ConsistentRead"] for each in requested.values())


def test_the_use_of_a_session_is_recorded_once_an_hour(account, clock, requests_log):
    browser = browser_of(account)
    made = Session.objects.get(subject=account.pk, sid=sessions()[0]["sid"]["S"])
    clock.shift(3599)
    requests_log.clear()
    is_in(browser)
    clock.shift(1)
    is_in(browser)
    is_in(browser)
    assert requests_log.operations == ["BatchGetItem", "BatchGetItem", "UpdateItem", "BatchGetItem"]
    noted = Session.objects.get(pk=made.pk)
    assert (noted.used_at - made.used_at).total_seconds() == 3600
    assert noted.expires_at == made.expires_at


def test_recording_a_use_does_not_recreate_an_ended_session(account, clock):
    browser = browser_of(account)
    copied = copy_of(browser)
    clock.shift(3600)

    def signed_out_meanwhile(request, send):
        browser.post("/account/sign-out/")
        return send(request)

    with faulty("UpdateItem", signed_out_meanwhile):
        is_in(copied)
    assert sessions() == []
    assert not is_in(copied)


def test_a_sign_out_that_fails_says_so_and_may_be_repeated(account):
    browser = browser_of(account)
    with faulty("DeleteItem", refused, refused):
        page = browser.post("/account/sign-out/")
    assert page.status_code == 503
    assert is_in(browser)
    browser.post("/account/sign-out/")
    assert not is_in(browser)


def test_a_cookie_without_a_session_is_not_signed_in(account, settings):
    browser = browser_of(account)
    session = browser.session
    for name in (account.pk, f"{account.pk} ", f"{account.pk} 0", " ", "", f" {account.pk}"):
        session["_auth_user_id"] = name
        session.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        assert not is_in(browser), name


def test_signing_in_again_after_the_session_has_ended_succeeds(client, clock):
    submit(client, request_code(client), code=mailed_code())
    copied = copy_of(client)
    client.post("/account/sign-out/")
    clock.shift(60)
    page = submit(copied, request_code(copied), code=mailed_code())
    assert page.redirect_chain == [("/account/", 302)]
