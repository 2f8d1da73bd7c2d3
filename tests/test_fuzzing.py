"""Arbitrary requests get a response: no 500, no traceback in the log, nothing slow.

`FUZZ=3000` tries 3,000 inputs per test; by default CI tries some dozens, and a developer's machine a few.
"""

import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as some

from otp.accounts import staff
from otp.models import Account
from tests.admin.entries import write
from tests.support.api import ADDRESS, mailed_code, post, refresh, signed_in
from tests.support.fuzz import (
    FORM,
    HEADERS,
    KEY,
    addresses,
    bodies,
    huge,
    is_answer,
    is_json_answer,
    nested,
    query,
    quoted,
    text,
    twice,
    values,
    visible,
)
from tests.support.pages import Forms, request_code

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quiet_log"), pytest.mark.thorough]


@pytest.fixture(autouse=True)
def plenty(settings):
    """Raise the limits, which would otherwise refuse most requests."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**6
    settings.OTP_SEND_WINDOWS = (0,)
    settings.OTP_SMS, settings.OTP_JWT_KEYS = True, [KEY]


# -- the JSON API ----------------------------------------------------------------------------------


@given(some.one_of(bodies.map(json.dumps), some.binary(max_size=200), text.map(repr), nested, twice, huge))
@example("[" * 4000)
@example('{"a":' * 1300)
def test_any_body_gets_json(body):
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    is_json_answer(post(data))


@given(
    some.dictionaries(
        some.sampled_from(HEADERS),
        some.one_of(visible, some.sampled_from(["null", "https://[", "Bearer a.b.c", "en;q=9", "*", "a:99999999"])),
    ),
    some.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "PUT", "X"]),
    some.sampled_from(["/otp", "/otp/me", "/", "/verify/", "/account/", "/admin/", "/otp/openapi.json"]),
)
def test_no_headers_cause_a_server_error(headers, method, url):
    is_answer(Client().generic(method, url, '{"action": "send_otp"}', headers=headers))


@given(some.one_of(text, some.just("eyJhbGciOiJub25lIn0.e30."), some.lists(visible, max_size=4).map(".".join)))
def test_no_token_causes_a_server_error(token):
    is_json_answer(refresh(token))
    bearer = token.encode("latin-1", "replace").decode("latin-1")
    is_json_answer(Client().get("/otp/me", headers={"Authorization": f"Bearer {bearer}"}))


@given(position=some.integers(0, 600), other=some.characters(codec="ascii"))
def test_no_changed_token_causes_a_server_error(position, other, tokens):
    for name, use in (("refresh_token", refresh), ("access_token", bearer)):
        token = tokens[name]
        at = position % len(token)
        is_json_answer(use(token[:at] + other + token[at + 1 :]))


@pytest.fixture
def tokens():
    return signed_in()


def bearer(token):
    return Client().get("/otp/me", headers={"Authorization": f"Bearer {token}"})


@given(some.binary(max_size=300) | values.map(json.dumps).map(str.encode))
def test_no_message_to_the_bounce_webhook_causes_a_server_error(body):
    is_answer(Client().post("/ses/events/", body, content_type="application/json"))


# -- pages -----------------------------------------------------------------------------------------


@given(
    some.fixed_dictionaries(
        {},
        optional={
            "email": addresses,
            "phone": addresses,
            "code": text,
            "request_id": text,
            "csrfmiddlewaretoken": text,
        },
    ),
    some.sampled_from(["/", "/verify/", "/account/delete/", "/account/sign-out/", "/account/sessions/end/"]),
    some.one_of(text, some.sampled_from(["//evil.example", "https:evil", "/account/\n", "javascript:x"])),
)
def test_no_form_causes_a_server_error(fields, url, after):
    client = Client()
    request_code(client)
    answer = is_answer(client.post(f"{url}?next={quoted(after)}", query(fields), content_type=FORM))
    assert "evil" not in answer.headers.get("Location", "").partition("?")[0]


@given(
    some.binary(max_size=200), some.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "x", ""])
)
def test_no_posted_bytes_cause_a_server_error(body, kind):
    for url in ("/", "/verify/"):
        is_answer(Client().post(url, body, content_type=kind))


@given(
    some.sampled_from(["session", "otp_device", "django_language", "csrftoken"]),
    visible,
    some.integers(0, 300),
)
def test_no_cookie_causes_a_server_error(browser_of_somebody, name, value, at):
    """Any text, and values of the site with something inserted."""
    ours = browser_of_somebody.get(name, "")
    for cookie in (value, ours[:at] + value + ours[at:]):
        client = Client()
        client.cookies[name] = cookie
        page = is_answer(client.get("/"))
        fields = Forms(page).found[0][1] if page.status_code == 200 else {}
        is_answer(client.post("/", fields | {"email": ADDRESS}))
        is_answer(client.get("/account/"))


@pytest.fixture
def browser_of_somebody():
    client = Client()
    client.post("/verify/", Forms(request_code(client)).found[0][1] | {"code": mailed_code()})
    return {name: cookie.value for name, cookie in client.cookies.items()}


@given(text.map(quoted))
def test_no_path_causes_a_server_error(path):
    for before in ("/", "/otp/", "/admin/", "/admin/otp/logentry/", "/account/", "/static/"):
        answer = Client().get(f"{before}{path}")
        answer.close()
        is_answer(answer)


# -- the log, for staff ----------------------------------------------------------------------------

asked_of_the_log = some.dictionaries(
    some.sampled_from(["range", "cursor", "outcome", "address"]),
    some.one_of(text, addresses, some.sampled_from(["7d", "otp_sent"])),
)


@pytest.fixture
def reader():
    staff.appoint_by_command("viewer@example.com", Account.Role.VIEWER)
    token = signed_in("viewer@example.com")["access_token"]
    return Client(headers={"Authorization": f"Bearer {token}"})


@given(some.sampled_from(["figures", "log"]), asked_of_the_log)
def test_any_query_of_the_staff_api_gets_json(reader, page, parameters):
    is_json_answer(reader.get(f"/otp/staff/{page}?{query(parameters)}"))


@given(at=some.integers(0, 300), other=some.characters(codec="ascii"))
def test_a_changed_cursor_of_the_api_gets_json(reader, at, other, cursor_of_the_api):
    at %= len(cursor_of_the_api)
    changed = cursor_of_the_api[:at] + other + cursor_of_the_api[at + 1 :]
    is_json_answer(reader.get(f"/otp/staff/log?cursor={quoted(changed)}"))


@pytest.fixture
def cursor_of_the_api(reader):
    write(60, timezone.now())
    return reader.get("/otp/staff/log").json()["next"]
