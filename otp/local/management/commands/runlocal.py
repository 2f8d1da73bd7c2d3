"""`manage.py runlocal`, which `make run` starts: site and embedded AWS in one process, until Ctrl-C or SIGTERM."""

import os
import signal
import socket
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import waitress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from otp.conf import conf
from otp.dynamo.client import client
from otp.local import embedded
from otp.tokens import keyring

THREADS = 8
IDLE = 20  # seconds until an unused connection is closed
ENDS = {signal.SIGINT, signal.SIGTERM}


class Command(BaseCommand):
    help = "Start the site and the embedded AWS on this machine, on the ports PORT and AWS_PORT."

    def handle(self, **options: Any) -> None:
        # Signals are blocked until sigwait, so that they can interrupt neither the start nor the shutdown. Ctrl-C often
        # arrives twice, from the terminal and from make.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        site = listen("PORT", settings.PORT)
        if settings.EMBEDDED_AWS:
            embedded.start(listen("AWS_PORT", settings.AWS_PORT))
        self.check_dynamodb()
        call_command("dynamo_sync", stdout=self.stdout)
        if not conf.jwt_keys:
            settings.OTP_JWT_KEYS = [keyring.new_key()]
        server = serve(site)
        self.greet()
        signal.sigwait(ENDS)
        server.task_dispatcher.shutdown()

    def check_dynamodb(self) -> None:
        """Name the DynamoDB in use if it isn't the embedded one. Raises CommandError if it doesn't answer."""
        url = client().meta.endpoint_url
        if settings.EMBEDDED_AWS and url == embedded.url():
            return
        self.stdout.write(f"DynamoDB is {url}, not the embedded one.")
        place = urlsplit(url)
        try:
            socket.create_connection((place.hostname, place.port or 443), timeout=2).close()
        except OSError as error:
            raise CommandError(
                f"No DynamoDB answers at {url}. Start it, or unset the variable that names it (AWS_ENDPOINT_URL…)."
            ) from error

    def greet(self) -> None:
        site = f"http://{embedded.HOST}:{settings.PORT}/"
        self.stdout.write(f"Open {site}\nMail is shown at {site}inbox/\nCtrl-C stops everything.")
        self.stdout.flush()  # a file or a pipe would be buffered


def listen(variable: str, port: int) -> socket.socket:
    try:
        return embedded.listen(port)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CommandError(f"Port {port} can't be used ({reason}): choose another, like {variable}=8123.") from error


def serve(listener: socket.socket) -> Any:
    """Serve the site on `listener`, in threads that end with the process."""
    from otpsite.wsgi import application

    server = waitress.create_server(
        application,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        # Programs open connections and send nothing, browsers among them. At the default of 100 the site would stop.
        connection_limit=1000,
        channel_timeout=IDLE,
        cleanup_interval=IDLE // 2,
        asyncore_use_poll=True,  # select() takes no file numbers from 1024 on
    )
    Thread(target=server.run, name="site", daemon=True).start()
    return server
