"""The embedded AWS: moto's DynamoDB, SES and SNS in this process, which boto3 calls over HTTP."""

import functools
import socket
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from django.conf import settings

from otp.delivery.addresses import sender

if TYPE_CHECKING:
    from moto.ses.models import SESBackend
    from moto.sns.models import SNSBackend
    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"
KEPT = 300  # mails, and text messages: each takes memory, and the inbox shows them all


class OneAtATime:
    """Serve one request at a time.

    moto's conditional writes aren't atomic: two threads could both pass the same check. DynamoDB's are, and the
    site's limits depend on it.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application, self.lock = application, Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock:
            return self.application(environ, start_response)


def listen(port: int) -> socket.socket:
    """A socket that listens on the loopback address. Port 0 picks a free port. Raises OSError if the port is taken."""
    return socket.create_server((HOST, port))


def start(listener: socket.socket) -> "BaseWSGIServer":
    """Serve the embedded AWS on `listener` until `shutdown()`, and verify the site's sender address in it."""
    # Imported here because moto takes a second to import.
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from . import moto_patches, suppression_list

    moto_patches.apply()
    suppression_list.add_to_moto()

    class Dispatcher(DomainDispatcherApplication):
        """moto's own lists its folders for each request."""

        get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *args: Any) -> None:
            """Log nothing: the console is for the site's log."""

    server = make_server(
        HOST,
        listener.getsockname()[1],
        OneAtATime(Dispatcher(create_backend_app)),
        threaded=True,
        request_handler=QuietHandler,
        fd=listener.fileno(),
    )
    listener.close()  # the server has duplicated it
    Thread(target=server.serve_forever, name="embedded-aws", daemon=True).start()
    verify_sender()
    sns().sms_messages = Stamped()
    ses().sent_messages = Newest()
    return server


def ses() -> "SESBackend":
    """The backend of the embedded SES. `sent_messages` holds the mails that were sent."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    return ses_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME]


def sns() -> "SNSBackend":
    """The backend of the embedded SNS. `sms_messages` holds the messages that were sent: (number, text, time)."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    return sns_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME]


class Newest(deque[Any]):
    """moto's list of mails, of which the newest KEPT are kept."""

    def __init__(self) -> None:
        super().__init__(maxlen=KEPT)
        self.sent = 0

    def append(self, mail: Any) -> None:
        super().append(mail)
        self.sent += 1

    def clear(self) -> None:
        super().clear()
        self.sent = 0

    def numbered(self) -> list[tuple[int, Any]]:
        """The mails with their numbers: the first that was sent has 1."""
        kept = list(self)
        return list(enumerate(kept, start=self.sent - len(kept) + 1))


class Stamped(OrderedDict[str, tuple[Any, ...]]):
    """moto's dictionary of text messages, with the time of each, which moto doesn't store. The newest KEPT are kept."""

    def __setitem__(self, id: str, message: tuple[Any, ...]) -> None:
        super().__setitem__(id, (*message, datetime.now(UTC)))
        while len(self) > KEPT:
            self.popitem(last=False)


def verify_sender() -> None:
    """Verify the sender's address, which the owner of a real AWS account does once by hand."""
    ses().verify_email_identity(sender(settings.OTP_FROM_EMAIL)[1])


def takes_the_mail() -> bool:
    """Whether the site sends through this embedded SES rather than through an endpoint set in the environment."""
    return settings.EMBEDDED_AWS and url() == settings.AWS_SES_REGION_ENDPOINT_URL


def url() -> str:
    return f"http://{HOST}:{settings.AWS_PORT}"
