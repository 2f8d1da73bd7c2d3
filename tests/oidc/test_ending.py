"""What ends the sign-ins of applications."""

import pytest
from django.test import Client

from otp.accounts import own
from otp.models import LogEntry, Session
from otp.oidc import grants
from tests.support.accounts import account_at, change_account
from tests.support.api import ADDRESS
from tests.support.owners import sign_in
from tests.support.pages import submit
from tests.support.provider import (
    BAKERY,
    GARDEN,
    OTHER,
    allow,
    answer,
    authorize,
    code_for,
    error,
    is_page,
    read,
    redeem,
    refresh,
    tokens_for,
    userinfo,
)

pytestmark = pytest.mark.slow

INVALID_GRANT = (400, "invalid_grant")


def test_client_that_was_removed_gets_nothing_more(here, settings):
    code, tokens = code_for(here), tokens_for(here)
    settings.OTP_CLIENTS = [OTHER]
    assert error(redeem(code)) == error(refresh(tokens["refresh_token"])) == (401, "invalid_client")
    assert userinfo(tokens["access_token"]).status_code == 401
    assert is_page(authorize(here))


def test_a_scope_that_a_client_loses_ends_at_once(here, settings):
    code, tokens = code_for(here, scope="openid email phone"), tokens_for(here, scope="openid email phone")
    settings.OTP_CLIENTS = [BAKERY | {"scopes": ["openid", "phone"]}]
    for later in (redeem(code).json(), refresh(tokens["refresh_token"]).json()):
        assert (later["scope"], read(later["access_token"])["scope"]) == ("openid phone", "openid phone")
        assert "email" not in read(later["id_token"])
    assert userinfo(tokens["access_token"]).json().keys() == {"sub"}


def test_a_client_that_loses_offline_access_needs_the_sign_in_here_again(here, settings):
    tokens = tokens_for(here, scope="openid offline_access")
    settings.OTP_CLIENTS = [BAKERY | {"scopes": ["openid"]}]
    token = refresh(tokens["refresh_token"]).json()["refresh_token"]
    submit(here, here.get("/account/"))
    assert error(refresh(token)) == INVALID_GRANT
    assert userinfo(tokens["access_token"]).status_code == 401


def everywhere_else(browser):
    browser.post("/account/sessions/end-others/")


@pytest.mark.parametrize(
    "end",
    [
        lambda here: submit(here, here.get("/account/")),
        lambda here: change_account(ADDRESS, is_active=False),
        lambda here: change_account(ADDRESS, session_epoch="another"),
        lambda here: here.post("/account/delete/"),
        everywhere_else,
    ],
    ids=["sign-out", "deactivation", "sign-out everywhere", "deletion", "sign-out elsewhere"],
)
def test_what_ends_the_sign_in_here_ends_the_clients(here, end):
    code, tokens = code_for(here), tokens_for(here)
    end(here)
    assert error(redeem(code)) == INVALID_GRANT
    assert error(refresh(tokens["refresh_token"])) == INVALID_GRANT
    assert userinfo(tokens["access_token"]).status_code == 401


def end_session(account):
    (browser,) = [each.sid for each in own.sessions(account) if each.kind == Session.Kind.BROWSER]
    own.end_session(account, browser)


@pytest.fixture
def end_before_a_code(monkeypatch):
    """A function that ends the sign-in here between the check of the session and the write of a code."""

    def arrange(end):
        def issue_late(*args, **more):
            end(account_at(ADDRESS))
            return issue(*args, **more)

        issue = grants.issue
        monkeypatch.setattr(grants, "issue", issue_late)

    return arrange


@pytest.mark.parametrize("client", [BAKERY, GARDEN], ids=["first-party", "another company's"])
@pytest.mark.parametrize("end", [end_session, own.delete], ids=["sign-out", "deletion"])
def test_a_sign_in_here_that_ends_during_a_request_gives_no_code(here, end_before_a_code, end, client):
    """Nor is there a log entry, which would have the address of an account that has been deleted."""
    if client is GARDEN:
        allow(here, authorize(here, GARDEN))
    before = len(LogEntry.objects.filter(address=ADDRESS))
    end_before_a_code(end)
    response = authorize(here, client)
    assert (response.status_code, response["Location"][:7]) == (302, "/?next=")
    assert here.get(response["Location"]).status_code == 200
    assert len(LogEntry.objects.filter(address=ADDRESS)) == (0 if end is own.delete else before)


def test_with_prompt_none_the_application_is_told_of_it(here, end_before_a_code):
    end_before_a_code(end_session)
    assert answer(authorize(here, prompt="none"))["error"] == "login_required"


def test_a_request_of_another_browser_during_a_deletion_leaves_no_log_entry(here, monkeypatch):
    def forget_and_go_on(address, **more):
        forget(address, **more)
        authorize(other)

    other, forget = Client(), own._forget_in_log
    sign_in(other)
    monkeypatch.setattr(own, "_forget_in_log", forget_and_go_on)
    here.post("/account/delete/")
    assert account_at(ADDRESS) is None
    assert list(LogEntry.objects.filter(address=ADDRESS)) == []


def test_offline_access_survives_the_sign_out_here_and_nothing_else(here):
    tokens = tokens_for(here, scope="openid offline_access")
    submit(here, here.get("/account/"))
    token = refresh(tokens["refresh_token"]).json()["refresh_token"]
    assert userinfo(tokens["access_token"]).status_code == 200
    change_account(ADDRESS, is_active=False)
    assert error(refresh(token)) == INVALID_GRANT
    assert userinfo(tokens["access_token"]).status_code == 401


def test_session_ends_after_thirty_days_without_use(here, clock):
    token = tokens_for(here, scope="openid offline_access")["refresh_token"]
    clock.shift(30 * 86400)
    assert error(refresh(token)) == INVALID_GRANT
