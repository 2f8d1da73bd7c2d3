"""Sign-ins a second over HTTP: this project on DynamoDB Local, django-allauth on PostgreSQL and SQLite, under waitress.

A sign-in sends a code, reads it from the mail, and verifies it. Each site is one process with eight threads, which
keeps its mails. Each client waits for a response before its next request. All of it shares one machine.
Each site is warmed up until its rate is steady: DynamoDB Local, a Java program, starts slowly.
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from . import servers
from .figures import Figure

CLIENTS = (1, 8, 64)
SIGN_INS = 192  # per site and number of clients
WINDOW, STEADY, MOST_WARM_UP = 150, 0.05, 1500  # sign-ins; a share; sign-ins
ON_POSTGRESQL = "allauth on PostgreSQL"
STAT = Path("/proc/stat")
ROOT = Path(__file__).parent.parent
HEADERS = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
people = count(1)


class Site:
    """A client of the API of one of the two sites."""

    def __init__(self, url: str) -> None:
        self.host = url.removeprefix("http://")

    def sign_in(self, address: str) -> None:
        raise NotImplementedError

    def ask(self, path: str, body: Any, **headers: str) -> tuple[int, Any, str]:
        """The status, the body, and the code that was mailed, if any."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request("POST" if body else "GET", path, json.dumps(body), {**HEADERS, **headers})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content), response.headers.get("X-Code", "")

    def cpu(self) -> float:
        """The CPU seconds of the site's process. SQLite runs in it; DynamoDB Local and PostgreSQL don't."""
        return float(self.ask("/bench/cpu", None)[1])


class Ours(Site):
    def sign_in(self, address: str) -> None:
        status, told, code = self.ask("/otp", {"action": "send_otp", "email": address})
        assert status == 200, told
        status, told, _ = self.ask("/otp", {"action": "verify_otp", "email": address, "otp": code})
        assert status == 200, told


class Allauth(Site):
    def sign_in(self, address: str) -> None:
        status, told, code = self.ask("/_allauth/app/v1/auth/code/request", {"email": address})
        assert status == 401, told
        session = {"X-Session-Token": told["meta"]["session_token"]}
        status, told, _ = self.ask("/_allauth/app/v1/auth/code/confirm", {"code": code}, **session)
        assert status == 200, told


def figures() -> list[Figure]:
    with servers.dynamodb() as dynamodb, servers.postgresql() as postgresql, ExitStack() as stack:
        sites: dict[str, Site] = {"ours": Ours(stack.enter_context(served("ours", dynamodb)))}
        if postgresql:
            sites[ON_POSTGRESQL] = Allauth(stack.enter_context(served("allauth", postgresql)))
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
        before, taken = rate, load(site, 8, WINDOW)
        if taken.failed:
            raise RuntimeError(f"{taken.failed} of {WINDOW} sign-ins failed")
        rate = taken.rate
        done += WINDOW
        if before and abs(rate - before) < STEADY * rate:
            break
    return done


def served(name: str, database: str) -> Any:
    port = servers.free_port()
    command = [sys.executable, "-W", "ignore", "-m", "bench.serve", name, str(port), database]
    return servers.running(command, port, cwd=ROOT)


@dataclass(frozen=True)
class Taken:
    """What a number of sign-ins took."""

    rate: float  # sign-ins a second
    waits: list[float]  # seconds, of each
    failed: int
    cpu: float  # seconds of the site's process for each
    all_cpu: float  # seconds of all processes of the machine for each: also those of the database and of the clients


def load(site: Site, clients: int, sign_ins: int) -> Taken:
    addresses = [f"person{next(people)}@example.com" for _ in range(sign_ins)]

    def one(address: str) -> tuple[float, bool]:
        start = time.perf_counter()
        try:
            site.sign_in(address)
        except (AssertionError, OSError, ValueError, KeyError):
            return time.perf_counter() - start, False
        return time.perf_counter() - start, True

    cpu = site.cpu()
    start, all_cpu = time.perf_counter(), cpu_of_machine()
    with ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(one, addresses))
    whole, all_cpu = time.perf_counter() - start, cpu_of_machine() - all_cpu
    cpu = site.cpu() - cpu
    failed = sum(not fine for _, fine in results)
    return Taken(sign_ins / whole, [took for took, _ in results], failed, cpu / sign_ins, all_cpu / sign_ins)


def cpu_of_machine() -> float:
    """The CPU seconds of all processes since the machine started; 0 where there is no /proc."""
    if not STAT.exists():
        return 0.0
    user, nice, system, _idle, _waiting, *interrupts = map(int, STAT.read_text().splitlines()[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def named(clients: int) -> str:
    return f"{clients} client{'s' if clients > 1 else ''}"


def compared(clients: int, ours: Taken, theirs: Taken, other: str, warm: dict[str, int]) -> list[Figure]:
    cuts, their_cuts = quantiles(ours.waits, n=100), quantiles(theirs.waits, n=100)
    note = f"after {warm['ours']} and {warm[other]} sign-ins of warm-up"
    who = f"with {named(clients)}"
    most = (0.5 if clients == CLIENTS[-1] else 1) if other == ON_POSTGRESQL else None
    return [
        Figure(f"sign-ins a second {who}: {other} / ours", theirs.rate / ours.rate, "ratio", most, note),
        *(compared_cpu(ours, theirs, who) if other == ON_POSTGRESQL else ()),
        Figure(f"wait, 50th percentile, {who}: ours / {other}", cuts[49] / their_cuts[49], "ratio"),
        Figure(f"wait, 99th percentile, {who}: ours / {other}", cuts[98] / their_cuts[98], "ratio"),
        Figure(f"sign-ins that failed {who}: ours, and {other}", ours.failed + theirs.failed, "count", 0),
    ]


def compared_cpu(ours: Taken, theirs: Taken, who: str) -> Iterator[Figure]:
    cpu = f"{1000 * ours.cpu:.1f} ms against {1000 * theirs.cpu:.1f} ms here"
    yield Figure(f"CPU of the site per sign-in {who}: ours / {ON_POSTGRESQL}", ours.cpu / theirs.cpu, "ratio", 0.5, cpu)
    if theirs.all_cpu:
        cpu = f"{1000 * ours.all_cpu:.1f} ms against {1000 * theirs.all_cpu:.1f} ms here, on {os.cpu_count()} cores"
        name = f"CPU of all processes per sign-in {who}: ours / {ON_POSTGRESQL}"
        yield Figure(name, ours.all_cpu / theirs.all_cpu, "ratio", note=cpu)
