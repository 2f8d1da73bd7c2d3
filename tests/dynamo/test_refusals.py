"""Queries that no index serves and methods that DynamoDB lacks raise errors that say so."""

import pytest
from django.db.models import F, Q
from django.db.utils import NotSupportedError

from .events import DAY
from .models import Event, Note


def test_the_error_for_an_unserved_query_names_the_indexes():
    with pytest.raises(NotSupportedError) as refusal:
        list(Event.objects.filter(size=1, person="ann").order_by("-kind"))
    assert str(refusal.value) == (
        "Event: no index serves a filter on person, size in the order of -kind. Primary key: id. "
        "Indexes: by_time (all, at), by_kind (of_kind, at), by_person (person, at), by_number (person, number), "
        "by_id (person, id), by_room (room)"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Note.objects.all(),
        lambda: Note.objects.filter(text="a"),
        lambda: Event.objects.filter(kind__iexact="sent", pk="1"),
        lambda: Event.objects.filter(at__year=2026, person="ann"),
        lambda: Event.objects.filter(person="ann", number=F("size") + 1),
        lambda: Event.objects.filter(person="ann", number__lte=F("number")),
        lambda: Event.objects.filter(pk__in=Event.objects.filter(person="ann")),
        lambda: Event.objects.filter(person="ann").order_by("?"),
        lambda: Event.objects.filter(person="ann").order_by("size"),
        lambda: Event.objects.filter(person="ann", number__in=[1, 2]).order_by("number"),
        lambda: Event.objects.filter(Q(person="ann") | Q(person="bob")).order_by("number"),
        lambda: Event.objects.filter(Q(person="ann") ^ Q(kind="sent"), pk="1"),
        lambda: Event.objects.using("other"),
    ],
)
def test_unsupported_queries_raise(ask, tables, requests_log):
    with pytest.raises(NotSupportedError, match=r"Note|Event"):
        list(ask())
    assert requests_log.operations == []


@pytest.mark.parametrize(
    "name",
    [
        *("alias", "annotate", "bulk_update", "difference", "distinct", "extra", "intersection", "prefetch_related"),
        *("raw", "select_for_update", "select_related", "union", "update_or_create"),
    ],
)
def test_unsupported_methods_raise_by_name(name):
    with pytest.raises(NotSupportedError, match=rf"Event: DynamoDB has no {name}\(\)"):
        getattr(Event.objects.all(), name)()


def test_a_naive_datetime_is_refused_in_a_filter():
    naive = DAY.replace(tzinfo=None)
    for condition in (Q(at__gt=naive), ~Q(kind="sent", at__range=(DAY, naive))):
        with pytest.raises(ValueError, match="time zone"):
            Event.objects.filter(condition)
