"""Hypothesis strategies for arbitrary requests, and what every response must satisfy."""

import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import strategies as some

from otp.tokens import keyring
from tests.support.api import ADDRESS

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
visible = some.text(some.characters(codec="latin-1"), max_size=80)  # characters that a header can have
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


@pytest.fixture
def quiet_log(caplog):
    """Fail if the log of a live site gets a traceback or an error."""
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


def quoted(value):
    return quote(value.encode("utf-8", "surrogatepass"))


def query(fields):
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())
