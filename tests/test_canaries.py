"""Runs every flow and searches all logs, pages and items for secrets (threats 12 and 13)."""

import json
import logging
import re
import time

import pytest
import time_machine
from django.test import Client

from otp.accounts import own, staff
from otp.delivery import email, sms
from otp.delivery.bounce_webhook import Events
from otp.models import Account, Code
from otp.signin import verify
from otp.tokens import keyring
from otpsite.telemetry import observed
from tests.support.accounts import account_at
from tests.support.api import (
    ADDRESS,
    PHONE,
    answer,
    answer_by_phone,
    ask,
    ask_by_phone,
    mailed_code,
    me,
    other_than,
    post,
    refresh,
    signed_in,
)
from tests.support.clock import NOW
from tests.support.faults import error, faulty, lost, refused
from tests.support.pages import request_code, submit
from tests.support.sns import TOPIC, bounce_of
from tests.support.stored import everything_stored

pytestmark = pytest.mark.slow

KEY = "canary-key-for-the-digests-and-cookies-of-this-test"
SIGNING_KEY = keyring.new_key()
BOSS = "boss@example.com"


class Ear(logging.Handler):
    """A log handler that keeps each record as text, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def log():
    """Everything that is logged from DEBUG on, also by loggers that the settings silence."""
    ear, names = Ear(), ("", "otp", "django")
    levels = {name: logging.getLogger(name).level for name in names}
    logging.getLogger().addHandler(ear)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield ear.lines
    logging.getLogger().removeHandler(ear)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def answers(monkeypatch):
    """The body and headers of every response, without its cookies."""
    heard, request = [], Client.request

    def listen(self, **kwargs):
        response = request(self, **kwargs)
        if "/inbox/" not in kwargs["PATH_INFO"]:
            body = b"".join(response.streaming_content) if response.streaming else response.content
            heard.append(body.decode("utf-8", "replace") + str(dict(response.headers)))
        return response

    monkeypatch.setattr(Client, "request", listen)
    return heard


@pytest.fixture(autouse=True)
def site(settings, monkeypatch):
    settings.OTP_KEYS = [KEY]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, []
    settings.OTP_JWT_KEYS = [SIGNING_KEY]
    settings.OTP_SMS, settings.OTP_SNS_TOPICS = True, [TOPIC]
    monkeypatch.setattr(Events, "is_signed", lambda *message: True)


class Everybody:
    """Runs every flow and collects the secrets: `canaries`, by kind."""

    def __init__(self, clock, settings, monkeypatch):
        self.clock, self.settings, self.monkeypatch = clock, settings, monkeypatch
        self.canaries = {"key": [KEY], "signing key": [json.loads(SIGNING_KEY)["d"]]}

    def keep(self, name, *secrets):
        self.canaries.setdefault(name, []).extend(secrets)

    def code(self, address=ADDRESS):
        code = mailed_code(address)
        self.keep("code", code, other_than(code))
        return code

    def walk(self):
        for flow in (self.pages, self.programs, self.tokens, self.phones, self.failures, self.staff, self.bounce):
            flow()
            self.clock.shift(24 * 3600)

    def pages(self):
        client = Client(raise_request_exception=False)
        page = request_code(client)
        page = submit(client, page, code=other_than(self.code()))
        submit(client, page, code=self.code())
        self.keep("cookie", *(cookie.value for cookie in client.cookies.values()))
        for url in ("/account/", "/account/export/", "/account/delete/", "/nothing"):
            client.get(url)
        client.post("/account/sessions/end-others/")
        client.post("/account/sign-out/")
        page = request_code(client)
        self.clock.shift(901)
        submit(client, page, code=self.code())
        submit(client, client.get("/verify/"), code=self.code())
        own.delete(account_at(ADDRESS))

    def programs(self):
        challenge = ask(challenge=True, headers={"Idempotency-Key": "7"}).json()["challenge"]
        answer(other_than(self.code()), challenge=challenge)
        answer(self.code(), challenge=challenge)
        self.clock.shift(60)
        ask()
        for guess in [other_than(self.code())] * 7:
            answer(guess)
        self.clock.shift(901)
        answer(self.code())
        post('{"otp": "%s"' % self.code())  # noqa: UP031 - half an object

    def tokens(self):
        first = signed_in()
        second = refresh(first["refresh_token"]).json()
        self.clock.shift(60)
        me(second["access_token"])
        me(second["access_token"] + "x")
        third = refresh(second["refresh_token"]).json()
        refresh(first["refresh_token"])
        post({"action": "sign_out", "refresh_token": third["refresh_token"]})
        for handed_out in (first, second, third):
            self.keep("token", handed_out["access_token"], handed_out["refresh_token"])

    def phones(self):
        ask_by_phone()
        answer_by_phone(other_than(self.code(PHONE)))
        answer_by_phone(self.code(PHONE))
        self.clock.shift(60)
        with faulty("Publish", refused, of=sms.client()):
            ask_by_phone()

    def failures(self):
        ses = email.backend().connection
        for answered in (refused, lost, error("MessageRejected"), error("InternalFailure", 500)):
            with faulty("SendEmail", *[answered] * 5, of=ses):
                ask()
            self.clock.shift(3600)
        ask()
        for operation in ("UpdateItem", "TransactWriteItems", "BatchGetItem"):
            for answered in (refused, lost):
                with faulty(operation, *[answered] * 9):
                    answer(self.code())
                    ask()
        self.clock.shift(24 * 3600)
        ask()
        with self.monkeypatch.context() as patch:
            patch.setattr(verify, "finish", lambda *args: 1 / 0)
            body = {"action": "verify_otp", "email": ADDRESS, "otp": self.code()}
            client = Client(raise_request_exception=False)
            assert client.post("/otp", body, content_type="application/json").status_code == 500

    def staff(self):
        staff.appoint_by_command(BOSS, Account.Role.SUPERUSER)
        client = Client()
        submit(client, request_code(client, BOSS), code=self.code(BOSS))
        self.keep("cookie", *(cookie.value for cookie in client.cookies.values()))
        ask()
        self.code()
        for model in ("logentry", "code", "account", "address", "suppression", "auditentry"):
            client.get(f"/admin/otp/{model}/")
        for url in (f"code/{ADDRESS}/change/", f"account/{ADDRESS}/history/", f"address/{ADDRESS}/change/"):
            client.get(f"/admin/otp/{url}")
        self.keep("digest", *(code.code_digest for code in Code.objects.filter(address=ADDRESS).order_by("created_at")))
        client.post("/admin/otp/code/", {"action": "revoke", "index": "0", "_selected_action": [ADDRESS]})
        answer(self.code())

    def bounce(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        event = {"Type": "Notification", "TopicArn": TOPIC, "Timestamp": now, "Message": json.dumps(bounce_of(ADDRESS))}
        assert Client().post("/ses/events/", event, content_type="application/json").status_code == 200
        assert ask().status_code == 200


def heard(canaries, texts):
    """The canaries found in these texts, each with its text. Matches within longer words don't count."""
    return [
        (name, text)
        for name, kept in canaries.items()
        for canary in kept
        for text in texts
        if canary in text and re.search(rf"(?<![\w-]){re.escape(canary)}(?![\w-])", text)
    ]


