"""Processes killed during sends, under load: nobody is locked out for longer than one cooldown (threat 17)."""

import threading

import pytest
from botocore.httpsession import URLLib3Session

from otp.models import LogEntry
from tests.matrix.flows import COOLDOWN
from tests.support.api import answer, ask, mailed_code
from tests.support.network import Killed

PEOPLE, KILLS, REQUESTS = 60, 30, 4  # a send asks DynamoDB three times and SES once


@pytest.fixture
def kills(monkeypatch):
    """Maps a thread to (number, when): kill it "before" or "after" the AWS request with that number."""
    real, own = URLLib3Session.send, threading.local()

    def send(session, request):
        number, after = getattr(own, "at", (0, False))
        own.at = (number - 1, after)
        if number != 1:
            return real(session, request)
        if after:
            real(session, request)
        raise Killed

    monkeypatch.setattr(URLLib3Session, "send", send)
    return own


@pytest.mark.thorough
def test_thirty_kills_under_load_lock_nobody_out_for_longer_than_a_cooldown(storage, kills, clock, settings):
    settings.OTP_SENDS_PER_IP = 10**6
    killed, lock = [], threading.Lock()

    def first(person):
        if person < KILLS:
            kills.at = (1 + person % REQUESTS, person % 8 < REQUESTS)
        try:
            assert ask(f"person{person}@example.com", {"Idempotency-Key": str(person)}).status_code == 200
        except Killed:
            with lock:
                killed.append(person)

    in_threads(first)
    assert sorted(killed) == list(range(KILLS))
    clock.shift(COOLDOWN)
    refused = []

    def then(person):
        """Half of the users repeat their request, the others start again."""
        address = f"person{person}@example.com"
        key = {"Idempotency-Key": str(person)} if person % 3 else {}
        if ask(address, key).status_code != 200 or answer(mailed_code(address), address).status_code != 200:
            with lock:
                refused.append(person)

    in_threads(then)
    assert refused == []
    for person in range(PEOPLE):
        entries = LogEntry.objects.filter(address=f"person{person}@example.com").order_by("created_at")
        assert [entry.outcome for entry in entries].count("otp_verified") == 1


def in_threads(act):
    people = iter(range(PEOPLE))
    lock, faults = threading.Lock(), []

    def work():
        while True:
            with lock:
                person = next(people, None)
            if person is None:
                return
            try:
                act(person)
            except BaseException as fault:  # noqa: BLE001 - a thread's own would be lost
                faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
