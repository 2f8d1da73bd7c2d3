import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import time_machine

from otp.local import embedded

NOON = datetime(2030, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def as_json(client):
    return lambda: client.get("/inbox/", headers={"accept": "application/json"}).json()


def test_json_contains_what_was_sent(as_json, send_mail):
    with time_machine.travel(NOON, tick=False):
        send_mail(to="zoë <a@b.example>", subject="Grüße", text="Füße\n漢\n", html="<p>Füße 漢\n")
    assert as_json() == {
        "messages": [
            {
                "to": ["a@b.example"],
                "subject": "Grüße",
                "text": "Füße\n漢\n",
                "html": "<p>Füße 漢\n",
                "sent_at": "2030-01-02T12:00:00+00:00",
            }
        ]
    }


def test_the_newest_mail_comes_first(as_json, send_mail):
    for subject in ("first", "second", "third"):
        send_mail(subject=subject)
    assert [mail["subject"] for mail in as_json()["messages"]] == ["third", "second", "first"]


def test_the_page_shows_a_mail_and_frames_its_html(client, send_mail):
    send_mail(subject="<b>Subject</b>", text="the text")
    page = client.get("/inbox/").content.decode()
    assert "&lt;b&gt;Subject&lt;/b&gt;" in page
    assert "a@b.example" in page
    assert "the text" in page
    assert '<iframe sandbox loading="lazy" src="/inbox/1/html"' in page


def test_an_empty_inbox_says_what_to_do(client):
    assert "Request a code" in client.get("/inbox/").content.decode()


def test_a_mail_without_html_has_no_frame(client, send_mail):
    send_mail(html="")
    assert "<iframe" not in client.get("/inbox/").content.decode()


def test_the_page_says_when_mail_goes_elsewhere(client, settings):
    settings.AWS_SES_REGION_ENDPOINT_URL = "http://127.0.0.1:1"
    assert "emails aren&#x27;t here" in client.get("/inbox/").content.decode().replace("'", "&#x27;")


def test_the_html_of_a_mail_is_sandboxed_and_framed_only_by_the_inbox(client, send_mail):
    send_mail(html="<script>alert(1)</script>\n")
    answer = client.get("/inbox/1/html")
    assert answer.content == b"<script>alert(1)</script>\n"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert {part.strip() for part in answer["Content-Security-Policy"].split(";")} == {
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
    }


def test_an_unknown_mail_is_not_found(client):
    assert client.get("/inbox/1/html").status_code == 404


def test_responses_are_not_cached(client):
    assert "no-store" in client.get("/inbox/")["Cache-Control"]


def test_the_console_logs_the_url_of_the_inbox_but_not_the_mail(send_mail, caplog):
    caplog.set_level("INFO")
    send_mail(subject="subject 123456", text="text 123456")
    assert "Mail to a@b.example: see http://127.0.0.1:8000/inbox/" in caplog.text
    assert "123456" not in caplog.text


LOOK_FOR_IT = """
import django
from django.urls import Resolver404, resolve
django.setup()
try:
    resolve("/inbox/")
except Resolver404:
    print("no such page")
"""


@pytest.mark.slow
def test_outside_local_mode_there_is_no_inbox():
    live = {
        "DJANGO_SETTINGS_MODULE": "otpsite.settings",
        "OTP_KEYS": "a-key-for-this-test-alone-of-32-characters",
        "OTP_FROM_EMAIL": "sign-in@otp.example",
        "OTP_ALLOWED_HOSTS": "otp.example",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")} | live
    done = subprocess.run([sys.executable, "-c", LOOK_FOR_IT], env=environment, capture_output=True, text=True)
    assert done.stdout == "no such page\n", done.stderr


def test_the_newest_mails_are_kept_and_keep_their_numbers(as_json, client, monkeypatch, send_mail):
    monkeypatch.setattr(embedded, "KEPT", 3)
    monkeypatch.setattr(embedded.ses(), "sent_messages", embedded.Newest())
    for number in range(1, 6):
        send_mail(subject=str(number), html=f"<p>{number}")
    assert [mail["subject"] for mail in as_json()["messages"]] == ["5", "4", "3"]
    assert client.get("/inbox/5/html").text.strip() == "<p>5"
    assert client.get("/inbox/2/html").status_code == 404


def test_the_newest_text_messages_are_kept(monkeypatch):
    monkeypatch.setattr(embedded, "KEPT", 2)
    kept = embedded.Stamped()
    for number in range(5):
        kept[str(number)] = ("+61412345678", str(number))
    assert list(kept) == ["3", "4"]