def without(name, canaries):
    return {each: kept for each, kept in canaries.items() if each != name}


def test_no_flow_leaks_a_secret_into_log_page_item_or_metric(answers, log, capfd, settings, monkeypatch):
    """One run for all four, since it takes seconds. Secrets that may be there show that each was searched."""
    with time_machine.travel(NOW, tick=False) as clock, observed("http", "request-1", "otp"):
        everybody = Everybody(clock, settings, monkeypatch)
        everybody.walk()
    canaries, printed = everybody.canaries, capfd.readouterr()
    assert set(canaries) == {"key", "signing key", "code", "cookie", "token", "digest"}
    assert all(canaries.values())

    assert any("ZeroDivisionError" in line for line in log)
    assert heard(canaries, log) == []

    assert '"SignIns"' in printed.out
    assert heard(canaries, [printed.out, printed.err]) == []

    assert len(answers) > 80
    assert heard(without("token", canaries), answers) == []
    assert heard(canaries, [text for text in answers if "access_token" not in text]) == []

    stored = [everything_stored()]
    assert heard(canaries, stored) != []
    assert heard(without("digest", canaries), stored) == []


@pytest.mark.parametrize("secret", ["012345", "eyJh.eyJp.c2ln", "0a-b_c:1x:sIg"])
def test_a_logged_secret_would_be_found(log, secret):
    logging.getLogger("otp.anything").debug("It is %s.", secret)
    assert [kind for kind, _ in heard({"secret": [secret]}, log)] == ["secret"]
    assert heard({"secret": [secret]}, [f"a{secret}b"]) == []
