"""The packaged function answers or refuses arbitrary events, without a 500 or a traceback."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from .events import Request, http_api, rest

text = some.text(some.characters(exclude_categories=["Cs"]), max_size=60)
visible = some.text(some.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)
values = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(), text),
    lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(text, inner, max_size=3)),
    max_leaves=6,
)
HEADERS = ["Content-Type", "Content-Length", "Cookie", "Authorization", "Accept-Language", "X-Forwarded-For", "Accept"]
KEYS = ["httpMethod", "requestContext", "version", "command", "raw_command", "manage", "detail-type", "resources"]
KEYS += ["Records", "stageVariables", "body", "path", "headers", "multiValueHeaders", "identity", "http"]


@pytest.mark.parametrize("make_event", [rest, http_api])
@given(
    method=some.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT"]),
    path=some.one_of(some.sampled_from(["/otp", "/", "/verify/", "/admin/", "/otp/me"]), text.map("/{}".format)),
    headers=some.dictionaries(some.sampled_from(HEADERS), some.one_of(visible, some.just("-1"), some.just("x"))),
    body=some.binary(max_size=100),
)
def test_any_request_through_the_gateway_gets_a_response(running, make_event, method, path, headers, body):
    before = len(running.log.read_text())
    answer = running.invoke(make_event(Request(method, "/", headers, body)) | {"path": path, "rawPath": path})
    assert answer["statusCode"] < 500
    assert "Traceback" not in running.log.read_text()[before:]


@given(some.one_of(values, some.dictionaries(some.sampled_from(KEYS), values, max_size=5)))
@example({"requestContext": 1, "httpMethod": "GET"})
@example({"requestContext": ["identity"], "httpMethod": "GET"})
@example({"detail-type": "Scheduled Event", "resources": [1]})
@example({"detail-type": "Scheduled Event", "resources": {"a": 1}})
@example({"version": "2.0", "requestContext": ["http"]})
@example(["command"])
def test_any_other_event_is_refused(running, event):
    with pytest.raises(RuntimeError, match="EventRefused: This function doesn't handle such events"):
        running.invoke(event)
