"""Where somebody is signed in: the list on the account page, and ending one of them or all others."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from otp.accounts import own
from otp.dynamo.operations import get
from otp.exceptions import Unavailable
from otp.models import Account, Address, Session
from otp.pages.account import SHOWN
from otp.signin import sessions
from otp.tokens import keyring
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, at_once, me, signed_in
from tests.support.owners import COOKIE, send_from, sign_in, spend_shared_budget
from tests.support.pages import copy_of, is_in

pytestmark = pytest.mark.usefixtures("clock")

FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"
END, END_OTHERS = "/account/sessions/end/", "/account/sessions/end-others/"


def browser_of(account, agent=FIREFOX):
    browser = Client(headers={"User-Agent": agent})
    browser.force_login(account)
    session = Session.objects.get(pk=browser.session[SESSION_KEY])
    Session.objects.filter(pk=session.pk).update(user_agent=agent)  # `force_login` has none
    return browser


def sid_of(browser):
    return browser.session[SESSION_KEY].partition(" ")[2]


def lines(page):
    """The list: each session as its name, when it was used, and whether it is this browser's."""
    return [(line.name, line.when, line.here) for line in page.context["sessions"]]


def test_each_session_is_named_by_a_fixed_list_with_the_hours_since_its_use(clock):
    account = member(ADDRESS)
    browser_of(account, SAFARI)
    clock.shift(2 * 3600)
    browser_of(account, "<script>alert(1)</script>")
    clock.shift(3600)
    here = browser_of(account)
    clock.shift(49 * 60)
    page = here.get("/account/")
    assert lines(page) == [
        ("Firefox on Mac", "Signed in less than an hour ago", True),
        ("Unknown browser", "Last used 1 hour ago", False),
        ("Safari on iPhone", "Last used 3 hours ago", False),
    ]
    assert "alert(1)" not in page.text
    assert "This browser" in page.text


def test_the_time_since_the_last_use_is_in_days_after_two_days(settings, clock):
    settings.OTP_SESSION_AGE = settings.SESSION_COOKIE_AGE = 10 * 86400
    account = member(ADDRESS)
    browser_of(account, SAFARI)
    clock.shift(47 * 3600)
    here = browser_of(account)
    assert lines(here.get("/account/"))[1][1] == "Last used 47 hours ago"
    clock.shift(26 * 3600)
    assert lines(here.get("/account/"))[1][1] == "Last used 3 days ago"


def test_what_has_ended_or_is_another_s_is_not_listed(clock, settings):
    account = member(ADDRESS)
    browser_of(account)
    own.sign_out_everywhere(account)
    account = account_at(ADDRESS)
    browser_of(member("other@example.com"))
    signed_out = browser_of(account)
    signed_out.post("/account/sign-out/")
    settings.OTP_SESSION_AGE = 60
    browser_of(account)
    clock.shift(60)
    here = browser_of(account)
    assert len(lines(here.get("/account/"))) == 1


def test_a_sign_in_by_the_api_is_an_app(clock):
    signed_in()
    here = browser_of(account_at(ADDRESS))
    assert ("An app", "Last used less than an hour ago", False) in lines(here.get("/account/"))


def test_of_very_many_the_latest_are_listed_and_the_rest_counted(clock):
    account = member(ADDRESS)
    for _ in range(SHOWN + 1):
        sessions.begin(account, SAFARI)
    clock.shift(1)
    page = browser_of(account).get("/account/")
    assert len(lines(page)) == SHOWN
    assert "And 2 more, used less recently." in page.text


def test_the_only_session_has_no_others_to_end():
    page = browser_of(member(ADDRESS)).get("/account/")
    assert END_OTHERS not in page.text


# -- ending one ------------------------------------------------------------------------------------


def test_one_ends_at_once_and_no_other(requests_log):
    account = member(ADDRESS)
    here, elsewhere, third = (browser_of(account) for _ in range(3))
    copied = copy_of(elsewhere)
    requests_log.clear()
    page = here.post(END, {"session": sid_of(elsewhere)})
    assert requests_log.operations == ["BatchGetItem", "DeleteItem"]
    assert page["Location"] == "/account/"
    assert "That session has ended." in here.get("/account/").text
    assert [is_in(each) for each in (elsewhere, copied, here, third)] == [False, False, True, True]


