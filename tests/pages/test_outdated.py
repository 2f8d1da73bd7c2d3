"""A form of a page that was open too long, or whose session another tab has replaced.

The forms of the sign-in are shown again, filled. All others change nothing, and lead back to their page.
"""

import re

import pytest
from django.test import Client

from tests.support.accounts import member
from tests.support.pages import CODE, SEND, is_in, request_code, submit

ADDRESS = "person@example.com"
AGAIN = "this page was open too long or was replaced in another tab"


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


def code_in(mail):
    return re.search(r"\d{6}", mail.text)[0]


def test_an_outdated_form_with_an_address_is_shown_again_filled_in(client, inbox):
    page = client.get("/?next=/account/delete/")
    client.cookies.clear()
    page = submit(client, page, SEND, email=ADDRESS)
    assert page.status_code == 403
    assert AGAIN in page.text
    assert "<title>Error: Sign in" in page.text
    assert f'value="{ADDRESS}"' in page.text
    assert inbox() == []
    page = submit(client, page, SEND)
    assert page.redirect_chain == [("/verify/?next=%2Faccount%2Fdelete%2F", 302)]
    assert [mail.to for mail in inbox()] == [[ADDRESS]]


def test_two_tabs_that_were_opened_at_once_can_both_sign_in(inbox):
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    tab, _ = first.get("/"), second.get("/")
    first.cookies = second.cookies  # one browser, in which the second page's cookie has replaced the first's
    page = submit(first, submit(first, tab, SEND, email=ADDRESS), SEND)
    assert submit(first, page, CODE, code=code_in(inbox()[0])).redirect_chain == [("/account/", 302)]


def test_an_outdated_form_with_a_number_is_shown_again_filled_in(client, settings):
    settings.OTP_SMS = True
    page = client.get("/?by=phone")
    client.cookies.clear()
    page = submit(client, page, SEND, phone="+61 412 345 678")
    assert 'value="+61 412 345 678"' in page.text


def test_an_outdated_form_with_a_code_is_shown_again_and_takes_no_attempt(client, inbox):
    page = request_code(client, ADDRESS)
    code = code_in(inbox()[0])
    page = submit(client, page, CODE, code=code, csrfmiddlewaretoken="another")
    assert page.status_code == 403
    assert AGAIN in page.text
    assert f'value="{code}"' in page.text
    assert submit(client, page, CODE).redirect_chain == [("/account/", 302)]


@pytest.mark.parametrize("address", [ADDRESS, "+61412345678", ""])
def test_a_code_of_a_session_that_is_gone_leads_to_a_new_one(client, settings, address):
    settings.OTP_SMS = True
    page = request_code(client, ADDRESS)
    client.cookies.clear()
    page = submit(client, page, CODE, email=address, code="123456")
    assert page.status_code == 403
    assert AGAIN in page.text
    assert 'name="code"' not in page.text
    assert f'value="{address}"' in page.text or not address


def test_input_is_escaped(client):
    page = client.post("/", {"email": '"><script>alert(1)</script>'})
    assert page.status_code == 403
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/account/sign-out/",
        "/account/sessions/end-others/",
        "/account/delete/",
        "/admin/otp/account/?role=staff",
        "/admin/logout/",
    ],
)
def test_a_form_of_somebody_signed_in_changes_nothing_and_leads_back_to_its_page(client, path):
    client.force_login(member(ADDRESS, role="superuser"))
    page = client.post(path, {"csrfmiddlewaretoken": "another"})
    assert page.status_code == 403
    assert "<h1>This page has expired</h1>" in page.text
    assert "Nothing was changed." in page.text
    (back,) = re.findall(r'<a class="button" href="([^"]+)">Open this page again</a>', page.text)
    assert back == path
    assert client.get(back, follow=True).status_code == 200
    assert is_in(client)
