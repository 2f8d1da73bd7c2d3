"""Arguments and side effects of querysets that have to be the same as in Django."""

import pytest
from django.db import transaction
from django.db.models import Max, Min

from .events import DAY, at, event
from .models import Event, Session


def test_arguments_that_django_checks_are_checked(tied):
    with pytest.raises(ValueError, match="positive"):
        Event.objects.bulk_create([event(9)], batch_size=-1)
    with pytest.raises(ValueError, match="page of 0"):
        tied.order_by("at").page(0)
    nobody = Event.objects.filter(person="eve")
    assert nobody.aggregate(first=Min("at", default=DAY)) == {"first": DAY}
    assert nobody.aggregate(Max("number", default=3)) == {"number__max": 3}
    assert tied.dates("at", "day") == [DAY.date()]
    assert tied.defer("number").only("number").order_by("at")[0].get_deferred_fields() == set()
    assert tied.update() == 0


def test_what_is_deleted_has_no_key_any_more(tied):
    gone = tied.order_by("at")[0]
    gone.delete()
    assert gone.pk is None
    session = Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    session.delete()
    assert (session.pk, session.subject) == (None, None)


def test_an_inner_block_that_fails_drops_no_callback_of_the_outer():
    ran = []
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("outer"))
        with pytest.raises(ValueError, match="no"), transaction.atomic():  # noqa: PT012
            transaction.on_commit(lambda: ran.append("inner"))
            raise ValueError("no")
    assert ran == ["outer"]
