"""An application may open the sign-in in a pop-up: the two pages must find each other again afterwards."""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, mailed_code
from tests.support.pages import request_code, submit
from tests.support.provider import GARDEN, authorize, leads_to

POLICY = "Cross-Origin-Opener-Policy"


def test_no_response_of_a_sign_in_to_an_application_separates_the_two(client):
    sent_here = authorize(client, GARDEN)
    address_form = client.get(sent_here["Location"])
    code_sent = submit(client, address_form, follow=False, email=ADDRESS)
    code_form = client.get(code_sent["Location"])
    wrong = submit(client, code_form, follow=False, code="")
    verified = submit(client, code_form, follow=False, code=mailed_code())
    consent = client.get(leads_to(verified))
    allowed = submit(client, consent, follow=False)
    sent_back = client.get(leads_to(allowed))
    assert sent_back["Location"].startswith("https://garden.example/")
    seen = [sent_here, address_form, code_sent, code_form, wrong, verified, consent, allowed, sent_back]
    assert [response[POLICY] for response in seen] == ["unsafe-none"] * len(seen)


def test_a_stage_in_the_path_is_no_hindrance(client):
    page = client.get("/?next=/prod/oauth2/authorize%3Fclient_id%3Dgarden", SCRIPT_NAME="/prod")
    assert page[POLICY] == "unsafe-none"


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/account/",
        "/account/?next=/oauth2/",
        "/admin/?next=/oauth2/",
        "/?next=/account/",
        "/?next=//oauth2/",
        "/?next=http://[",
        "/?next=https://evil.example/oauth2x",
        "/nothing/oauth2/",
    ],
)
def test_other_pages_are_separated_from_whoever_opened_them(here, url):
    for browser in (here, Client()):
        assert browser.get(url)[POLICY] == "same-origin"


def test_without_applications_every_page_is(client, settings):
    settings.OTP_CLIENTS = []
    assert client.get("/?next=/oauth2/authorize")[POLICY] == "same-origin"
    assert request_code(client)[POLICY] == "same-origin"


def test_a_page_that_refuses_too_many_parameters_has_every_header(client):
    page = client.get(f"/?{'&'.join('a' * 1001)}")
    assert page.status_code == 400
    assert page[POLICY] == "same-origin"
    assert "frame-ancestors" in page["Content-Security-Policy"]
