"""The packaged function within Lambda's limits: time, memory, freezing between events, and required settings."""

import re
import socket
import time
from contextlib import closing

import pytest

from tests.support.api import ADDRESS, mailed_code

from .runtime import TIME_LIMIT
from .site import Site

ASK = {"action": "send_otp", "email": ADDRESS}
ROOM = 0.75  # the most of the memory, because Lambda's own part of the process isn't measured


@pytest.fixture
def black_hole():
    """The URL of a server that accepts connections and never responds."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("service", ["DYNAMODB", "SESV2"])
def test_a_service_that_never_answers_is_given_up_well_within_the_time_limit(start, black_hole, service):
    """The time in which other processes had the CPU is subtracted."""
    with start(**{f"AWS_ENDPOINT_URL_{service}": black_hole}) as running:
        begin = time.monotonic() - running.delay
        answer = Site(running).post_json(ASK)
        took = time.monotonic() - running.delay - begin
    assert answer.status == 503
    assert took < TIME_LIMIT - 3


LATE = {
    "each answer of DynamoDB is late": ([0.5], ["BatchGetItem", "TransactWriteItems", "PutItem"]),
    "its first answer never comes": ([1.5, 0.5], ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "PutItem"]),
}


@pytest.mark.parametrize(("delays", "asked"), LATE.values(), ids=LATE)
def test_late_storage_and_a_silent_ses_together_stay_well_within_the_time_limit(
    aws, watched, black_hole, delays, asked
):
    for seconds in delays[:-1]:
        aws.faults.delay("BatchGetItem", seconds, times=1)
    for operation in asked:
        aws.faults.delay(operation, delays[-1])
    with watched(AWS_ENDPOINT_URL_SESV2=black_hole) as running:
        aws.faults.met.clear()
        begin = time.monotonic() - running.delay
        answer = Site(running).post_json(ASK)
        took = time.monotonic() - running.delay - begin
    assert (answer.status, answer.json["code"]) == (503, "delivery_unknown")
    assert set(aws.faults.met) == set(asked)  # on a busy machine an answer may be too late, and asked for again
    assert took < TIME_LIMIT - 3


def test_a_sign_in_fits_into_the_memory(running, stage, capsys):
    site = Site(running)
    site.post_json(ASK)
    site.post_json({**ASK, "action": "verify_otp", "otp": mailed_code()})
    site.get("/")
    with capsys.disabled():
        print(f"\npeak memory {running.peak_memory:.0f} MiB of {stage.settings['memory_size']}")
    assert running.peak_memory < stage.settings["memory_size"] * ROOM


def test_a_frozen_function_continues(running):
    site = Site(running)
    assert site.post_json(ASK).status == 200
    with running.frozen():
        pass
    assert site.post_json({**ASK, "action": "verify_otp", "otp": mailed_code()}).status == 200


def test_it_refuses_to_start_in_local_mode(start):
    with pytest.raises(RuntimeError, match="OTP_LOCAL=1 is for a developer's machine"), start(OTP_LOCAL="1"):
        pass


def test_it_refuses_to_start_without_its_secrets(start):
    with (
        pytest.raises(RuntimeError, match="There are no secrets under /nowhere"),
        start(OTP_SECRETS_PARAMETER="/nowhere"),
    ):
        pass


def test_it_refuses_to_start_when_the_secrets_cannot_be_read(start, black_hole):
    with pytest.raises(RuntimeError, match="can't be read: ReadTimeoutError"), start(AWS_ENDPOINT_URL_SSM=black_hole):
        pass


def test_it_refuses_to_start_with_an_unsafe_setting(start):
    with pytest.raises(RuntimeError, match=r"\(otp.E024\) OTP_ALLOWED_HOSTS: '\*'"), start(OTP_ALLOWED_HOSTS="*"):
        pass


def test_each_event_leaves_one_line_that_says_how_it_ended(start):
    with start() as running:
        site = Site(running)
        site.post_json(ASK)
        site.post_json({**ASK, "action": "verify_otp", "otp": "12345x"})
        site.get("/no-such-page?code=123456")
        lines = [
            {name: line.get(name) for name in ("outcome", "route", "status", "cold_start")} for line in running.lines
        ]
        metrics = [line["_aws"]["CloudWatchMetrics"][0] for line in running.lines]
    assert lines == [
        {"outcome": ["otp_sent"], "route": "otp", "status": 200, "cold_start": True},
        {"outcome": ["otp_invalid"], "route": "otp", "status": 401, "cold_start": False},
        {"outcome": [], "route": None, "status": 404, "cold_start": False},
    ]
    assert metrics[0]["Metrics"] == [{"Name": "CodesSent", "Unit": "Count"}, {"Name": "Requests", "Unit": "Count"}]
    assert metrics[0]["Namespace"] == "OTP"


def test_a_mail_that_fails_is_a_metric_and_a_line_with_the_remedy(start):
    with start(OTP_FROM_EMAIL="stranger@elsewhere.example") as running:
        assert Site(running).post_json(ASK).status == 503
        *others, line = running.lines
    assert (line["MailFailures"], line["ServerErrors"]) == (1, 1)
    assert others[0]["level"] == "ERROR"
    assert others[0]["request_id"] == line["request_id"] == "request-1"
    assert "verify the identity of OTP_FROM_EMAIL" in others[0]["message"]


def test_the_log_holds_no_code_no_cookie_no_key_and_no_address(start):
    with start() as running:
        site = Site(running)
        page = site.get("/?next=/account/")
        site.post("/?next=/account/", {**page.hidden, "email": ADDRESS})
        code = mailed_code()
        site.post_json({**ASK, "action": "verify_otp", "otp": code})
        log = running.log.read_text()
    secrets = [code, site.cookies["__Host-session"], "a-key-for-the-rehearsal", ADDRESS, "next="]
    assert [secret for secret in secrets if secret in log] == []
    assert not re.search(r"\b\d{6}\b", re.sub(r'"Timestamp":\d+', "", log))
