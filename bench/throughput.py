"""Sign-ins a second over HTTP: this project on DynamoDB Local, django-allauth on PostgreSQL and SQLite, under waitress.

A sign-in sends a code, reads it from the mail, and verifies it. Each site is one process with eight threads and keeps
its mails in place of sending them. Each client waits for a response before its next request. All of it shares one
machine. Each site is warmed up until its rate is steady: DynamoDB Local, a Java program, starts slowly.
"""

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from . import servers
from .figures import Figure

CLIENTS = (1, 8, 64)
SIGN_INS = 192  # per site and number of clients
WINDOW, STEADY, MOST_WARM_UP = 150, 0.05, 1500  # sign-ins; a share; sign-ins
ROOT = Path(__file__).parent.parent
people = count(1)


class Site:
    """A client of the API of one of the two sites."""

    def __init__(self, url: str) -> None:
        self.host = url.removeprefix("http://")

    def sign_in(self, address: str) -> None:
        raise NotImplementedError

    def ask(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        data = json.dumps(body) if body is not None else None
        connection.request(method, path, data, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content)

    def code(self, address: str) -> str:
        """The last code that was mailed, from `/bench/code`, which isn't part of the API."""
        return str(self.ask("GET", f"/bench/code?address={address}", None)[1]["code"])


class Ours(Site):
    def sign_in(self, address: str) -> None:
        status, _ = self.ask("POST", "/otp", {"action": "send_otp", "email": address})
        assert status == 200, status
        body = {"action": "verify_otp", "email": address, "otp": self.code(address)}
        status, told = self.ask("POST", "/otp", body)
        assert status == 200, told


class Allauth(Site):
    def sign_in(self, address: str) -> None:
        status, told = self.ask("POST", "/_allauth/app/v1/auth/code/request", {"email": address})
        assert status == 401, told
        token, code = told["meta"]["session_token"], self.code(address)
        status, told = self.ask(
            "POST", "/_allauth/app/v1/auth/code/confirm", {"code": code}, **{"X-Session-Token": token}
        )
        assert status == 200, told


def figures() -> list[Figure]:
    with servers.dynamodb() as dynamodb, servers.postgresql() as postgresql, ExitStack() as stack:
        sites: dict[str, Site] = {"ours": Ours(stack.enter_context(served("ours", dynamodb)))}
        if postgresql:
            sites["allauth on PostgreSQL"] = Allauth(stack.enter_context(served("allauth", postgresql)))
        sites["allauth on SQLite"] = Allauth(stack.enter_context(served("allauth", "")))
        warm = {name: warm_up(site) for name, site in sites.items()}
        found = []
        for clients in CLIENTS:
            taken = {name: load(site, clients, SIGN_INS) for name, site in sites.items()}
            for other in [name for name in sites if name != "ours"]:
                found += compared(clients, taken["ours"], taken[other], other, warm)
    return found


def warm_up(site: Site) -> int:
    """Sign in until a window's rate differs from the one before by less than STEADY. Returns the number of sign-ins."""
    rate, done = 0.0, 0
    while done < MOST_WARM_UP:
        before, rate = rate, load(site, 8, WINDOW)[0]
        done += WINDOW
        if before and abs(rate - before) < STEADY * rate:
            break
    return done


def served(name: str, database: str) -> Any:
    port = servers.free_port()
    command = [sys.executable, "-W", "ignore", "-m", "bench.serve", name, str(port), database]
    return servers.running(command, port, cwd=ROOT)


def load(site: Site, clients: int, sign_ins: int) -> tuple[float, list[float], int]:
    """Sign-ins a second, the seconds that each took, and how many failed."""
    addresses = [f"person{next(people)}@example.com" for _ in range(sign_ins)]

    def one(address: str) -> tuple[float, bool]:
        start = time.perf_counter()
        try:
            site.sign_in(address)
        except (AssertionError, OSError, ValueError, KeyError):
            return time.perf_counter() - start, False
        return time.perf_counter() - start, True

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(one, addresses))
    whole = time.perf_counter() - start
    return sign_ins / whole, [took for took, _ in results], sum(not fine for _, fine in results)


def compared(clients: int, ours: Any, theirs: Any, other: str, warm: dict[str, int]) -> list[Figure]:
    (rate, waits, failed), (their_rate, their_waits, their_failed) = ours, theirs
    cuts, their_cuts = quantiles(waits, n=100), quantiles(their_waits, n=100)
    note = f"after {warm['ours']} and {warm[other]} sign-ins of warm-up; {other} failed {their_failed} of {SIGN_INS}"
    who = f"with {clients} client{'s' if clients > 1 else ''}"
    target = {"allauth on PostgreSQL": 0.5 if clients == CLIENTS[-1] else 1}.get(other)
    return [
        Figure(f"sign-ins a second {who}: {other} / ours", their_rate / rate, "ratio", target, note),
        Figure(f"wait, 50th percentile, {who}: ours / {other}", cuts[49] / their_cuts[49], "ratio"),
        Figure(f"wait, 99th percentile, {who}: ours / {other}", cuts[98] / their_cuts[98], "ratio"),
        Figure(f"sign-ins that failed {who}", failed, "count", 0),
    ]
