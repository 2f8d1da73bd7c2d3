"""The account page lists the applications that somebody has signed in to, and ends their access."""

from tests.support.owners import sign_in
from tests.support.pages import Forms, submit
from tests.support.provider import BAKERY, OTHER, code_for, refresh, session_of, tokens_for, userinfo


def test_an_application_is_listed_by_its_name_from_its_first_token_on(here):
    code_for(here)
    assert "Bakery" not in here.get("/account/").text
    tokens_for(here)
    assert here.get("/account/").text.count("<b><bdi>Bakery</bdi></b>") == 1


def test_its_access_can_be_ended_there(here, clock):
    tokens = tokens_for(here)
    clock.shift(61)
    forms = Forms(here.get("/account/")).found
    (form,) = [form for form in forms if form[1].get("session") == session_of().sid]
    here.post(*form)
    assert refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401
    assert "Bakery" not in here.get("/account/").text


def test_an_application_that_was_removed_is_listed_by_its_browser(here, settings):
    tokens_for(here)
    settings.OTP_CLIENTS = []
    assert BAKERY["name"] not in here.get("/account/").text
    assert here.get("/account/").text.count('name="session"') == 1


def test_what_ended_with_a_browsers_session_is_not_listed(here, clock):
    tokens_for(here)
    tokens_for(here, OTHER, scope="openid offline_access")
    submit(here, here.get("/account/"))
    clock.shift(61)
    sign_in(here)
    assert here.get("/account/").text.count("<b><bdi>Bakery</bdi></b>") == 1
