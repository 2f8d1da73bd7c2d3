"""Serves the stand-in on a local port. It wraps the moto of the embedded AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from otp.local.embedded import HOST, OneAtATime

from .cloudformation import forget_senders
from .standin import StandIn

# The services that a deployment changes, except for tables, secrets and mails, which other fixtures clean up.
FORGOTTEN = ("apigateway", "cloudformation", "events", "iam", "lambda", "logs", "s3", "sns", "sqs")


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A running stand-in; `url` is its address."""
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *args: Any) -> None:
            """Don't log requests."""

    stand_in = StandIn(OneAtATime(DomainDispatcherApplication(create_backend_app)))
    server = make_server(HOST, 0, stand_in, threaded=True, request_handler=QuietHandler)
    stand_in.url = f"http://{HOST}:{server.server_port}"
    Thread(target=server.serve_forever, name="strict-aws", daemon=True).start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()


def forget() -> None:
    """Delete everything that deployments created in the account."""
    from moto.backends import get_backend

    for name in FORGOTTEN:
        for account in get_backend(name).values():
            account.reset()
    forget_senders()
