"""`/verify/`: entering the code."""

import pytest
from django.test import Client

from otp.dynamo.operations import Delete, Update
from otp.models import Code
from otp.signin.flows import Flow
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than
from tests.support.faults import faulty, lost, refused
from tests.support.pages import RESEND, request_code, submit

pytestmark = pytest.mark.usefixtures("clock")

OTHER = "other@example.com"


def key(client):
    return Flow("page", client.session["flow"]).key(ADDRESS)


def test_a_correct_code_signs_in_and_clears_the_flow_from_the_cookie(client):
    page = submit(client, request_code(client), code=mailed_code())
    assert page.redirect_chain == [("/account/", 302)]
    assert ADDRESS in page.text
    assert not {"flow", "pending"} & set(client.session.keys())


def test_a_correct_code_costs_two_writes_and_the_page_after_it_one_read(client, requests_log):
    page = request_code(client)
    requests_log.clear()
    submit(client, page, code=mailed_code())
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", "BatchGetItem", "Query"]


def test_a_wrong_code_says_how_many_attempts_are_left(client):
    page = request_code(client)
    page = submit(client, page, code=other_than(mailed_code()))
    assert page.status_code == 401
    assert "That code isn&#x27;t right. You have 5 tries left." in page.text
    assert "<title>Error: Check your email" in page.text


def test_after_the_last_attempt_only_a_new_code_is_offered(client):
    page = request_code(client)
    for _ in range(6):
        page = submit(client, page, code=other_than(mailed_code()))
    assert page.status_code == 401
    assert '<h1 tabindex="-1" autofocus aria-describedby="ending">That was the last try</h1>' in page.text
    assert 'name="code"' not in page.text
    assert 'name="code"' not in client.get("/verify/").text


def test_a_new_code_after_the_last_attempt_works(client, clock):
    page = request_code(client)
    for _ in range(6):
        page = submit(client, page, code=other_than(mailed_code()))
    clock.shift(60)
    page = submit(client, page, RESEND)
    assert submit(client, page, code=mailed_code()).redirect_chain == [("/account/", 302)]


def test_a_send_that_is_too_early_after_the_last_attempt_says_how_long_to_wait(client):
    page = request_code(client)
    for _ in range(6):
        page = submit(client, page, code=other_than(mailed_code()))
    page = submit(client, page, RESEND)
    assert page.status_code == 429
    assert "You can get another in 60 seconds" in page.text
    assert "still works" not in page.text


def test_an_expired_code_says_so_and_offers_another(client, clock):
    page = request_code(client)
    code = mailed_code()
    clock.shift(900)
    page = submit(client, page, code=code)
    assert page.status_code == 403
    assert "That code has expired</h1>" in page.text
    page = submit(client, page, RESEND)
    assert submit(client, page, code=mailed_code()).redirect_chain == [("/account/", 302)]


def test_a_page_opened_after_the_expiry_has_no_field_for_the_code(client, clock):
    request_code(client)
    clock.shift(900)
    page = client.get("/verify/")
    assert page.status_code == 200
    assert "That code has expired</h1>" in page.text
    assert 'name="code"' not in page.text


@pytest.mark.parametrize("end", ["revoked", "gone"])
def test_a_code_that_no_longer_exists_says_so_and_offers_another(client, end):
    page = request_code(client)
    change = Update(Code, key(client), {"status": "REVOKED"}) if end == "revoked" else Delete(Code, key(client))
    change.run()
    page = submit(client, page, code=mailed_code())
    assert page.status_code == 404
    assert "That code no longer works</h1>" in page.text
    assert "It was used, or a newer one has replaced it." in page.text
    assert "Send a new code" in page.text


def test_a_malformed_code_takes_no_attempt(client, requests_log):
    page = request_code(client)
    requests_log.clear()
    page = submit(client, page, code="12 34")
    assert page.status_code == 400
    assert 'value="12 34"' in page.text
    assert requests_log.operations == []


def test_without_a_send_it_leads_to_the_first_page(client):
    page = client.get("/verify/")
    assert (page.status_code, page["Location"]) == (302, "/")


def test_a_code_without_a_send_says_so(client, requests_log):
    page = client.post("/verify/", {"email": ADDRESS, "code": "123456"}, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert "No code has been requested in this browser." in page.text
    assert requests_log.operations == []


def test_a_second_click_shows_the_account_and_is_no_second_attempt(client):
    page = request_code(client)
    code, cookies = mailed_code(), client.cookies.copy()
    submit(client, page, code=code)
    client.cookies = cookies  # the second click came before the response to the first
    assert submit(client, page, code=code).redirect_chain == [("/account/", 302)]


def test_a_second_click_after_the_response_shows_the_account_too():
    client = Client(enforce_csrf_checks=True)
    page = request_code(client)
    code = mailed_code()
    submit(client, page, code=code)
    assert submit(client, page, code=code).redirect_chain == [("/account/", 302)]


def test_a_second_click_on_a_wrong_code_is_no_second_attempt(client):
    page = request_code(client)
    wrong = other_than(mailed_code())
    for _ in range(2):
        assert "5 tries left" in submit(client, page, code=wrong).text


def test_the_same_wrong_code_typed_again_is_a_second_attempt(client):
    page = request_code(client)
    wrong = other_than(mailed_code())
    page = submit(client, page, code=wrong)
    assert "4 tries left" in submit(client, page, code=wrong).text


def test_an_attempt_whose_response_was_lost_can_be_repeated(client):
    page = request_code(client)
    code = mailed_code()
    with faulty("UpdateItem", lost, refused, refused, refused, refused):
        page = submit(client, page, code=code)
    assert page.status_code == 503
    page = submit(client, page, code=code)
    assert page.redirect_chain == [("/account/", 302)]


def test_two_tabs_with_two_addresses_each_verify_their_own(client):
    first = request_code(client)
    second = request_code(client, OTHER)
    wrong = submit(client, first, code=other_than(mailed_code()))
    assert f"<bdi>{ADDRESS}</bdi>" in wrong.text
    page = submit(client, first, code=mailed_code())
    assert f"<bdi>{ADDRESS}</bdi>" in page.text
    assert submit(client, second, code=mailed_code(OTHER)).redirect_chain == [("/account/", 302)]


def test_a_changed_hidden_address_does_not_sign_in(client):
    ask(OTHER)
    page = submit(client, request_code(client), code=mailed_code(OTHER), email=OTHER)
    assert page.redirect_chain == [("/", 302)]
    assert account_at(OTHER) is None


def test_a_stranger_s_attempts_and_sends_do_not_affect_the_code_of_this_browser(client, clock):
    """Threat 6."""
    page = request_code(client)
    code = mailed_code()
    clock.shift(60)
    ask()
    for _ in range(6):
        answer(other_than(code))
    stranger = request_code(Client(), OTHER)
    for _ in range(7):
        submit(Client(), stranger, code="000000")
    assert submit(client, page, code=code).redirect_chain == [("/account/", 302)]


def test_a_code_of_this_browser_is_accepted_nowhere_else(client):
    """Threat 5."""
    request_code(client)
    assert answer(mailed_code()).status_code == 404


def test_a_deactivated_account_gets_an_explanation(client):
    member(ADDRESS, is_active=False)
    page = submit(client, request_code(client), code=mailed_code())
    assert page.status_code == 403
    assert "This account has been deactivated" in page.text
    assert "Send a new code" not in page.text


@pytest.mark.parametrize("path", ["/", "/verify/"])
def test_signed_in_users_are_redirected(client, path):
    client.force_login(member(ADDRESS))
    assert client.get(path)["Location"] == "/account/"