def test_one_that_has_ended_already_is_no_error():
    account = member(ADDRESS)
    here, elsewhere = browser_of(account), browser_of(account)
    for _ in range(2):
        assert here.post(END, {"session": sid_of(elsewhere)}).status_code == 302


def test_a_program_s_session_ends_like_any_other(settings):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    token = signed_in()["access_token"]
    here = browser_of(account_at(ADDRESS))
    (sid,) = [line.sid for line in here.get("/account/").context["sessions"] if not line.here]
    assert me(token).status_code == 200
    here.post(END, {"session": sid})
    assert me(token).status_code == 401


def test_nobody_ends_another_s_session():
    """Knowing its id is worth nothing."""
    victim, attacker = browser_of(member(ADDRESS)), browser_of(member("attacker@example.com"))
    attacker.post(END, {"session": sid_of(victim)})
    attacker.post(END, {"session": f"{account_at(ADDRESS).pk} {sid_of(victim)}"})
    attacker.post(END_OTHERS)
    Client().post(END, {"session": sid_of(victim)})
    assert is_in(victim)


@pytest.mark.parametrize("sid", ["", " ", "x" * 32, "0" * 33, "0" * 31 + "\0", "é" * 32])
def test_what_is_no_id_of_a_session_ends_nothing(sid):
    here = browser_of(member(ADDRESS))
    assert here.post(END, {"session": sid}).status_code == 302
    assert is_in(here)


# -- ending all others -----------------------------------------------------------------------------


def test_all_others_end_in_one_transaction_and_this_one_goes_on(requests_log):
    account = member(ADDRESS)
    here, elsewhere, third = (browser_of(account) for _ in range(3))
    requests_log.clear()
    assert here.post(END_OTHERS)["Location"] == "/account/"
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems"]
    page = here.get("/account/")
    assert [is_in(each) for each in (here, elsewhere, third)] == [True, False, False]
    assert "You have signed out everywhere else." in page.text
    assert len(lines(page)) == 1
    assert get(Address, ADDRESS).epoch == account_at(ADDRESS).session_epoch


def test_a_second_click_gets_the_same_page_as_the_first():
    """It comes with the cookie of before."""
    account = member(ADDRESS)
    here = browser_of(account)
    clicked = copy_of(here)
    here.post(END_OTHERS)
    assert clicked.post(END_OTHERS).status_code == 302
    assert is_in(here)
    assert is_in(clicked)


def test_a_session_keeps_its_fixed_end(clock, settings):
    settings.OTP_SESSION_AGE = 100
    here = browser_of(member(ADDRESS))
    clock.shift(99)
    here.post(END_OTHERS)
    assert is_in(here)
    clock.shift(1)
    assert not is_in(here)


def test_devices_elsewhere_are_forgotten_and_this_one_is_known_still(clock):
    elsewhere, here = Client(), Client()
    sign_in(elsewhere)
    clock.shift(60)
    sign_in(here)
    here.post(END_OTHERS)
    for browser, known in ((here, True), (elsewhere, False)):
        stolen = Client()
        stolen.cookies[COOKIE] = browser.cookies[COOKIE].value
        Address.objects.filter(pk=ADDRESS).update(sends=[])
        spend_shared_budget()
        assert (send_from(stolen).status_code == 302) == known


def test_a_session_that_ended_meanwhile_ends_no_others():
    account = member(ADDRESS)
    here, elsewhere = browser_of(account), browser_of(account)
    account = sessions.account_of(here.session[SESSION_KEY])
    own.end_session(account, sid_of(here))
    with pytest.raises(Unavailable):
        own.end_other_sessions(account)
    assert is_in(elsewhere)


def test_of_two_that_end_each_other_at_once_one_stays(storage):
    account = member(ADDRESS)
    browsers = [browser_of(account) for _ in range(2)]
    mine = iter([sessions.account_of(each.session[SESSION_KEY]) for each in browsers])

    def end():
        try:
            own.end_other_sessions(next(mine))
        except Unavailable:
            return "refused"

    at_once(2, end)
    assert sorted(is_in(each) for each in browsers) == [False, True]


def test_who_is_deactivated_is_not_brought_back_by_it():
    account = member(ADDRESS)
    here = browser_of(account)
    held = sessions.account_of(here.session[SESSION_KEY])
    Account.objects.filter(pk=account.pk).update(is_active=False, session_epoch="another")
    with pytest.raises(Unavailable):
        own.end_other_sessions(held)
    assert not is_in(here)
