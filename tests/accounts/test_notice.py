"""The notice of a sign-in from an unknown browser: who gets one, what it says, and that it holds nobody up."""

import re

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import translation

from otp.accounts import own, staff
from otp.delivery import email, notices, suppressions
from otp.local.inbox import mails
from otp.models import Address
from tests.support.accounts import account_at, add_address, member
from tests.support.api import ADDRESS, PHONE, answer, ask, mailed_code, signed_in
from tests.support.faults import cut_off, error, faulty, lost, refused
from tests.support.mail import words_of
from tests.support.owners import sign_in, sign_out
from tests.support.pages import copy_of, is_in, request_code, submit
from tests.support.stored import items

pytestmark = pytest.mark.usefixtures("clock")

FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0"


def notices_to(address=ADDRESS):
    return [mail for mail in mails() if mail.to == [address] and "There was a sign-in" in mail.text]


@pytest.fixture
def phones(settings):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"


def sign_in_by_phone(client):
    page = submit(client, client.get("/?by=phone"), phone=PHONE)
    return submit(client, page, code=mailed_code(PHONE))


# -- which sign-ins send a notice -----------------------------------------------------------------------------------


def test_a_sign_in_from_a_new_browser_sends_a_notice_and_one_from_a_known_browser_does_not(clock):
    member(ADDRESS)
    browser = Client(headers={"User-Agent": FIREFOX})
    sign_in(browser)
    (mail,) = notices_to()
    assert mail.text.startswith("There was a sign-in to your account at ")
    assert "Browser: Firefox on Mac\n" in mail.text
    assert re.search(r"^Time: \d+ \w+ \d{4}, \d\d:\d\d UTC$", mail.text, re.MULTILINE)
    sign_out(browser)
    sign_in(browser)
    assert len(notices_to()) == 1


def test_the_first_sign_in_of_an_account_sends_no_notice_and_the_next_in_another_browser_does():
    sign_in(Client())
    assert not notices_to()
    sign_in(Client())
    assert len(notices_to()) == 1


def test_the_first_sign_in_to_an_account_that_staff_made_sends_no_notice_either():
    staff.appoint_by_command(ADDRESS, "staff")
    sign_in(Client())
    assert not notices_to()
    sign_in(Client())
    assert len(notices_to()) == 1


def test_of_two_codes_of_a_new_account_only_the_second_sign_in_sends_a_notice(clock):
    browsers = [Client(), Client()]
    pages = [request_code(browsers[0])]
    codes = [mailed_code()]
    clock.shift(60)
    pages.append(request_code(browsers[1]))
    codes.append(mailed_code())
    for number, browser in enumerate(browsers):
        submit(browser, pages[number], code=codes[number])
        assert is_in(browser)
        assert len(notices_to()) == number


def test_a_second_click_sends_no_second_notice():
    member(ADDRESS)
    browser = Client()
    page = request_code(browser)
    clicked, code = copy_of(browser), mailed_code()
    for each in (browser, clicked):
        submit(each, page, code=code)
        assert is_in(each)
    assert len(notices_to()) == 1


def test_after_signing_out_everywhere_every_browser_is_new():
    browser = Client()
    sign_in(browser)
    own.sign_out_everywhere(account_at(ADDRESS))
    sign_in(browser)
    assert len(notices_to()) == 1


def test_a_wrong_code_sends_no_notice():
    member(ADDRESS)
    browser = Client()
    submit(browser, request_code(browser), code="000000" if mailed_code() != "000000" else "111111")
    assert not notices_to()


def test_a_program_s_sign_in_sends_no_notice():
    """Programs have no cookie by which they could be known."""
    member(ADDRESS)
    signed_in()
    assert not notices_to()


@pytest.mark.parametrize(("name", "value"), [("OTP_SIGNIN_NOTICE", False), ("OTP_DEVICE_DAYS", 0)])
def test_a_setting_turns_it_off(settings, name, value):
    setattr(settings, name, value)
    member(ADDRESS)
    sign_in(Client())
    assert not notices_to()


def test_a_sign_in_by_sms_sends_its_notice_by_mail(phones):
    add_address(member(ADDRESS), PHONE)
    assert sign_in_by_phone(Client()).redirect_chain == [("/account/", 302)]
    assert len(notices_to()) == 1
    assert len([mail for mail in mails() if mail.to == [PHONE]]) == 1, "the code"


