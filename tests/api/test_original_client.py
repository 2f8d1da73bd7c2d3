"""A client of the previous system, over HTTP: it knows only the path, two bodies, the statuses and the messages."""

import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.support.api import ADDRESS, mailed_code, other_than
from tests.support.timeouts import TIMEOUT


@pytest.fixture
def post(live_site):
    def post(body):
        with closing(HTTPConnection(urlsplit(live_site).netloc, timeout=TIMEOUT)) as connection:
            connection.request("POST", "/otp", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())["message"]

    return post


def send(post):
    return post(json.dumps({"action": "send_otp", "email": ADDRESS}))


def verify(post, otp):
    return post(json.dumps({"action": "verify_otp", "email": ADDRESS, "otp": otp}))


def test_it_sends_and_verifies(post):
    assert send(post) == (200, "OTP sent successfully")
    code = mailed_code()
    assert verify(post, other_than(code)) == (401, "Invalid OTP")
    assert verify(post, code) == (200, "OTP verified successfully")
    assert verify(post, code) == (404, "OTP not found")


def test_errors_have_the_original_messages(post):
    assert post("no json") == (400, "Invalid JSON body")
    assert post("{}") == (400, "Action and email are required")
    assert post('{"action": "send_otp", "email": "nobody"}') == (400, "Invalid email format")
    assert post(json.dumps({"action": "other", "email": ADDRESS})) == (400, "Invalid action")
    assert post(json.dumps({"action": "verify_otp", "email": ADDRESS})) == (400, "OTP is required")
    assert verify(post, "123456") == (404, "OTP not found")


def test_guesses_are_limited(post):
    send(post)
    code = mailed_code()
    assert [verify(post, other_than(code)) for _ in range(6)] == [(401, "Invalid OTP")] * 6
    assert verify(post, code) == (403, "OTP attempts exceeded (6)")
