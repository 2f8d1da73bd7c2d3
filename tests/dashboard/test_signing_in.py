"""Signing in and out with the dashboard: it shows the server's messages, and a sentence for every failure."""

import json
from time import time

import pytest
import time_machine
from requests import Timeout
from streamlit.testing.v1 import AppTest

from dashboard import client
from otp.accounts import own
from otp.local import embedded
from otp.models import LogEntry
from tests.dashboard.conftest import SCRIPT, buttons, press, said, send, sign_in, verify
from tests.support.accounts import account_at
from tests.support.api import ADDRESS, ask, mailed_code, other_than
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.slow

SENT = {"message": "OTP sent successfully", "code": "otp_sent", "challenge": "c"}


def test_a_user_without_a_role_sees_only_that_they_are_signed_in(dashboard):
    assert buttons(dashboard) == ["Send code"]
    assert said(send(dashboard)) == ["OTP sent successfully"]
    assert buttons(dashboard) == ["Send code", "Verify"]
    verified, no_role = said(verify(dashboard, mailed_code()))
    assert verified == "OTP verified successfully"
    assert "this address has no role" in no_role
    assert [each.value for each in dashboard.text] == ["Signed in as person@example.com"]
    assert buttons(dashboard) == ["Sign out"]
    assert len(dashboard.metric) == len(dashboard.table) == len(dashboard.radio) == 0


def test_a_wrong_code_shows_the_message_and_keeps_the_input(dashboard):
    send(dashboard)
    wrong = other_than(mailed_code())
    assert said(verify(dashboard, wrong)) == ["Invalid OTP"]
    assert dashboard.text_input(key="code").value == wrong
    assert said(verify(dashboard, mailed_code()))[0] == "OTP verified successfully"


def test_a_malformed_address_shows_the_message_and_keeps_the_input(dashboard):
    assert said(send(dashboard, "nobody")) == ["Invalid email format"]
    assert dashboard.text_input(key="email").value == "nobody"
    assert buttons(dashboard) == ["Send code"]


def test_a_code_only_works_in_the_tab_that_requested_it(dashboard):
    send(dashboard)
    code = mailed_code()
    with time_machine.travel(time() + 61):
        assert ask().status_code == 200  # a send for the plain address, by someone else
    assert said(verify(dashboard, code))[0] == "OTP verified successfully"


def test_too_many_sends_show_when_to_try_again(dashboard):
    send(dashboard)
    (message,) = said(press(dashboard, "Send code"))
    assert message.startswith("A code was sent recently. Wait before requesting another (again in ")
    assert dashboard.text_input(key="email").value == ADDRESS
    assert "Verify" in buttons(dashboard)


def test_signing_out_ends_the_sign_in_on_the_server(dashboard):
    tokens = sign_in(dashboard).session_state.tokens
    assert said(press(dashboard, "Sign out")) == ["Signed out"]
    assert buttons(dashboard) == ["Send code"]
    with pytest.raises(client.Problem) as refused:
        client.get("/me", tokens["access_token"])
    assert refused.value.code == "token_invalid"


def test_signing_out_forgets_the_tokens_even_if_the_server_is_down(at_work, stub):
    stub.answer(503, {"message": "Temporarily unavailable. Try again", "code": "unavailable"})
    (message,) = said(press(at_work, "Sign out"))
    assert message == "Signed out here, but not on the server. Temporarily unavailable. Try again"
    assert "tokens" not in at_work.session_state


def test_a_sign_in_that_was_ended_leads_back_to_the_first_page(at_work):
    own.sign_out_everywhere(account_at(ADDRESS))
    assert said(at_work.run()) == ["Your sign-in has ended. Sign in again."]
    assert buttons(at_work) == ["Send code"]
    assert "tokens" not in at_work.session_state


def test_the_access_token_is_refreshed_silently(at_work):
    before = dict(at_work.session_state.tokens)
    at_work.session_state.tokens = before | {"access_token": "over"}
    assert said(at_work.run()) == []
    assert len(at_work.metric) == 9
    assert at_work.session_state.tokens["refresh_token"] != before["refresh_token"]


def test_a_site_without_tokens_says_which_setting_is_missing(dashboard, settings):
    settings.OTP_JWT_KEYS = []
    verified, lacks = said(sign_in(dashboard))
    assert verified == "OTP verified successfully"
    assert "OTP_JWT_KEYS is not set" in lacks
    assert said(press(dashboard, "Sign out")) == ["Signed out"]


