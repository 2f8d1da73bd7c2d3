"""`/account/`: the account page and what users do there."""

import json

import pytest
from django.test import Client

from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, mailed_code
from tests.support.faults import faulty, refused
from tests.support.pages import request_code, submit

SIGN_OUT, DELETE = 0, 0


@pytest.fixture
def account():
    return member(ADDRESS)


@pytest.fixture
def client(account):
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    return client


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_it_says_who_is_signed_in(client):
    assert f"<bdi>{ADDRESS}</bdi>" in client.get("/account/").text


@pytest.mark.parametrize("path", ["/account/", "/account/export/", "/account/delete/"])
def test_without_a_session_it_leads_to_the_sign_in(path):
    page = Client().get(path)
    assert (page.status_code, page["Location"]) == (302, f"/?next={path}")


def test_signing_out_ends_this_session_alone(client, account):
    other = Client()
    other.force_login(account)
    page = submit(client, client.get("/account/"), SIGN_OUT)
    assert page.redirect_chain == [("/", 302)]
    assert "You have signed out." in page.text
    assert not is_signed_in(client)
    assert is_signed_in(other)


def test_the_export_is_a_file_with_what_is_stored():
    client = Client()
    submit(client, request_code(client), code=mailed_code())
    answer = client.get("/account/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer["Cache-Control"] == "no-store"
    exported = json.loads(answer.content)
    assert exported["account"]["addresses"] == [ADDRESS]
    assert {entry["outcome"] for entry in exported["log"]} == {"otp_sent", "otp_verified"}
    assert mailed_code() not in answer.text


def test_deleting_asks_for_confirmation_first(client, account):
    page = client.get("/account/delete/")
    assert "Delete your account?" in page.text
    assert account_at(ADDRESS)


def test_deleting_ends_the_account_and_every_session(client, account):
    other = Client()
    other.force_login(account)
    page = submit(client, client.get("/account/delete/"), DELETE)
    assert "Your account has been deleted." in page.text
    assert account_at(ADDRESS) is None
    assert not is_signed_in(client)
    assert not is_signed_in(other)


@pytest.mark.parametrize("path", ["sign-out", "sessions/end", "sessions/end-others", "delete"])
def test_a_change_without_the_token_is_refused(client, path):
    assert client.post(f"/account/{path}/").status_code == 403
    assert is_signed_in(client)


@pytest.mark.parametrize("path", ["sign-out", "sessions/end", "sessions/end-others"])
def test_a_link_changes_nothing(client, account, path):
    other = Client()
    other.force_login(account)
    page = client.get(f"/account/{path}/", follow=True)
    assert page.redirect_chain == [("/account/", 302)]
    assert f'action="/account/{path}/"' in page.text
    assert is_signed_in(client)
    assert is_signed_in(other)


def test_a_notice_is_shown_once(client):
    submit(client, client.get("/account/"), SIGN_OUT)
    assert "You have signed out." not in client.get("/").text


def test_an_unavailable_storage_shows_an_error_page(client):
    with faulty("BatchGetItem", *[refused] * 9):
        page = client.get("/account/")
    assert page.status_code == 503
    assert "Nothing is lost." in page.text