def test_a_sign_in_by_sms_sends_no_notice_if_the_browser_is_known_by_the_other_address(phones):
    add_address(member(ADDRESS), PHONE)
    browser = Client()
    sign_in(browser)
    sign_out(browser)
    sign_in_by_phone(browser)
    assert len(notices_to()) == 1, "the first sign-in, by mail"


def test_an_account_without_email_gets_no_notice(phones):
    member(PHONE)
    assert sign_in_by_phone(Client()).redirect_chain == [("/account/", 302)]
    assert [mail.to for mail in mails()] == [[PHONE]]


def test_a_suppressed_address_gets_no_notice_of_a_sign_in_by_sms(phones):
    add_address(member(ADDRESS), PHONE)
    suppressions.suppress(ADDRESS, suppressions.Reason.BOUNCE)
    assert sign_in_by_phone(Client()).redirect_chain == [("/account/", 302)]
    assert not notices_to()


# -- what it says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_in_every_language_both_bodies_say_the_same_and_hold_no_link(language):
    with translation.override(language):
        mail = notices.signed_in(ADDRESS, FIREFOX)
    html = mail.alternatives[0].content
    assert mail.body.split() == words_of(html)
    assert "://" not in mail.body
    assert "href" not in html
    assert not re.search(r"\d{6}", mail.body)
    assert len(mail.subject) <= 60


def test_an_arbitrary_user_agent_is_not_mailed():
    mail = notices.signed_in(ADDRESS, "Call +61 2 5550 0000 at once https://evil.example/ <b>")
    assert "Browser:" not in mail.body
    assert "evil" not in mail.body + mail.alternatives[0].content


# -- that it holds nobody up -----------------------------------------------------------------------


def test_the_sign_in_makes_no_request_more_to_the_storage(requests_log):
    member(ADDRESS)
    operations = []
    browser = Client()
    for _ in range(2):  # unknown, then known
        page = request_code(browser)
        requests_log.clear()
        submit(browser, page, code=mailed_code(), follow=False)
        operations.append(requests_log.operations)
        sign_out(browser)
        Address.objects.filter(pk=ADDRESS).update(sends=[])
    assert operations == [["UpdateItem", "TransactWriteItems"]] * 2
    assert len(notices_to()) == 1

    Address.objects.filter(pk=ADDRESS).update(sends=[])


def test_the_first_sign_in_to_an_account_that_staff_made_costs_one_request_more(requests_log):
    staff.appoint_by_command(ADDRESS, "staff")
    ask()
    requests_log.clear()
    assert answer(mailed_code()).status_code == 200
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", "TransactWriteItems"]
    assert len(items("otp_sessions")) == 1


FAULTS = {
    "refused": refused,
    "lost": lost,
    "cut off": cut_off,
    "too fast": error("TooManyRequestsException", 429),
    "paused": error("SendingPausedException"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_ses_answers_the_sign_in_succeeds_after_one_attempt_to_send(fault, caplog):
    member(ADDRESS)
    browser = Client()
    page, code = request_code(browser), mailed_code()
    with faulty("SendEmail", *[FAULTS[fault]] * 3, of=email.backend().connection) as operations:
        submit(browser, page, code=code)
    assert operations == ["SendEmail"]
    assert is_in(browser)
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("otp.delivery")]
    assert any("A notice was not sent" in line for line in logged)
    assert ADDRESS not in str(logged)


def test_nor_does_a_brand_s_broken_template(monkeypatch, caplog):
    def broken(*args, **words):
        raise KeyError("a template")

    member(ADDRESS)
    monkeypatch.setattr(notices, "_notice", broken)
    browser = Client()
    sign_in(browser)
    assert is_in(browser)
    assert "A notice was not sent: KeyError" in caplog.text


def test_nor_does_a_storage_that_does_not_answer_when_the_email_is_looked_up(phones, caplog):
    add_address(member(ADDRESS), PHONE)
    browser = Client()
    page = submit(browser, browser.get("/?by=phone"), phone=PHONE)
    code = mailed_code(PHONE)
    with faulty("GetItem", *[refused] * 9):
        submit(browser, page, code=code, follow=False)
    assert is_in(browser)
    assert not notices_to()
    assert "A notice was not sent: NotDone" in caplog.text
