"""The process of `bench.aws.Server`, in a module of its own, so that no contestant imports a server at its start."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from .aws import HOST, TARGET, Answers


class Handler(BaseHTTPRequestHandler):
    """POST asks as a client of AWS, PUT gives the answers, if any, and returns the last requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    answers = Answers()

    def do_GET(self) -> None:
        """A connection that is opened early."""
        self._respond(200, {}, b"{}")

    def do_PUT(self) -> None:
        if (given := json.loads(self._body())) is not None:
            self.answers.given = given
        self._respond(200, {}, json.dumps(self.answers.asked()).encode())

    def do_POST(self) -> None:
        self._respond(*self.answers.answer(self.headers.get(TARGET, "SendEmail"), self._body()))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def main() -> None:
    """Serve, print the port, and end when the standard input is closed."""
    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
