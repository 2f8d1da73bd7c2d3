"""The caller's IP address, which X-Forwarded-For can't forge."""

import pytest
from django.test import RequestFactory

from otp.signin.callers import Caller, caller_of


def caller(remote="203.0.113.7", lambda_event=None, **headers):
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)
    if lambda_event:
        request.META["apig_wsgi.full_event"] = {"requestContext": lambda_event}
    return caller_of(request)


def test_headers_that_a_client_writes_are_not_read():
    forged = caller(**{"X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9", "Forwarded": "for=198.51.100.9"})
    assert forged.ip_hash == caller().ip_hash


@pytest.mark.parametrize("event", [{"identity": {"sourceIp": "198.51.100.9"}}, {"http": {"sourceIp": "198.51.100.9"}}])
def test_behind_the_gateway_the_caller_comes_from_its_request_context(event):
    assert caller("10.0.0.1", event) == caller("198.51.100.9")


def test_an_ipv6_client_is_identified_by_its_64_bit_network():
    assert caller("2001:db8:0:1::1") == caller("2001:db8:0:1:ffff::2")
    assert caller("2001:db8:0:1::1") != caller("2001:db8:0:2::1")


def test_an_ipv4_mapped_ipv6_address_is_the_same_client():
    assert caller("::ffff:203.0.113.7") == caller("203.0.113.7")


def test_only_a_keyed_hash_of_an_ip_address_is_stored(settings):
    before = caller().ip_hash
    settings.OTP_KEYS = ["another key, of thirty-two or more characters"]
    assert len(before) == 32
    assert "203.0.113.7" not in before
    assert caller().ip_hash != before


def test_servers_in_a_trusted_network_are_known(settings):
    settings.OTP_TRUSTED_CALLERS = ["198.51.100.0/24", "2001:db8::/32"]
    assert caller("198.51.100.200").trusted
    assert caller("2001:db8:1::1").trusted
    assert not caller("203.0.113.7").trusted


def test_a_long_user_agent_is_cut():
    assert len(caller(**{"User-Agent": "x" * 5000}).user_agent) == 200


def test_a_caller_known_only_by_network_is_neither_named_nor_trusted():
    known = Caller("203.0.113.7")
    assert (known.user_agent, known.trusted) == ("", False)
    assert known.trusted is False
