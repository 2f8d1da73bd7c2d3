"""`/`: requesting a code."""

import pytest
from django.test import Client

from otp.delivery import email
from tests.support.api import ADDRESS, ask, mailed_code
from tests.support.faults import faulty, lost, refused
from tests.support.pages import RESEND, SEND, request_code, submit

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def ses():
    return email.backend().connection


def test_a_code_goes_to_the_address_and_the_next_page_says_so(client, inbox):
    page = request_code(client, " Person@Example.com")
    assert page.redirect_chain == [("/verify/", 302)]
    assert "We sent a six-digit code to <strong><bdi>person@example.com</bdi>" in page.text
    assert [mail.to for mail in inbox()] == [[ADDRESS]]


def test_opening_the_page_makes_no_request_to_dynamodb(client, requests_log):
    client.get("/")
    assert requests_log.operations == []
    request_code(client)
    requests_log.clear()
    client.get("/")
    client.get("/verify/")
    assert requests_log.operations == []


def test_a_send_costs_one_read_and_one_transaction(client, requests_log):
    request_code(client)
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]


def test_a_malformed_address_is_an_error_of_the_field_and_makes_no_request(client, requests_log, inbox):
    page = request_code(client, "person@localhost")
    assert page.status_code == 400
    assert "<title>Error: Sign in" in page.text
    assert 'value="person@localhost"' in page.text
    assert "Enter a valid email address" in page.text
    assert requests_log.operations == []
    assert inbox() == []


def test_a_form_sent_twice_is_one_send(client, inbox, settings):
    settings.OTP_SEND_WINDOWS = (0,)  # no cooldown, which would prevent the second send
    form = client.get("/")
    for _ in range(2):
        page = submit(client, form, SEND, email=ADDRESS)
        assert page.redirect_chain == [("/verify/", 302)]
        assert "We sent a six-digit code" in page.text
    assert len(inbox()) == 1


def test_going_back_to_change_the_address_shows_it_in_the_field(client):
    request_code(client)
    assert f'value="{ADDRESS}"' in client.get("/").text


def test_a_send_that_is_too_early_leads_back_to_the_code_that_still_works(client, clock, inbox):
    page = request_code(client)
    clock.shift(20)
    page = submit(client, page, RESEND)
    assert page.redirect_chain == [("/verify/", 302)]
    assert "You can get a new code in 40 seconds. The one you have still works." in page.text
    assert len(inbox()) == 1


def test_after_the_cooldown_a_new_code_is_sent_from_the_same_page(client, clock, inbox):
    page = request_code(client)
    clock.shift(60)
    page = submit(client, page, RESEND)
    assert f"We sent a new code to <strong><bdi>{ADDRESS}</bdi>" in page.text
    assert len(inbox()) == 2


def test_the_countdown_starts_at_the_wait_of_the_server(client, clock):
    page = request_code(client)
    assert 'data-wait="60"' in page.text
    assert 'You can get a new code in <span role="timer" dir="auto">1:00</span>.' in page.text
    clock.shift(60)
    page = client.get("/verify/")
    assert "data-wait" not in page.text
    assert "You can get a new code now." in page.text
    page = submit(client, page, RESEND)
    assert 'data-wait="60"' in page.text


def test_a_cooldown_that_others_caused_says_how_long(client):
    ask()
    page = request_code(client)
    assert page.status_code == 429
    assert page["Retry-After"] == "60"
    assert "A code was sent to this address recently. You can get another in 60 seconds." in page.text
    assert client.get("/verify/").headers["Location"] == "/"


def test_a_network_without_quota_sees_when_to_try_again(client, settings):
    settings.OTP_SENDS_PER_IP = 1
    request_code(Client(), "somebody.else@example.com")
    page = request_code(client)
    assert page.status_code == 429
    assert int(page["Retry-After"]) <= 3600
    assert "from your network" in page.text


def test_a_failed_mail_shows_an_error_and_can_be_tried_again(client, ses, inbox):
    with faulty("SendEmail", refused, of=ses):
        page = request_code(client)
    assert page.status_code == 503
    assert "We couldn&#x27;t send your code" in page.text
    page = submit(client, page, SEND)
    assert page.redirect_chain == [("/verify/", 302)]
    assert len(inbox()) == 1


def test_an_uncertain_mail_leads_on_in_case_it_arrives(client, ses):
    with faulty("SendEmail", lost, of=ses):
        page = request_code(client)
    assert "Your code may not have been sent" in page.text
    page = submit(client, page, code=mailed_code())
    assert page.redirect_chain == [("/account/", 302)]


def test_an_unavailable_storage_is_reported_on_the_page(client):
    form = client.get("/")
    with faulty("BatchGetItem", *[refused] * 9):
        page = submit(client, form, SEND, email=ADDRESS)
    assert page.status_code == 503
    assert "That didn&#x27;t work. Try again in 1 second." in page.text


def test_only_local_mode_links_to_the_inbox(client, settings):
    page = request_code(client)
    assert 'href="/inbox/"' in page.text
    settings.LOCAL = False
    assert "inbox" not in client.get("/verify/").text


@pytest.mark.parametrize("path", ["/", "/verify/"])
def test_no_cache_keeps_a_page(client, path):
    request_code(client)
    assert client.get(path)["Cache-Control"] == "no-store"


def test_a_page_has_no_inline_code_or_style(client):
    page = request_code(client)
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert page.text.count("<script") == page.text.count("<script src=") == 1
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
