"""Fixtures: the dashboard, with the running site or with a stub of its API."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import dashboard as package  # noqa: F401 - before the script's folder is sys.path[0], where `dashboard` is the script
from otp.accounts import staff
from otp.tokens import keyring
from tests.support.api import ADDRESS, mailed_code
from tests.support.timeouts import TIMEOUT

SCRIPT = Path(__file__).parent.parent.parent / "dashboard" / "page" / "app.py"


@pytest.fixture
def dashboard(live_site: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The dashboard's first page, using the running site."""
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    monkeypatch.setenv("OTP_API_URL", f"{live_site}/otp")
    return AppTest.from_file(str(SCRIPT), default_timeout=TIMEOUT).run()


@pytest.fixture
def at_work(dashboard: AppTest) -> AppTest:
    """The dashboard with a member of staff signed in."""
    staff.appoint_by_command(ADDRESS, "viewer")
    return sign_in(dashboard)


class Stub:
    """A server that answers every request with `status` and `body`, and records the requests in `asked`."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.asked: list[tuple[str, dict[str, str], str]] = []

    def answer(self, status: int, body: Any) -> None:
        self.status, self.body = status, body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """From now on, the dashboard uses this stub instead of the site."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            stub.asked.append((self.path, dict(self.headers), body.decode()))
            self.send_response(stub.status)
            self.send_header("Content-Length", str(len(stub.body)))
            self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            self.wfile.write(stub.body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("OTP_API_URL", f"http://127.0.0.1:{server.server_port}/otp")
    yield stub
    server.shutdown()
    server.server_close()
    thread.join()


# -- verbs -----------------------------------------------------------------------------------------


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def send(app: AppTest, address: str = ADDRESS) -> AppTest:
    app.text_input(key="email").input(address)
    return press(app, "Send code")


def verify(app: AppTest, code: str) -> AppTest:
    app.text_input(key="code").input(code)
    return press(app, "Verify")


def sign_in(app: AppTest, address: str = ADDRESS) -> AppTest:
    return verify(send(app, address), mailed_code(address))


def said(app: AppTest) -> list[str]:
    """The texts of all coloured boxes. Asserts that the dashboard raised no exception."""
    assert [each.value for each in app.exception] == []
    boxes = [*app.success, *app.error, *app.warning, *app.info]
    return [box.value.replace("\\", "") for box in boxes]


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]
