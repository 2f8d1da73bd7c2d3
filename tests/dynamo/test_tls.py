"""New connections to AWS don't read the certificates of authorities again, and the first can be opened early."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db.utils import DatabaseError

from otp.delivery import email, sms
from otp.dynamo.client import call, client
from otp.dynamo.tls import connect
from otp.local import embedded
from tests.support.clients import forget_dynamodb_client


@pytest.fixture
def hangs_up():
    """The address of a server that closes each connection at once."""

    def hang_up():
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    listener = embedded.listen(0)
    Thread(target=hang_up, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(2)
    listener.close()


@pytest.fixture
def readings(monkeypatch):
    """The files of certificates that were read."""
    readings, read = [], ssl.SSLContext.load_verify_locations

    def noted(context, *files):
        readings.append(files)
        return read(context, *files)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return readings


def test_connections_to_dynamodb(hangs_up, readings, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", hangs_up)
    forget_dynamodb_client()
    try:
        for _ in range(3):
            with pytest.raises(DatabaseError):
                call("list_tables")
    finally:
        forget_dynamodb_client()
    assert len(readings) == 1


@pytest.mark.parametrize("made", [lambda: email.backend().connection, sms.client])
def test_connections_to_ses_and_sns(made):
    context = made()._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    assert hasattr(context.load_verify_locations, "cache_info")


@pytest.fixture
def connections(monkeypatch):
    """The connections that a local server accepted. It answers each request with 404 and keeps the connection."""
    accepted = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            accepted.append(self.client_address)

        def do_GET(self):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{server.server_port}")
        forget_dynamodb_client()
        yield accepted
        client()._endpoint.http_session.close()
        forget_dynamodb_client()
        server.shutdown()


def test_a_connection_that_was_opened_early_is_used(connections):
    connect(client())
    assert len(connections) == 1
    connect(client())
    with pytest.raises(DatabaseError):
        call("list_tables")
    assert len(connections) == 1


def test_without_a_connection_the_start_goes_on(hangs_up, monkeypatch, caplog):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", hangs_up)
    forget_dynamodb_client()
    try:
        connect(client())
    finally:
        forget_dynamodb_client()
    assert [each.getMessage() for each in caplog.records] == ["No connection to dynamodb: SSLError"]
