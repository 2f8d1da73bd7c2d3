"""The site and two applications that sign people in with it, in one process, until Ctrl-C. `make demo` runs this:

python -m examples.demo
"""

import json
import os
import secrets
import signal
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Thread
from typing import Any

import waitress
from django.core.management import execute_from_command_line

from otp.tokens.keyring import new_rsa_key

from .application import make

PORT = int(os.environ.get("PORT", "8000"))


@dataclass(frozen=True)
class Application:
    """One of the two. It is on another host than the site's 127.0.0.1, as in life."""

    id: str
    name: str
    port: int
    secret: str = field(default_factory=secrets.token_urlsafe)

    def declaration(self) -> dict[str, Any]:
        """Its member of OTP_CLIENTS, as `manage.py client new` prints one."""
        return {
            "id": self.id,
            "name": self.name,
            "redirect_uris": [f"http://localhost:{self.port}/callback"],
            "post_logout_redirect_uris": [f"http://localhost:{self.port}/"],
            "secret_sha256": sha256(self.secret.encode()).hexdigest(),
            "first_party": True,
        }

    def start(self) -> None:
        app = make(self.name, f"http://127.0.0.1:{PORT}", self.id, self.secret)
        address = {"host": "127.0.0.1", "port": self.port}
        Thread(target=waitress.serve, args=[app], kwargs=address, daemon=True).start()
        print(f"{self.name} is http://localhost:{self.port}/", flush=True)  # noqa: T201


def main() -> None:
    bakery = Application("bakery", "Bakery", int(os.environ.get("BAKERY_PORT", PORT + 1)))
    garden = Application("garden", "Garden", int(os.environ.get("GARDEN_PORT", PORT + 2)))
    os.environ |= {
        "OTP_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "otpsite.settings",
        "OTP_JWT_KEYS": new_rsa_key(),
        "OTP_CLIENTS": json.dumps([bakery.declaration(), garden.declaration()]),
    }
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # for `runlocal`, which waits for them
    bakery.start()
    garden.start()
    execute_from_command_line(["manage.py", "runlocal"])


if __name__ == "__main__":
    main()
