"""Error responses: pages, and JSON for programs."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import path

from otp import errors
from otp.exceptions import CallerLimited, NotFound
from otpsite import urls as site_urls
from otpsite.urls import handler400, handler403, handler404, handler500  # noqa: F401  (a root of URLs has them)
from tests.support.accounts import member
from tests.support.api import ADDRESS


def boom(request):
    raise RuntimeError("123456")


def denied(request):
    raise PermissionDenied


urlpatterns = [path("boom", boom), path("otp/boom", boom), path("denied", denied), *site_urls.urlpatterns]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client():
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("request_it", "status", "words"),
    [
        (lambda client: client.get("/nothing"), 404, "Page not found"),
        (lambda client: client.get("/denied"), 403, "You can&#x27;t open this page"),
        (lambda client: client.post("/account/delete/"), 403, "This page has expired"),
        (lambda client: client.post("/", headers={"Origin": "https://evil.example"}), 403, "Requests from other sites"),
        (lambda client: client.post("/", headers={"Origin": "x", "Host": "evil.example"}), 400, "Invalid request"),
        (lambda client: client.get("/boom"), 500, "Something went wrong"),
    ],
)
def test_a_page_says_what_happened_and_leads_on(client, request_it, status, words):
    page = request_it(client)
    assert page.status_code == status
    assert words in page.text
    assert page["Content-Type"].startswith("text/html")
    assert page["Cache-Control"] == "no-store"
    assert '<a class="button" href="/' in page.text
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/otp/nothing", 404, "not_found"),
        ("/.well-known/nothing", 404, "not_found"),
        ("/otp/boom", 500, "server_error"),
    ],
)
def test_for_programs_it_is_json(client, url, status, code):
    answer = client.get(url)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["message"]


@pytest.mark.parametrize("url", ["/otp", "/oauth2/token", "/ses/events/"])
def test_a_foreign_origin_gets_json_from_programs_paths(client, url):
    answer = client.post(url, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_an_error_page_shows_nothing_of_the_error(client):
    assert "123456" not in client.get("/boom").text


def test_an_error_is_quoted_by_an_id_that_the_log_has(client, caplog):
    (shown,) = re.findall(r"quote this error ID: <strong><bdi>([0-9a-f]{8})</bdi>", client.get("/boom").text)
    in_json = client.get("/otp/boom").json()["error_id"]
    logged = [record.getMessage() for record in caplog.records if record.name == "otp.errors"]
    assert logged == [f"Error id {shown}", f"Error id {in_json}"]
    assert shown != in_json


def test_a_refusal_has_no_error_id(client):
    assert "error ID" not in client.get("/nothing").text
    assert "error_id" not in client.get("/otp/nothing").json()


def test_an_error_page_uses_neither_storage_nor_session_nor_user(requests_log):
    request = RequestFactory().get("/")
    request.session = request.user = request._messages = None
    assert errors.server_error(request).status_code == 500
    assert requests_log.operations == []


def test_an_error_page_of_somebody_signed_in_costs_no_request(client, requests_log):
    client.force_login(member(ADDRESS))
    requests_log.clear()
    assert client.get("/boom").status_code == 500
    assert requests_log.operations == []


def test_a_wait_is_in_the_header_for_programs():
    page = errors.failure(RequestFactory().get("/"), CallerLimited(retry_after=90))
    assert (page.status_code, page["Retry-After"]) == (429, "90")


def test_an_error_without_a_wait_has_no_header():
    assert "Retry-After" not in errors.failure(RequestFactory().get("/"), NotFound())
