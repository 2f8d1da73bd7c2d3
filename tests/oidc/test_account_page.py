"""The account page lists the applications that somebody has signed in to, and ends their access."""

import pytest
from django.test import Client

from otp.signin import sessions
from tests.support.owners import sign_in
from tests.support.pages import Forms, submit
from tests.support.provider import (
    BAKERY,
    GARDEN,
    OTHER,
    allow,
    answer,
    authorize,
    code_for,
    redeem,
    refresh,
    tokens_for,
    userinfo,
)

pytestmark = pytest.mark.slow


def end_access(browser, client):
    """Press the button of an application."""
    (form,) = [form for form in Forms(browser.get("/account/")).found if form[1].get("client") == client]
    browser.post(*form)


def consent(browser):
    """Allow the application whose page is shown; returns its tokens."""
    back = answer(allow(browser, authorize(browser, GARDEN)), GARDEN)
    return redeem(back["code"], GARDEN).json()


def test_an_application_is_listed_by_its_name_from_its_first_token_on(here):
    code_for(here)
    assert "Bakery" not in here.get("/account/").text
    tokens_for(here)
    assert here.get("/account/").text.count("<b><bdi>Bakery</bdi></b>") == 1


def test_its_access_can_be_ended_there(here, clock):
    tokens = tokens_for(here)
    clock.shift(61)
    end_access(here, "bakery")
    assert refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401
    assert "Bakery" not in here.get("/account/").text


def test_an_application_is_listed_once_and_all_its_sessions_end_together(here, clock):
    first, second = tokens_for(here), tokens_for(here)
    assert here.get("/account/").text.count("<b><bdi>Bakery</bdi></b>") == 1
    end_access(here, "bakery")
    for tokens in (first, second):
        assert refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def during_an_end(monkeypatch, begin, times):
    """Let sessions begin between the query and a deletion, that often."""
    left, end = iter(range(times)), sessions.end

    def end_later(session):
        if next(left, None) is not None:
            begin()
        end(session)

    monkeypatch.setattr(sessions, "end", end_later)


def test_a_session_that_begins_while_an_applications_access_ends_is_ended_too(here, clock, monkeypatch):
    tokens_for(here)
    begun = []
    during_an_end(monkeypatch, lambda: begun.append(tokens_for(here)), times=2)
    end_access(here, "bakery")
    assert [refresh(tokens["refresh_token"]).status_code for tokens in begun] == [400, 400]
    assert "Bakery" not in here.get("/account/").text


def test_access_that_can_not_be_ended_is_not_said_to_have_ended(here, clock, monkeypatch):
    tokens_for(here)
    during_an_end(monkeypatch, lambda: tokens_for(here), times=100)
    response = here.post("/account/sessions/end/", {"client": "bakery"})
    assert (response.status_code, "That session has ended" in response.text) == (503, False)


def test_nobody_ends_what_an_application_may_do_for_another(here):
    attacker = Client()
    sign_in(attacker, "attacker@example.com")
    tokens = tokens_for(here)
    attacker.post("/account/sessions/end/", {"client": "bakery"})
    assert refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_application_whose_access_was_ended_asks_for_consent_again(here, clock, elsewhere):
    tokens = consent(here)
    assert authorize(here, GARDEN).status_code == 303
    clock.shift(61)
    other = Client()
    sign_in(other)
    end_access(other if elsewhere else here, "garden")
    assert refresh(tokens["refresh_token"], GARDEN).json()["error"] == "invalid_grant"
    assert "Garden" in authorize(here, GARDEN).text
    assert answer(authorize(here, GARDEN, prompt="none"), GARDEN)["error"] == "consent_required"
    consent(here)
    assert authorize(here, GARDEN).status_code == 303


def test_an_application_that_never_fetched_its_tokens_asks_for_consent_again(here, clock):
    submit(here, authorize(here, GARDEN), follow=False)
    assert authorize(here, GARDEN).status_code == 303
    clock.shift(60)
    assert "Garden" in authorize(here, GARDEN).text


def test_a_consent_is_checked_without_a_further_request(here, requests_log):
    consent(here)
    requests_log.clear()
    assert authorize(here, GARDEN).status_code == 303
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems"]


def test_an_application_that_was_removed_is_listed_by_its_browser(here, settings):
    tokens_for(here)
    settings.OTP_CLIENTS = []
    assert BAKERY["name"] not in here.get("/account/").text
    assert here.get("/account/").text.count('name="client"') == 1


def test_what_ended_with_a_browsers_session_is_not_listed(here, clock):
    tokens_for(here)
    tokens_for(here, OTHER, scope="openid offline_access")
    submit(here, here.get("/account/"))
    clock.shift(61)
    sign_in(here)
    assert here.get("/account/").text.count("<b><bdi>Bakery</bdi></b>") == 1


def test_the_export_says_which_application_may_do_what(here):
    tokens_for(here, scope="openid email")
    (exported,) = [each for each in here.get("/account/export/").json()["sessions"] if each["kind"] == "client"]
    assert (exported["client"], exported["scope"]) == ("bakery", "openid email")
