"""`prompt`, `max_age` and `id_token_hint`: when a sign-in that is there already is not enough."""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, mailed_code
from tests.support.clock import NOW
from tests.support.owners import sign_in
from tests.support.pages import is_in, submit
from tests.support.provider import GARDEN, ISSUER, answer, authorize, leads_to, read, redeem, refresh, tokens_for

pytestmark = pytest.mark.slow


def sign_in_at(browser, page, address=ADDRESS):
    """Sign in on the page that an application led to; returns the response that leads on."""
    page = submit(browser, browser.get(page["Location"]), email=address)
    page = submit(browser, page, code=mailed_code(address))
    return browser.get(leads_to(page))


def test_prompt_none_never_shows_a_page(here):
    assert answer(authorize(here, prompt="none")).keys() == {"code", "state", "iss"}
    assert answer(authorize(Client(), prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "10"}])
def test_a_newer_sign_in_takes_a_fresh_code(here, clock, changes):
    clock.shift(61)
    page = authorize(here, **changes)
    assert (page.status_code, page["Location"][:7]) == (302, "/?next=")
    assert is_in(here)
    back = answer(sign_in_at(here, page))
    assert read(redeem(back["code"]).json()["id_token"])["auth_time"] == NOW + 61


def test_a_recent_sign_in_satisfies_max_age(here, clock):
    clock.shift(61)
    assert answer(authorize(here, max_age="10000"))["code"]
    assert answer(authorize(here, max_age="60", prompt="none"))["error"] == "login_required"
    assert answer(authorize(here, max_age="61", prompt="none"))["code"]


def test_max_age_of_zero_does_not_ask_twice(here, clock):
    clock.shift(61)
    page = authorize(here, max_age="0")
    clock.shift(30)
    assert answer(sign_in_at(here, page))["code"]


def test_in_the_same_second_a_fresh_code_is_still_needed(here):
    """Whole seconds once let `prompt=login` through: the sessions are compared, not their times."""
    assert authorize(here, prompt="login").status_code == 302
    assert authorize(here, prompt="login").status_code == 302


def test_one_new_sign_in_serves_one_request(here, clock):
    clock.shift(61)
    answer(sign_in_at(here, authorize(here, prompt="login")))
    assert authorize(here, prompt="login").status_code == 302


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_new_sign_in_that_was_left_unused_lapses(here, clock, changes):
    clock.shift(61)
    assert "Garden" in sign_in_at(here, authorize(here, GARDEN, **changes)).text
    clock.shift(300)
    assert authorize(here, GARDEN, **changes).status_code == 200
    clock.shift(1)
    page = authorize(here, GARDEN, **changes)
    assert page.status_code == 302
    assert here.get(page["Location"]).status_code == 200


def test_the_mark_of_another_browser_does_not_pass_for_a_new_sign_in(here):
    attacker = Client()
    sign_in(attacker, "attacker@example.com")
    assert authorize(attacker, prompt="login").status_code == 302
    assert authorize(here, prompt="login").status_code == 302


def test_the_mark_of_another_request_does_not_pass_for_this_one(here, clock):
    clock.shift(61)
    page = authorize(here, prompt="login")
    sign_in_before_leaving = submit(here, here.get(page["Location"]), email=ADDRESS)
    submit(here, sign_in_before_leaving, code=mailed_code())
    assert authorize(here, prompt="login", state="another").status_code == 302


def test_signing_in_again_ends_the_session_before_and_what_depends_on_it(here, clock):
    token = tokens_for(here)["refresh_token"]
    clock.shift(61)
    answer(sign_in_at(here, authorize(here, prompt="login")))
    assert refresh(token).json()["error"] == "invalid_grant"
    assert here.get("/account/").text.count("This browser") == 1
    assert "Sign out everywhere else" not in here.get("/account/").text


def test_somebody_else_may_sign_in_instead(here, clock):
    mine = read(tokens_for(here)["id_token"])["sub"]
    clock.shift(61)
    back = answer(sign_in_at(here, authorize(here, prompt="login"), "other@example.com"))
    assert read(redeem(back["code"]).json()["id_token"])["sub"] != mine


def test_the_hint_of_somebody_else_asks_for_their_sign_in(here, clock):
    other = Client()
    sign_in(other, "other@example.com")
    theirs, mine = tokens_for(other)["id_token"], tokens_for(here)["id_token"]
    clock.shift(700)
    assert answer(authorize(here, id_token_hint=mine, prompt="none"))["code"]
    assert answer(authorize(here, id_token_hint=theirs, prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("signed_in", [False, True])
def test_only_the_person_of_the_hint_gets_a_code(here, clock, signed_in):
    """OpenID Connect Core, 3.1.2.1."""
    other = Client()
    sign_in(other, "other@example.com")
    request = {"id_token_hint": tokens_for(other)["id_token"]}
    browser = here if signed_in else Client()
    clock.shift(700)
    back = answer(sign_in_at(browser, authorize(browser, **request)))
    assert back == {"error": "login_required", "state": "the-state", "iss": ISSUER}
    assert answer(authorize(browser, prompt="none", **request))["error"] == "login_required"
    assert answer(sign_in_at(browser, authorize(browser, **request), "other@example.com"))["code"]


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_hint_that_was_not_issued_here_is_refused(here, signed_in):
    browser = here if signed_in else Client()
    for hint in ("anything", tokens_for(here)["access_token"]):
        for prompt in (None, "none"):
            assert answer(authorize(browser, id_token_hint=hint, prompt=prompt))["error"] == "invalid_request"


def test_the_other_pages_stay_open_while_an_application_asks_again(here):
    authorize(here, prompt="login")
    assert here.get("/")["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
