"""The device cookie: its content, what it proves, and what ends it."""

import time
from http.cookies import SimpleCookie

import pytest
from django.test import Client, RequestFactory

from otp.accounts import own, staff
from otp.clock import DAY
from otp.dynamo.operations import get
from otp.models import Account, Address
from otp.signin import devices
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code
from tests.support.owners import (
    COOKIE,
    cookie_of,
    sign_in,
    sign_out,
    spend_shared_budget,
    status_from,
    with_cookie,
)
from tests.support.pages import request_code, submit

pytestmark = pytest.mark.slow

OTHER = "other@example.com"


@pytest.fixture(autouse=True)
def busy_network(settings):
    settings.OTP_SENDS_PER_IP = 10**6  # attacker and owner have the same IP address here


def forged(real):
    device, mark, signed_at, signature = real.replace(":", ".").split(".")
    yield "without-a-signature", f"{device}.{mark}"
    yield "another-signature", f"{device}.{mark}:{signed_at}:{signature[::-1]}"
    yield "another-mark", f"{device}.{mark[::-1]}:{signed_at}:{signature}"
    yield "another-device", f"{device[::-1]}.{mark}:{signed_at}:{signature}"
    yield "no-cookie-at-all", "x" * 4000


def test_a_forged_cookie_gains_and_reveals_nothing(client, clock):
    real = sign_in(client)
    spend_shared_budget()
    plain = request_code(Client())
    for name, cookie in forged(real):
        page = request_code(with_cookie(cookie))
        assert (page.status_code, page["Retry-After"]) == (429, plain["Retry-After"]), name


def test_a_cookie_of_another_address_gains_nothing(client, clock):
    cookie = sign_in(client, OTHER)
    member(ADDRESS)
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429
    assert status_from(with_cookie(cookie), OTHER) == 302


def test_nobody_can_tell_with_a_cookie_whether_an_address_has_an_account(client, clock, requests_log):
    cookie = sign_in(client, OTHER)
    member(ADDRESS)
    seen = []
    for address in (ADDRESS, "stranger@example.com"):
        for _ in range(2):
            thief = with_cookie(cookie)
            form = thief.get("/")
            requests_log.clear()
            page = submit(thief, form, email=address, follow=False)
            keys = requests_log.requests[0][1]["RequestItems"]["otp_addresses"]["Keys"]
            seen.append((page.status_code, page.get("Retry-After"), requests_log.operations, len(keys)))
    assert seen[:2] == seen[2:]


def test_signing_out_everywhere_ends_it(client, clock):
    cookie = sign_in(client)
    own.sign_out_everywhere(account_at(ADDRESS))
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429


def test_deactivating_the_account_ends_it(client, clock):
    cookie = sign_in(client)
    boss = member("boss@example.com", role=Account.Role.SUPERUSER)
    subject = account_at(ADDRESS).pk
    staff.deactivate(subject, by=boss)
    staff.reactivate(subject, by=boss)
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429


def test_deleting_the_account_ends_it_also_for_a_new_account_of_the_address(client, clock):
    cookie = sign_in(client)
    own.delete(account_at(ADDRESS))
    sign_in(Client())
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429


def test_it_expires_after_the_days_of_the_setting(client, clock, settings):
    settings.OTP_DEVICE_DAYS = 2
    cookie = sign_in(client)
    clock.shift(2 * DAY + 1)
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429


def test_a_dropped_key_ends_it_and_a_rotated_one_does_not(client, clock, settings):
    cookie = sign_in(client)
    old, new = settings.SECRET_KEY, "new-key-0123456789-0123456789-0123"
    spend_shared_budget()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [old]
    assert status_from(with_cookie(cookie)) == 302
    settings.SECRET_KEY_FALLBACKS = []
    clock.shift(60)
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429


def test_with_zero_days_no_cookie_is_set_or_accepted(client, clock, settings):
    cookie = sign_in(client)
    settings.OTP_DEVICE_DAYS = 0
    spend_shared_budget()
    assert status_from(with_cookie(cookie)) == 429
    clock.shift(60)
    other = Client()
    sign_in(other)
    assert COOKIE not in other.cookies


def test_people_who_share_a_browser_both_keep_it(client, clock):
    sign_in(client)
    sign_out(client)
    sign_in(client, OTHER)
    cookie = client.cookies[COOKIE].value
    spend_shared_budget()
    assert ask(OTHER).status_code == 200
    assert status_from(with_cookie(cookie)) == 302
    assert status_from(with_cookie(cookie), OTHER) == 302


def test_it_remembers_the_last_four_people_and_each_once():
    accounts_here = [member(f"person{n}@example.com") for n in range(devices.MAX_ACCOUNTS + 2)]
    cookie = None
    for account in [*accounts_here, accounts_here[-1]]:
        cookie = cookie_of(account, before=cookie)
    client = with_cookie(cookie)
    device = devices.device_of(client.get("/").wsgi_request)
    held = [account for account in accounts_here if device.belongs_to(account.address, account.session_epoch)]
    assert held == accounts_here[-devices.MAX_ACCOUNTS :]
    assert len(device.marks) == devices.MAX_ACCOUNTS


def test_it_contains_an_id_and_a_mark_for_each_of_four_people_signed_for_its_purpose():
    cookie = None
    for number in range(6):
        account = Account(addresses=[f"person{number}@example.com"], session_epoch="epoch")
        cookie = cookie_of(account, before=cookie)
    request = RequestFactory().get("/")
    request.COOKIES["otp_device"] = cookie
    device, *marks = request.get_signed_cookie("otp_device", salt="otp.device").split(".")
    assert (len(device), len(marks)) == (16, 4)


def test_a_mark_is_a_keyed_hash_of_device_and_address():
    """From `printf 6:device16:AAAAAAAAAAAAAAAA11:a@b.example | openssl dgst -sha256 -hmac epoch`."""
    device = devices.Device("A" * 16, ("1d0358e3476e209a931c54f3113d60bc",))
    assert device.belongs_to("a@b.example", "epoch")
    assert not device.belongs_to("a@b.example", "another")


def test_it_contains_no_address_and_only_its_budget_is_stored(client, clock):
    cookie = sign_in(client)
    assert "person" not in cookie
    assert account_at(ADDRESS).session_epoch not in cookie
    with_it = with_cookie(cookie)
    request_code(with_it)
    budget = get(Address, f"{ADDRESS} {cookie[:16]}")
    assert budget.sends == [time.time()]
    assert budget.expires_at.timestamp() == time.time() + 87300 + 900


def test_the_json_api_neither_sets_nor_reads_it(client, clock):
    ask()
    assert not answer(mailed_code()).cookies
    clock.shift(60)
    cookie = sign_in(client)
    spend_shared_budget()
    api = with_cookie(cookie)
    body = {"action": "send_otp", "email": ADDRESS}
    assert api.post("/otp", body, content_type="application/json").status_code == 429


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_host_only_and_http_only(secure, settings, client, clock):
    settings.SESSION_COOKIE_SECURE = secure
    page = request_code(client)
    page = submit(client, page, code=mailed_code(), follow=False)
    name = "__Host-otp_device" if secure else "otp_device"
    cookie = SimpleCookie(page.cookies.output(header=""))[name]
    assert bool(cookie["secure"]) is secure
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert int(cookie["max-age"]) == 365 * DAY
