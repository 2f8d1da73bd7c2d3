"""A known browser has its own budget, which strangers can't use up; a stolen device cookie gains no more than that."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from otp.accounts import staff
from otp.delivery import email
from otp.models import Account, Suppression
from otp.signin import budgets, devices
from otp.signin.callers import Caller
from tests.support.accounts import member
from tests.support.api import ADDRESS, ask, at_once, mailed_code, other_than, statuses
from tests.support.faults import faulty, refused
from tests.support.owners import (
    cookie_of,
    send_from,
    sign_in,
    sign_out,
    spend_all,
    spend_shared_budget,
    status_from,
    with_cookie,
)
from tests.support.pages import request_code, submit

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def busy_network(settings):
    settings.OTP_SENDS_PER_IP = 10**6  # attacker and owner have the same IP address here


def test_an_attacker_uses_up_all_sends_and_the_owner_still_signs_in(client, clock):
    sign_in(client)
    sign_out(client)
    assert spend_all(ask, clock) == 16
    assert ask().status_code == 429
    assert status_from(Client()) == 429
    sign_in(client)
    sign_out(client)
    sign_in(client)


def test_an_owner_without_the_cookie_has_to_wait_like_everyone(client, clock):
    sign_in(client)
    spend_shared_budget()
    assert status_from(Client()) == 429


def test_a_stolen_cookie_sends_no_more_than_its_own_budget(client, clock):
    stolen = sign_in(client)
    assert spend_all(lambda: send_from(with_cookie(stolen)), clock) == 16
    assert status_from(with_cookie(stolen)) == 429
    assert status_from(Client()) == 302  # the shared budget is untouched


def test_a_stolen_cookie_cannot_outrun_its_budget(storage, inbox, all_read_first):
    account = member(ADDRESS)
    cookie = cookie_of(account)
    pages = [(client, client.get("/")) for client in (with_cookie(cookie) for _ in range(20))]
    answers = at_once(20, lambda: submit(*pages.pop(), email=ADDRESS, follow=False))
    assert statuses(answers) == {302: 1, 429: 19}
    assert len(inbox()) == 1


def test_attempts_are_limited_by_each_budget_and_a_success_clears_no_other_budget(client, clock):
    cookie = sign_in(client)
    spend_shared_budget()
    client = with_cookie(cookie)
    page = request_code(client)
    submit(client, page, code=other_than(mailed_code()))
    submit(client, page, code=mailed_code())
    assert ask().status_code == status_from(with_cookie(cookie)) == 429
    clock.shift(60)
    assert (ask().status_code, status_from(with_cookie(cookie))) == (200, 302)


def test_staff_unlock_the_budget_of_a_known_browser(client, clock):
    cookie = sign_in(client)
    boss = member("boss@example.com", role=Account.Role.STAFF)
    assert status_from(with_cookie(cookie)) == 302
    assert status_from(with_cookie(cookie)) == 429
    staff.unlock(f"{ADDRESS} {cookie[:16]}", by=boss)
    assert status_from(with_cookie(cookie)) == 302


def test_staff_see_whose_budget_it_is(client, clock, settings):
    settings.OTP_SEND_WINDOWS = (3600,)
    cookie = sign_in(client)
    assert status_from(with_cookie(cookie)) == 302
    client.force_login(member("boss@example.com", role=Account.Role.VIEWER))
    link = re.search(r'href="(/admin/otp/address/[^"]+/change/)[^"]*"', client.get("/admin/otp/address/").text)[1]
    assert f'href="/admin/otp/account/?q={quote(ADDRESS)}"' in client.get(link).text


def test_the_quota_of_the_network_still_counts(client, clock, settings):
    sign_in(client)
    sign_out(client)
    settings.OTP_SENDS_PER_IP = 1
    assert status_from(client) == 429


def test_closed_sign_up_and_suppressions_apply_with_a_cookie_too(client, clock, inbox):
    cookie = sign_in(client)
    Suppression.objects.create(address=ADDRESS, reason="bounce", created_at=timezone.now())
    mails = len(inbox())
    assert status_from(with_cookie(cookie)) == 302
    assert [mail.to for mail in inbox()[: len(inbox()) - mails]] != [[ADDRESS]]


def test_a_failed_mail_does_not_count_against_the_budget_of_the_device(client, clock):
    cookie = sign_in(client)
    ses = email.backend().connection
    with faulty("SendEmail", refused, of=ses):
        assert status_from(with_cookie(cookie)) == 503
    assert status_from(with_cookie(cookie)) == 302


def test_a_known_browser_costs_no_additional_request(client, clock, requests_log):
    cookie = sign_in(client)
    thief = with_cookie(cookie)
    form = thief.get("/")
    requests_log.clear()
    submit(thief, form, email=ADDRESS, follow=False)
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]
    first = requests_log.requests[1][1]["TransactItems"][0]["Update"]
    assert first["Key"]["address"] == {"S": f"{ADDRESS} {cookie[:16]}"}
    assert first["ConditionExpression"].startswith("attribute_not_exists(#last_write) OR ")


def test_a_device_of_an_address_without_account_has_the_shared_budget():
    device = devices.Device("A" * 16, ("0" * 32,))
    assert budgets.read(ADDRESS, Caller("203.0.113.7"), timezone.now(), device).budget_key == ADDRESS
