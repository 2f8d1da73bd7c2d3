"""Signing in and out by the dashboard: what the server says is shown, and what goes wrong is a sentence."""

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


def test_a_person_signs_in_and_sees_no_more_than_that(dashboard):
    assert buttons(dashboard) == ["Send code"]
    assert said(send(dashboard)) == ["OTP sent successfully"]
    assert buttons(dashboard) == ["Send code", "Verify"]
    verified, no_role = said(verify(dashboard, mailed_code()))
    assert verified == "OTP verified successfully"
    assert "this address has no role" in no_role
    assert [each.value for each in dashboard.text] == ["Signed in as person@example.com"]
    assert buttons(dashboard) == ["Sign out"]
    assert len(dashboard.metric) == len(dashboard.table) == len(dashboard.radio) == 0


def test_a_wrong_code_is_said_and_what_was_typed_stays(dashboard):
    send(dashboard)
    wrong = other_than(mailed_code())
    assert said(verify(dashboard, wrong)) == ["Invalid OTP"]
    assert dashboard.text_input(key="code").value == wrong
    assert said(verify(dashboard, mailed_code()))[0] == "OTP verified successfully"


def test_what_is_no_address_is_said_and_stays(dashboard):
    assert said(send(dashboard, "nobody")) == ["Invalid email format"]
    assert dashboard.text_input(key="email").value == "nobody"
    assert buttons(dashboard) == ["Send code"]


def test_a_code_belongs_to_the_tab_that_asked(dashboard):
    send(dashboard)
    code = mailed_code()
    with time_machine.travel(time() + 61):
        assert ask().status_code == 200  # by somebody else, under the plain address
    assert said(verify(dashboard, code))[0] == "OTP verified successfully"


def test_too_many_codes_says_when_to_ask_again(dashboard):
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


def test_signing_out_without_the_server_forgets_the_tokens_all_the_same(at_work, stub):
    stub.answer(503, {"message": "Temporarily unavailable. Try again", "code": "unavailable"})
    (message,) = said(press(at_work, "Sign out"))
    assert message == "Signed out here, but the server could not be told. Temporarily unavailable. Try again"
    assert "tokens" not in at_work.session_state


def test_a_sign_in_that_was_ended_leads_back_to_the_first_page(at_work):
    own.sign_out_everywhere(account_at(ADDRESS))
    assert said(at_work.run()) == ["Your sign-in has ended. Sign in again."]
    assert buttons(at_work) == ["Send code"]
    assert "tokens" not in at_work.session_state


def test_the_access_token_is_renewed_without_a_word(at_work):
    before = dict(at_work.session_state.tokens)
    at_work.session_state.tokens = before | {"access_token": "over"}
    assert said(at_work.run()) == []
    assert len(at_work.metric) == 8
    assert at_work.session_state.tokens["refresh_token"] != before["refresh_token"]


def test_a_site_without_tokens_is_told_what_it_lacks(dashboard, settings):
    settings.OTP_JWT_KEYS = []
    verified, lacks = said(sign_in(dashboard))
    assert verified == "OTP verified successfully"
    assert "OTP_JWT_KEYS is not set" in lacks
    assert said(press(dashboard, "Sign out")) == ["Signed out"]


def test_a_reload_loses_no_code_that_is_on_its_way(dashboard):
    send(dashboard)
    challenge = dashboard.query_params["challenge"]
    reloaded = AppTest.from_file(str(SCRIPT), default_timeout=TIMEOUT)
    reloaded.query_params["challenge"] = challenge
    assert buttons(reloaded.run()) == ["Send code", "Verify"]
    reloaded.text_input(key="sent_to").input(f" {ADDRESS} ")
    assert said(verify(reloaded, mailed_code()))[0] == "OTP verified successfully"
    assert "challenge" not in reloaded.query_params


def test_an_address_is_in_no_page_address(dashboard):
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
def test_a_nonsense_answer_is_a_sentence_and_what_was_typed_stays(dashboard, stub, status, body):
    stub.answer(status, body)
    (message,) = said(send(dashboard))
    assert message.endswith("doesn't speak this API. Is OTP_API_URL right?")
    assert dashboard.text_input(key="email").value == ADDRESS


def test_a_server_that_is_down_is_a_sentence(dashboard, monkeypatch):
    monkeypatch.setenv("OTP_API_URL", "http://127.0.0.1:9/otp")
    (message,) = said(send(dashboard))
    assert message == ("The server at http://127.0.0.1:9/otp can't be reached. Does it run, and is OTP_API_URL right?")
    assert dashboard.text_input(key="email").value == ADDRESS


def test_a_server_that_does_not_answer_is_a_sentence(dashboard, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", (0.2, 0.2))
    with embedded.listen(0) as silent:
        monkeypatch.setenv("OTP_API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/otp")
        assert said(send(dashboard)) == ["The server took too long to answer. Try again in a moment."]
    assert dashboard.text_input(key="email").value == ADDRESS


def test_codes_and_tokens_never_travel_in_clear(dashboard, monkeypatch):
    for url in ("http://otp.example/otp", "ftp://127.0.0.1/otp", "otp", "http://[::1/otp"):
        monkeypatch.setenv("OTP_API_URL", url)
        (message,) = said(send(dashboard))
        assert message == "OTP_API_URL must begin with https://, or with http:// and name this machine."


def test_a_redirect_is_not_followed(dashboard, stub):
    stub.answer(307, {"message": "Moved", "code": "moved"})
    assert said(send(dashboard)) == ["Moved"]


def test_what_a_server_says_is_no_markup(dashboard, stub):
    stub.answer(400, {"message": "![x](https://elsewhere.example/x)", "code": "x"})
    send(dashboard)
    assert dashboard.error[0].value.startswith("\\!\\[x\\]")


def test_a_lost_answer_is_made_good_by_pressing_again(dashboard, monkeypatch):
    """The code was used by the first press: as a request of its own the second would be told so."""
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


def test_each_guess_is_a_request_of_its_own(dashboard, stub):
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
