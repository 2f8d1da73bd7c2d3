"""The packaged site with each kind of gateway, used by browsers and programs."""

import gzip

import pytest

from otp.dynamo.client import client
from otp.models import Counter
from tests.support.api import ADDRESS, mailed_code

from .events import API_HOST, DOMAIN, IP, URL_HOST, function_url, http_api, rest
from .site import Site, sign_in

DOORS = {
    "a REST API": (rest, API_HOST),
    "a REST API with a domain": (rest, DOMAIN),
    "an HTTP API": (http_api, API_HOST),
    "an HTTP API with a domain": (http_api, DOMAIN),
    "a Function URL": (function_url, URL_HOST),
}


@pytest.fixture(params=DOORS)
def door(request, running):
    """A client, at each address that the site can have."""
    make_event, host = DOORS[request.param]
    return Site(running, make_event, host)


def test_a_person_signs_in_and_out(door):
    page = sign_in(door)
    assert page.status == 200
    assert ADDRESS in page.text
    page = door.follow(door.post("/account/sign-out/", page.hidden))
    assert "You have signed out." in page.text


def test_a_page_loads_its_files_from_the_same_stage(door):
    page = door.get("/")
    links = [part.split('"')[0] for part in page.text.split('href="')[1:] if "static" in part.split('"')[0]]
    assert len(links) == 2
    for link in links:
        file = door.get(door.path_of(link))
        assert file.status == 200
        assert "immutable" in file.header("cache-control")


@pytest.mark.parametrize(("language", "words"), [("de", "Anmelden"), ("ar", "تسجيل الدخول")])
def test_the_zip_contains_every_language(door, language, words):
    assert f"<h1>{words}</h1>" in door.get("/", **{"Accept-Language": language}).text


def test_a_link_stays_on_the_site_at_each_address(door):
    answer = door.get("/account/")
    assert door.path_of(answer.header("location")).startswith("/?next=")


def test_a_form_without_its_token_is_refused(door):
    page = door.get("/")
    answer = door.post("/", {**page.hidden, "csrfmiddlewaretoken": "x" * 64, "email": ADDRESS})
    assert answer.status == 403


def test_a_form_of_another_site_is_refused(door):
    page = door.get("/")
    answer = door.post("/", {**page.hidden, "email": ADDRESS}, Origin="https://elsewhere.example")
    assert answer.status == 403


def test_staff_enter_the_admin_and_see_the_log(door):
    door.function.invoke({"manage": f"staff add {ADDRESS} --superuser"})
    sign_in(door)
    page = door.get("/admin/otp/logentry/")
    assert page.status == 200
    assert "signed in" in page.text
    assert door.get("/admin/analytics/").status == 200
    stylesheet = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert door.get(door.path_of(stylesheet)).status == 200


def test_nobody_else_enters_the_admin(door):
    assert door.path_of(door.get("/admin/").header("location")).startswith("/")
    sign_in(door)
    assert door.get("/admin/otp/logentry/").status in (302, 403)


def test_each_cookie_is_set_once_and_only_for_this_host(door):
    answer = door.get("/")
    (cookie,) = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_program_signs_in(door):
    assert door.post_json({"action": "send_otp", "email": ADDRESS}).json["code"] == "otp_sent"
    answer = door.post_json({"action": "verify_otp", "email": ADDRESS, "otp": mailed_code()})
    assert (answer.status, answer.json["code"]) == (200, "otp_verified")
    assert "set-cookie" not in answer.headers


ERRORS = {
    ("GET", "/otp"): 405,
    ("GET", "/otp/me"): 401,
    ("GET", "/otp/no-such-path"): 404,
    ("POST", "/otp/no-such-path"): 404,
    ("POST", "/otp"): 400,
}


@pytest.mark.parametrize(("method", "path"), ERRORS)
def test_the_api_answers_errors_in_json_at_each_address(door, method, path):
    answer = door.send(method, path, {"Content-Type": "application/json"}, b"no JSON" if method == "POST" else b"")
    assert (answer.status, answer.header("content-type")) == (ERRORS[method, path], "application/json")
    assert {"code", "message"} <= set(answer.json)


def test_a_page_that_is_missing_is_a_page_at_each_address(door):
    answer = door.get("/no-such-page")
    assert (answer.status, answer.header("content-type")) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("binary", [True, False])
def test_a_body_is_read_in_base64_and_as_text(site, binary):
    body = b'{"action": "send_otp", "email": "person@example.com"}'
    assert site.send("POST", "/otp", {}, body, binary=binary).json["code"] == "otp_sent"


def test_binary_that_is_no_json_is_refused(site):
    assert site.post_json(bytes(range(256))).json["code"] == "json_invalid"


def test_a_body_too_large_is_refused(site):
    answer = site.post_json(b"1" * (5 * 2**20))
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")


def test_a_compressed_file_arrives_whole(site):
    page = site.get("/")
    style = site.path_of(page.text.split('rel="stylesheet" href="')[1].split('"')[0])
    plain, packed = site.get(style), site.get(style, Accept_Encoding="gzip")
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_a_forged_forwarded_for_changes_nothing(running):
    for number in range(3):
        visitor = Site(running)
        answer = visitor.post_json(
            {"action": "send_otp", "email": f"{number}@example.com"},
            X_Forwarded_For=f"203.0.113.{number}, 10.0.0.{number}",
        )
        assert answer.json["code"] == "otp_sent"
    items = client().scan(TableName=Counter._meta.db_table)["Items"]
    assert [item["count"]["N"] for item in items] == ["3"]
    assert IP not in str(items)


def test_a_forged_host_is_refused(running):
    assert Site(running, rest, "elsewhere.example").post("/", {"email": ADDRESS}).status == 400


def test_the_health_check_succeeds(door):
    answer = door.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\n")
