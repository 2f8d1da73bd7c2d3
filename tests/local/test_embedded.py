from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest

from otp.local.embedded import OneAtATime


def test_an_application_behind_the_lock_never_runs_twice_at_once():
    meeting, met = Barrier(2), []

    def application(environ, start_response):
        with suppress(BrokenBarrierError):
            met.append(meeting.wait(timeout=0.2))
        return []

    locked = OneAtATime(application)
    threads = [Thread(target=locked, args=({}, None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []


def test_the_embedded_ses_refuses_a_sender_that_nobody_verified(send_mail):
    with pytest.raises(Exception, match="Did not have authority to send"):
        send_mail(from_email="stranger@elsewhere.example")
