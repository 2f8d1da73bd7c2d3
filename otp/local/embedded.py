"""The embedded AWS: moto's DynamoDB, SES and SNS, reached over HTTP by the real boto3, in this very process."""

import socket
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from moto.ses.models import SESBackend
    from moto.sns.models import SNSBackend
    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"


class OneAtATime:
    """A WSGI application behind a lock.

    moto reads, checks a condition and writes in steps that another of its threads can come between, so that two
    conditional writes could both succeed. DynamoDB's never do, and all of the site's safety rests on that.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application, self.lock = application, Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock:
            return self.application(environ, start_response)


def listen(port: int) -> socket.socket:
    """A listening socket on this machine alone; port 0 takes a free one. Raises OSError when the port is taken."""
    return socket.create_server((HOST, port))


def start(listener: socket.socket) -> "BaseWSGIServer":
    """Serve the embedded AWS on `listener` until `shutdown()`, and let the site send mail from its address."""
    # moto takes a second to import: only whoever starts the embedded AWS waits for it.
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from . import shortcuts

    shortcuts.take()

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *args: Any) -> None:
            """Say nothing: the console is for the site."""

    server = make_server(
        HOST,
        listener.getsockname()[1],
        OneAtATime(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=QuietHandler,
        fd=listener.fileno(),
    )
    listener.close()  # the server has a duplicate
    Thread(target=server.serve_forever, name="embedded-aws", daemon=True).start()
    verify_sender()
    sns().sms_messages = Stamped()
    return server


def ses() -> "SESBackend":
    """The embedded SES itself, with the mails that it took in `sent_messages`."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    return ses_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME]


def sns() -> "SNSBackend":
    """The embedded SNS itself, with the text messages that it took in `sms_messages`: (number, text, when)."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    return sns_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME]


class Stamped(OrderedDict[str, tuple[Any, ...]]):
    """What moto keeps text messages in, and when each came, which moto doesn't note."""

    def __setitem__(self, id: str, message: tuple[Any, ...]) -> None:
        super().__setitem__(id, (*message, datetime.now(UTC)))


def verify_sender() -> None:
    """Do what the owner of an AWS account does once by hand: verify the address that the mails come from."""
    ses().verify_email_identity(settings.DEFAULT_FROM_EMAIL)


def takes_the_mail() -> bool:
    """Whether the site sends through this embedded SES, and not through one that the environment names."""
    return settings.EMBEDDED_AWS and url() == settings.AWS_SES_REGION_ENDPOINT_URL


def url() -> str:
    return f"http://{HOST}:{settings.AWS_PORT}"
