"""New connections to AWS don't read the certificates of authorities again."""

import ssl
from threading import Thread

import pytest
from django.db.utils import DatabaseError

from otp.delivery import email, sms
from otp.dynamo.client import call, client
from otp.local import embedded


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
    client.cache_clear()
    try:
        for _ in range(3):
            with pytest.raises(DatabaseError):
                call("list_tables")
    finally:
        client.cache_clear()
    assert len(readings) == 1


@pytest.mark.parametrize("made", [lambda: email.backend().connection, sms.client])
def test_connections_to_ses_and_sns(made):
    context = made()._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    assert hasattr(context.load_verify_locations, "cache_info")
