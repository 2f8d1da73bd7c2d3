"""The rehearsal's server for the Runtime API matches each response to its event."""

import http.client
import json
from contextlib import closing
from threading import Thread

import pytest

from . import runtime
from .runtime import API, Function, RuntimeAPI, TimedOut


@pytest.fixture
def api():
    with RuntimeAPI() as api:
        Thread(target=api.serve_forever, daemon=True).start()
        yield api
        api.shutdown()


@pytest.fixture
def function(api, tmp_path):
    """A function without a process: the test responds in its place."""
    log = tmp_path / "log"
    log.touch()
    return Function(None, api, log)


def request(api, method, path, body=None):
    with closing(http.client.HTTPConnection(api.address)) as connection:
        connection.request(method, API + path, body)
        answer = connection.getresponse()
        return answer.headers.get("Lambda-Runtime-Aws-Request-Id"), json.loads(answer.read())


def take(api):
    return request(api, "GET", "/invocation/next")


def answer(api, request_id, value, kind="response"):
    request(api, "POST", f"/invocation/{request_id}/{kind}", json.dumps(value))


def test_a_late_response_is_not_used_for_the_next_event(api, function, monkeypatch):
    with monkeypatch.context() as at_once:
        at_once.setattr(runtime, "TIMEOUT", 0)
        with pytest.raises(TimedOut):
            function.invoke("first")

    def answer_both():
        for _ in range(2):
            request_id, event = take(api)
            answer(api, request_id, f"to the {event}")

    Thread(target=answer_both, daemon=True).start()
    assert function.invoke("second") == "to the second"


def test_responses_in_another_order_belong_to_their_events(api):
    answers = [api.send(event) for event in ("first", "second")]
    for request_id, event in reversed([take(api), take(api)]):
        answer(api, request_id, f"to the {event}")
    assert [each.result() for each in answers] == [("response", "to the first"), ("response", "to the second")]


def test_an_error_belongs_to_its_event(api):
    failed, fine = api.send("first"), api.send("second")
    (first, _), (second, _) = take(api), take(api)
    answer(api, second, "to the second")
    answer(api, first, {"errorType": "E", "errorMessage": "no"}, "error")
    assert (failed.result()[0], fine.result()[0]) == ("error", "response")
