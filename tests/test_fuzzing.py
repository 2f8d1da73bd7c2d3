"""Whatever a stranger sends is answered: no 500, no traceback in the log, nothing that takes long.

`FUZZ=3000` tries so many inputs a test; CI some dozens.
"""

import json
import logging
import os
import re
from datetime import timedelta
from urllib.parse import quote, unquote

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from otp import keyring
from otp.models import Account
from tests.admin.attempts import write
from tests.pages import Forms, request_code
from tests.verbs import ADDRESS, mailed_code, post, refresh, signed_in

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ", "30")),
    deadline=timedelta(seconds=5),  # the function has ten
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

KEY = keyring.new_key()
ODD = [
    "",
    " ",
    "\0",
    "\r\nBcc: x@example.com",
    "\ud800",
    "０１２３４５",
    "9" * 5000,
    "x" * 300,
    "é" * 200,
    "../",
    "%00",
    "{{7*7}}",
]
text = some.one_of(some.sampled_from(ODD), some.text(max_size=80))
visible = some.text(some.characters(codec="latin-1"), max_size=80)  # what a header may bring
values = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), text),
    lambda inner: some.one_of(some.lists(inner, max_size=4), some.dictionaries(text, inner, max_size=4)),
    max_leaves=8,
)
addresses = some.one_of(some.just(ADDRESS), some.emails(), some.just("+61412345678"), text)
HEADERS = ["Idempotency-Key", "Authorization", "Accept", "Accept-Language", "Origin", "Host", "Cookie", "Referer"]
HEADERS += ["User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "Sec-Fetch-Site", "Access-Control-Request-Method"]
FORM = "application/x-www-form-urlencoded"
ACTIONS = ["send_otp", "verify_otp", "refresh_token", "sign_out", "sign_out_everywhere"]
bodies = some.fixed_dictionaries(
    {"action": some.one_of(some.sampled_from(ACTIONS), values)},
    optional={
        "email": some.one_of(addresses, values),
        "phone": some.one_of(addresses, values),
        "otp": some.one_of(text, values),
        "challenge": some.one_of(some.booleans(), text, values),
        "refresh_token": some.one_of(text, values),
    },
)
nested = some.builds(
    lambda sign, depth: sign * depth, some.sampled_from(["[", '{"a":', "[{},"]), some.integers(1, 8000)
)
twice = values.map(lambda value: f'{{"action": "send_otp", "action": {json.dumps(value)}}}')
huge = some.sampled_from(['{"action": ' + "9" * 5000 + "}", '{"action": 1e999999}', '{"email": -0.0e-99999}', "NaN"])


@pytest.fixture(autouse=True)
def plenty(settings):
    """No budget runs out on the way: it would answer all the rest alike."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**6
    settings.OTP_SEND_WINDOWS = (0,)
    settings.OTP_SMS, settings.OTP_JWT_KEYS = True, [KEY]


@pytest.fixture(autouse=True)
def quiet(caplog):
    """Nothing in the log of a live site may hold a traceback, or speak of an error."""
    yield
    for record in caplog.get_records("call"):
        if logging.getLogger(record.name).isEnabledFor(record.levelno):
            assert not record.exc_info, record.getMessage()
            assert record.levelno < logging.ERROR, record.getMessage()


def is_answer(response):
    assert response.status_code < 500, response.content
    assert b"Traceback" not in response.content
    return response


def is_json_answer(response):
    assert set(is_answer(response).json()) >= {"message", "code"}


# -- the JSON API ----------------------------------------------------------------------------------


@fuzzed
@given(some.one_of(bodies.map(json.dumps), some.binary(max_size=200), text.map(repr), nested, twice, huge))
@example("[" * 4000)
@example('{"a":' * 1300)
def test_any_body_is_answered_in_json(body):
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    is_json_answer(post(data))


@fuzzed
@given(
    some.dictionaries(
        some.sampled_from(HEADERS),
        some.one_of(visible, some.sampled_from(["null", "https://[", "Bearer a.b.c", "en;q=9", "*", "a:99999999"])),
    ),
    some.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "PUT", "X"]),
    some.sampled_from(["/otp", "/otp/me", "/", "/verify/", "/account/", "/admin/", "/otp/openapi.json"]),
)
def test_any_headers_are_answered(headers, method, url):
    is_answer(Client().generic(method, url, '{"action": "send_otp"}', headers=headers))


@fuzzed
@given(some.one_of(text, some.just("eyJhbGciOiJub25lIn0.e30."), some.lists(visible, max_size=4).map(".".join)))
def test_any_token_is_answered(token):
    is_json_answer(refresh(token))
    bearer = token.encode("latin-1", "replace").decode("latin-1")
    is_json_answer(Client().get("/otp/me", headers={"Authorization": f"Bearer {bearer}"}))


@fuzzed
@given(position=some.integers(0, 600), other=some.characters(codec="ascii"))
def test_a_real_token_with_one_letter_changed_is_answered(position, other, tokens):
    for name, use in (("refresh_token", refresh), ("access_token", bearer)):
        token = tokens[name]
        at = position % len(token)
        is_json_answer(use(token[:at] + other + token[at + 1 :]))


@pytest.fixture
def tokens():
    return signed_in()


def bearer(token):
    return Client().get("/otp/me", headers={"Authorization": f"Bearer {token}"})


@fuzzed
@given(some.binary(max_size=300) | values.map(json.dumps).map(str.encode))
def test_any_message_in_the_name_of_sns_is_answered(body):
    is_answer(Client().post("/ses/events/", body, content_type="application/json"))


# -- pages -----------------------------------------------------------------------------------------


@fuzzed
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
    some.sampled_from(["/", "/verify/", "/account/delete/", "/account/sign-out/", "/account/sign-out-everywhere/"]),
    some.one_of(text, some.sampled_from(["//evil.example", "https:evil", "/account/\n", "javascript:x"])),
)
def test_any_form_is_answered(fields, url, after):
    client = Client()
    request_code(client)
    answer = is_answer(client.post(f"{url}?next={quoted(after)}", query(fields), content_type=FORM))
    assert "evil" not in answer.headers.get("Location", "").partition("?")[0]


def quoted(value):
    return quote(value.encode("utf-8", "surrogatepass"))


def query(fields):
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())


@fuzzed
@given(
    some.binary(max_size=200), some.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "x", ""])
)
def test_any_posted_bytes_are_answered(body, kind):
    for url in ("/", "/verify/"):
        is_answer(Client().post(url, body, content_type=kind))


@fuzzed
@given(
    some.sampled_from(["session", "otp_device", "django_language", "csrftoken"]),
    visible,
    some.integers(0, 300),
)
def test_any_cookie_is_answered(browser_of_somebody, name, value, at):
    """Anything at all, and what we gave with something put into its middle."""
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


@fuzzed
@given(text.map(quoted))
def test_any_path_is_answered(path):
    for before in ("/", "/otp/", "/admin/", "/admin/otp/attempt/", "/account/", "/static/"):
        answer = Client().get(f"{before}{path}")
        answer.close()
        is_answer(answer)


# -- the admin -------------------------------------------------------------------------------------

MODELS = ["attempt", "code", "account", "address", "suppression", "auditentry"]
KEYS = ["q", "after", "before", "outcome", "channel", "flow", "role", "p", "o", "all", "e", "_popup", "_to_field"]
DATES = ["created_at__year", "created_at__month", "created_at__day", "created_at__gte", "address__startswith"]
params = some.dictionaries(
    some.one_of(some.sampled_from([*KEYS, *DATES, "range", "_facets", "_changelist_filters"]), text),
    some.one_of(text, some.integers().map(str), some.sampled_from(["2026", "13", "31", "otp_sent", "email", "24h"])),
    max_size=4,
)


@pytest.fixture
def boss():
    boss = Account.objects.create(address="boss@example.com", role=Account.Role.SUPERUSER)
    client = Client()
    client.force_login(boss)
    return client


@fuzzed
@given(some.sampled_from(MODELS), params)
def test_any_filter_search_or_page_of_the_admin_is_answered(boss, model, asked):
    is_answer(boss.get(f"/admin/otp/{model}/?{query(asked)}"))


@fuzzed
@given(some.sampled_from(["", "analytics/", "analytics.csv", "analytics/table/"]), params)
def test_any_range_of_the_analytics_is_answered(boss, page, asked):
    is_answer(boss.get(f"/admin/{page}?{query(asked)}"))


@fuzzed
@given(
    some.sampled_from(MODELS), some.one_of(text, addresses), some.sampled_from(["change/", "history/", "delete/", ""])
)
def test_any_key_in_the_admin_is_answered(boss, model, key, page):
    is_answer(boss.get(f"/admin/otp/{model}/{quoted(key)}/{page}"))


@fuzzed
@given(
    some.sampled_from(MODELS),
    some.fixed_dictionaries(
        {},
        optional={
            "action": some.one_of(
                text, some.sampled_from(["unlock", "revoke", "deactivate", "make_staff", "delete_selected"])
            ),
            "_selected_action": some.one_of(addresses, text),
            "index": some.one_of(text, some.integers().map(str)),
            "select_across": text,
        },
    ),
)
def test_any_action_in_the_admin_is_answered(boss, model, fields):
    is_answer(boss.post(f"/admin/otp/{model}/", query(fields), content_type=FORM))


@fuzzed
@given(at=some.integers(0, 300), other=some.characters(codec="ascii"))
def test_a_real_cursor_with_one_letter_changed_is_answered(boss, at, other, cursor):
    at %= len(cursor)
    is_answer(boss.get(f"/admin/otp/attempt/?after={quoted(cursor[:at] + other + cursor[at + 1 :])}"))


@pytest.fixture
def cursor(boss):
    write(30, timezone.now())
    return unquote(re.search(r"after=([^\"&]+)", boss.get("/admin/otp/attempt/").text)[1])
