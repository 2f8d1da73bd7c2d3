"""Inviting an address while sign-up is closed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from otp.accounts import change as changing
from otp.accounts import invitation, own
from otp.accounts.change import Change
from otp.accounts.export import export
from otp.clock import DAY
from otp.delivery import email, notices, suppressions
from otp.dynamo.operations import get
from otp.local.inbox import mails
from otp.models import Account, Address, AuditEntry
from otp.signin import sessions
from tests.support.accounts import account_at, change_account, member
from tests.support.api import ADDRESS, answer, ask, at_once, mailed_code, sent_to
from tests.support.changes import CALLER, browser_of
from tests.support.faults import faulty, refused
from tests.support.mail import words_of
from tests.support.pages import request_code, submit

GUEST = "guest@example.org"


@pytest.fixture(autouse=True)
def closed(settings, clock):
    settings.OTP_SIGNUP = ["closed"]
    settings.OTP_SITE_NAME, settings.OTP_JWT_ISSUER = "The bakery", "https://otp.example"
    return member(ADDRESS)


def invite(address=GUEST, *options):
    """What the command says."""
    said = StringIO()
    call_command("invite", address, *(options or ("--by", ADDRESS)), stdout=said)
    return said.getvalue().strip()


def may_sign_up(address=GUEST):
    Address.objects.filter(pk=address).update(sends=[])
    ask(address)
    return get_code(address) is not None


def get_code(address):
    found = [mail for mail in mails() if mail.to == [address] and "is your code" in mail.text]
    return mailed_code(address) if found else None


def test_an_invited_address_signs_in_like_any_other(clock):
    assert invite() == f"{GUEST} may sign up until {timezone.now() + timedelta(days=7):%Y-%m-%d %H:%M} UTC."
    browser = Client()
    page = submit(browser, request_code(browser, GUEST), code=mailed_code(GUEST))
    assert page.redirect_chain == [("/account/", 302)]
    assert account_at(GUEST).role is None


def test_the_mail_says_by_whom_to_what_and_signs_nobody_in():
    invite()
    (mail,) = [mail for mail in mails() if mail.to == [GUEST]]
    assert mail.subject == "Your invitation to The bakery"
    assert mail.text.startswith(
        f"{ADDRESS} invites you to The bakery. Sign in with this address, {GUEST}, at https://otp.example\n"
    )
    assert "href" not in mail.html
    assert account_at(GUEST) is None
    assert Account.objects.filter(pk=get(Address, GUEST).account or "nobody").first() is None


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_in_every_language_both_bodies_say_the_same(language):
    with translation.override(language):
        mail = notices.invitation(GUEST, by=ADDRESS, site="https://otp.example", until=timezone.now())
    assert mail.body.split() == words_of(mail.alternatives[0].content)
    assert ADDRESS in mail.body
    assert GUEST in mail.body


def test_it_lapses(clock):
    invite(GUEST, "--by", ADDRESS, "--days", "2")
    clock.shift(2 * DAY - 1)
    assert may_sign_up()
    clock.shift(1)
    other = "other@example.org"
    invite(other, "--by", ADDRESS, "--days", "2")
    clock.shift(2 * DAY)
    assert not may_sign_up(other)


def test_a_code_that_was_requested_before_it_does_not_begin_to_work():
    ask(GUEST)
    invite()
    assert answer("000000", GUEST).status_code == 401
    assert may_sign_up()


def test_the_record_outlives_the_codes_that_are_sent_meanwhile(clock):
    invite()
    lapses = get(Address, GUEST).expires_at
    ask(GUEST)
    assert get(Address, GUEST).expires_at == lapses
    clock.shift(6 * DAY)
    assert may_sign_up()


def test_whoever_deletes_the_account_again_is_no_longer_invited(clock):
    invite()
    ask(GUEST)
    assert answer(mailed_code(GUEST), GUEST).status_code == 200
    assert export(account_at(GUEST))["addresses"][0]["invited_until"]
    own.delete(account_at(GUEST))
    assert get(Address, GUEST).invited_until is None
    mailed = len(mails())
    Address.objects.filter(pk=GUEST).update(sends=[])
    ask(GUEST)
    assert len(mails()) == mailed


def test_it_can_be_withdrawn_until_somebody_signs_up(clock):
    invite()
    assert invite(GUEST, "--withdraw") == f"{GUEST} is no longer invited."
    assert not may_sign_up()
    with pytest.raises(CommandError, match="It isn't invited"):
        invite(GUEST, "--withdraw")


def test_it_is_audited(clock):
    invite()
    clock.shift(1)
    invite(GUEST, "--withdraw")
    entries = AuditEntry.objects.filter(kind="address", key=GUEST).order_by("created_at")
    assert [(each.action, each.actor, each.name) for each in entries] == [
        ("invite", "manage.py", GUEST),
        ("withdraw", "manage.py", GUEST),
    ]


@pytest.mark.parametrize(
    ("address", "options", "words"),
    [
        (ADDRESS, ("--by", ADDRESS), "It has an account."),
        (GUEST, ("--by", "stranger@example.com"), "no active account"),
        (GUEST, ("--by", ADDRESS, "--days", "0"), "--days must be at least 1"),
        ("nobody", ("--by", ADDRESS), "Invalid email format"),
    ],
)
def test_what_can_not_be_is_said(address, options, words):
    with pytest.raises(CommandError, match=words):
        invite(address, *options)
    assert not sent_to(GUEST)
    assert get(Address, GUEST) is None


def test_a_deactivated_member_invites_nobody():
    change_account(ADDRESS, is_active=False)
    with pytest.raises(CommandError, match="no active account"):
        invite()


def test_an_address_whose_mail_comes_back_is_not_invited():
    suppressions.suppress(GUEST, suppressions.Reason.BOUNCE)
    with pytest.raises(CommandError, match="Mail to it came back"):
        invite()


def test_a_mail_that_can_not_be_sent_is_said_and_inviting_again_renews_it(clock):
    with faulty("SendEmail", refused, of=email.backend().connection), pytest.raises(CommandError, match="again"):
        invite()
    clock.shift(DAY)
    invite()
    assert get(Address, GUEST).invited_until == timezone.now() + timedelta(days=7)


def test_where_to_sign_in_has_to_be_known(settings):
    settings.OTP_JWT_ISSUER, settings.OTP_ALLOWED_HOSTS = "", [".example.com"]
    with pytest.raises(CommandError, match="Say where to sign in"):
        invite()
    settings.OTP_ALLOWED_HOSTS = ["otp.example.com"]
    invite()
    assert "at https://otp.example.com/\n" in mails()[0].text


def test_a_member_can_not_take_an_invited_address_from_its_reader():
    """A change of address to it needs its code, like one to any other address."""
    invite()
    change = Change(sessions.account_of(browser_of(account_at(ADDRESS)).session["_auth_user_id"]), GUEST)
    changing.send(change, GUEST, caller=CALLER)
    assert answer(mailed_code(GUEST), GUEST).status_code == 404
    assert account_at(GUEST) is None


def test_an_invitation_and_a_sign_up_at_once_leave_one_whole_account(storage, settings):
    settings.OTP_SIGNUP = ["open"]
    ask(GUEST)
    code = mailed_code(GUEST)
    works = iter([lambda: answer(code, GUEST).status_code, lambda: renewed()])

    def renewed():
        try:
            invitation.invite(GUEST, by=ADDRESS, site="https://otp.example", days=7)
        except invitation.Refused:
            return "refused"
        return "invited"

    done = at_once(2, lambda: next(works)())
    assert 200 in done
    record = get(Address, GUEST)
    assert record.is_member
    assert record.expires_at.year == 9999
    assert account_at(GUEST).addresses == [GUEST]
