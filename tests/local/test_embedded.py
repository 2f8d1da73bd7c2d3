"""The embedded AWS: one request at a time, and a sender that must be verified."""

from threading import Event, Lock, Thread

import pytest

from otp.local.embedded import OneAtATime
from tests.support.timeouts import TIMEOUT


class WatchedLock:
    """A lock that sets `contended` when a second thread waits for it."""

    def __init__(self):
        self.lock, self.contended = Lock(), Event()

    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            self.contended.set()
            self.lock.acquire()

    def __exit__(self, *error):
        self.lock.release()


def test_requests_are_served_one_at_a_time():
    running, most = [], []

    def application(environ, start_response):
        running.append(None)
        most.append(len(running))
        locked.lock.contended.wait(TIMEOUT)
        running.pop()
        return []

    locked = OneAtATime(application)
    locked.lock = WatchedLock()
    threads = [Thread(target=locked, args=({}, None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert locked.lock.contended.is_set()
    assert most == [1, 1]


def test_the_embedded_ses_refuses_a_sender_that_nobody_verified(send_mail):
    with pytest.raises(Exception, match="Did not have authority to send"):
        send_mail(from_email="stranger@elsewhere.example")