def test_a_code_that_was_sent_still_works_after_a_reload(dashboard):
    send(dashboard)
    challenge = dashboard.query_params["challenge"]
    reloaded = AppTest.from_file(str(SCRIPT), default_timeout=TIMEOUT)
    reloaded.query_params["challenge"] = challenge
    assert buttons(reloaded.run()) == ["Send code", "Verify"]
    reloaded.text_input(key="sent_to").input(f" {ADDRESS} ")
    assert said(verify(reloaded, mailed_code()))[0] == "OTP verified successfully"
    assert "challenge" not in reloaded.query_params


def test_no_url_contains_an_email_address(dashboard):
    send(dashboard)
    assert ADDRESS not in str(dashboard.query_params)


# -- servers that fail -----------------------------------------------------------------------------

NONSENSE = [
    (200, b"<html><body>Hello"),
    (502, b"<html>Bad Gateway"),
    (200, b'{"message": "OTP sent'),
    (200, b""),
    (200, b"\xff\xfe"),
    (200, []),
    (200, "text"),
    (200, None),
    (200, {}),
    (500, {"message": "Internal server error"}),
    (200, {"message": 1, "code": "otp_sent"}),
    (200, {"message": ["x"], "code": []}),
    (302, SENT | {"message": None}),
]


@pytest.mark.parametrize(("status", "body"), NONSENSE)
def test_an_invalid_response_shows_a_sentence_and_keeps_the_input(dashboard, stub, status, body):
    stub.answer(status, body)
    (message,) = said(send(dashboard))
    assert message.endswith("doesn't have this API. Is OTP_API_URL right?")
    assert dashboard.text_input(key="email").value == ADDRESS


def test_a_server_that_is_down_shows_a_sentence(dashboard, monkeypatch):
    monkeypatch.setenv("OTP_API_URL", "http://127.0.0.1:9/otp")
    (message,) = said(send(dashboard))
    assert message == ("The server at http://127.0.0.1:9/otp can't be reached. Does it run, and is OTP_API_URL right?")
    assert dashboard.text_input(key="email").value == ADDRESS


def test_a_server_that_does_not_answer_shows_a_sentence(dashboard, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", (0.2, 0.2))
    with embedded.listen(0) as silent:
        monkeypatch.setenv("OTP_API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/otp")
        assert said(send(dashboard)) == ["The server took too long to answer. Try again in a moment."]
    assert dashboard.text_input(key="email").value == ADDRESS


def test_codes_and_tokens_are_never_sent_unencrypted(dashboard, monkeypatch):
    for url in ("http://otp.example/otp", "ftp://127.0.0.1/otp", "otp", "http://[::1/otp"):
        monkeypatch.setenv("OTP_API_URL", url)
        (message,) = said(send(dashboard))
        assert message == "OTP_API_URL must begin with https://, or with http:// and name this machine."


def test_a_redirect_is_not_followed(dashboard, stub):
    stub.answer(307, {"message": "Moved", "code": "moved"})
    assert said(send(dashboard)) == ["Moved"]


def test_server_messages_are_not_rendered_as_markup(dashboard, stub):
    stub.answer(400, {"message": "![x](https://elsewhere.example/x)", "code": "x"})
    send(dashboard)
    assert dashboard.error[0].value.startswith("\\!\\[x\\]")


def test_pressing_again_succeeds_after_a_lost_response(dashboard, monkeypatch):
    """The first press used the code. Without the same idempotency key, the second would be refused."""
    send(dashboard)
    asked = client.requests.request

    def lose(*args, **values):
        asked(*args, **values)
        raise Timeout

    monkeypatch.setattr(client.requests, "request", lose)
    assert said(verify(dashboard, mailed_code())) == ["The server took too long to answer. Try again in a moment."]
    monkeypatch.setattr(client.requests, "request", asked)
    assert said(press(dashboard, "Verify"))[0] == "OTP verified successfully"
    assert [entry.outcome for entry in LogEntry.objects.order_by("-created_at")].count("otp_verified") == 1


def test_each_attempt_has_its_own_idempotency_key(dashboard, stub):
    stub.answer(200, SENT)
    send(dashboard)
    stub.answer(401, {"message": "Invalid OTP", "code": "otp_invalid"})
    verify(dashboard, "000000")
    press(dashboard, "Verify")
    keys = [headers["Idempotency-Key"] for _, headers, _ in stub.asked]
    assert len(set(keys)) == 3
    assert json.loads(stub.asked[1][2]) == {
        "action": "verify_otp",
        "email": ADDRESS,
        "otp": "000000",
        "challenge": "c",
    }


def test_tokens_are_in_no_log_and_no_address(at_work, caplog, capfd):
    tokens = at_work.session_state.tokens
    output = caplog.text + "".join(capfd.readouterr())
    for token in tokens.values():
        assert token not in output
        assert token not in str(at_work.query_params)
