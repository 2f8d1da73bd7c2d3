"""The partitions of a sharded listing are read side by side, up to a limit, and merged in order."""

import threading

import pytest
from django.db.utils import OperationalError

from otp.dynamo import reading
from tests.support.faults import faulty
from tests.support.network import unheard

from .events import event, ids, write
from .models import Event


@pytest.fixture
def under_way(monkeypatch):
    """How many requests were under way whenever one began. Each waits for two others, if there are as many."""
    call, lock, counts, running = reading.call, threading.Lock(), [], [0]
    meeting = threading.Barrier(3)

    def counted(operation, **request):
        with lock:
            running[0] += 1
            counts.append(running[0])
        try:
            if counted.meet:
                meeting.wait(timeout=30)  # broken if only one is asked at a time
            return call(operation, **request)
        finally:
            with lock:
                running[0] -= 1

    counted.meet = False
    monkeypatch.setattr(reading, "call", counted)
    return counted, counts


def test_three_shards_are_queried_at_the_same_time(tables, under_way):
    write(*[event(number) for number in range(30)])
    call, counts = under_way
    call.meet = True
    assert ids(Event.objects.order_by("-at")[:4]) == ["0029", "0028", "0027", "0026"]
    assert Event.objects.count() == 30
    assert max(counts) == 3


def test_no_more_than_the_limit_are_under_way(tables, under_way, monkeypatch):
    monkeypatch.setattr(reading, "PARALLEL", 2)
    write(*[event(number, person=str(number % 9)) for number in range(30)])
    _, counts = under_way
    assert len(Event.objects.filter(person__in=[str(n) for n in range(9)]).order_by("number")) == 30
    assert len(counts) == 9
    assert max(counts) <= 2


def test_one_partition_needs_no_thread(tables, monkeypatch):
    monkeypatch.setattr(reading, "ThreadPoolExecutor", None)
    write(event(1))
    assert ids(Event.objects.filter(person="ann").order_by("at")) == ["0001"]


def test_a_shard_that_cannot_be_read_fails_the_query(tables):
    write(event(1))
    with faulty("Query", unheard, unheard, unheard, unheard), pytest.raises(OperationalError):
        list(Event.objects.order_by("at"))
