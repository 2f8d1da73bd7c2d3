"""On Lambda no log line contains an address, in a path or in the text of an error, whichever library writes it."""

import io
import logging

import pytest
from django.test import Client
from django.urls import path

from otpsite import telemetry
from otpsite import urls as site_urls
from otpsite.urls import handler500  # noqa: F401  (a root of URLs has it)
from tests.support.accounts import member
from tests.support.api import ADDRESS
from tests.support.faults import error, faulty

STAFF = "staff@example.com"


def boom(request, address):
    raise RuntimeError(f"no such mailbox: {address}, nor +61412345678")


urlpatterns = [path("boom/<address>/", boom, name="boom"), *site_urls.urlpatterns]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def log(monkeypatch):
    """The lines that the site's handler writes with Lambda's formatter."""
    handler = next(each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler)
    monkeypatch.setattr(handler, "formatter", telemetry.Formatter())
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def test_a_failing_admin_page_is_logged_without_its_path(log):
    staff = Client()
    staff.force_login(member(STAFF, role="superuser"))
    with faulty("GetItem", *[error("ThrottlingException")] * 9):
        assert staff.get(f"/admin/otp/account/{ADDRESS.replace('@', '_40')}/change/").status_code == 503
    assert "admin:otp_account_change" in log.getvalue()
    assert "person" not in log.getvalue()


def test_an_error_is_logged_without_the_address_in_its_text(log):
    assert Client(raise_request_exception=False).get(f"/boom/{ADDRESS}/").status_code == 500
    assert "no such mailbox: (an address), nor (an address)" in log.getvalue()
    assert "Internal Server Error: boom" in log.getvalue()
    assert ADDRESS not in log.getvalue()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"Ann <{ADDRESS}> wrote", "Ann <(an address)> wrote"),
        (f"to {ADDRESS.upper()}, and again", "to (an address), and again"),
        ("identity/a@b.example is not verified", "identity/(an address) is not verified"),
        ("{'S': 'a@b.example'}", "{'S': '(an address)'}"),
        ("call +61412345678", "call (an address)"),
        ("12+345 is 357; @ home", "12+345 is 357; @ home"),
    ],
)
def test_only_addresses_are_masked(log, said, written):
    logging.getLogger("otp").error("%s", said)
    assert written in log.getvalue()


def test_a_request_without_a_view_names_no_page(log):
    logging.getLogger("django.request").error("Bad: %s", ADDRESS, extra={"request": Client().get("/x").wsgi_request})
    assert "Bad: (no page)" in log.getvalue()
