"""The placeholder for a database: no SQL, and transactions that undo nothing."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, router, transaction
from django.db.utils import NotSupportedError

from .models import Note


@pytest.mark.parametrize(
    "ask",
    [
        lambda: connection.cursor(),
        lambda: list(ContentType.objects.all()),
        lambda: ContentType.objects.create(app_label="a", model="b"),
        lambda: ContentType.objects.filter(pk=1).update(model="b"),
        lambda: call_command("migrate", verbosity=0),
    ],
)
def test_sql_is_refused(ask):
    with pytest.raises(NotSupportedError, match="there is no SQL database here"):
        ask()


def test_atomic_passes_nested_and_durable():
    with transaction.atomic(durable=True), transaction.atomic(), transaction.atomic(savepoint=False):
        pass
    with transaction.atomic(using=router.db_for_write(Note)):
        pass


def test_on_commit_runs_when_the_outermost_block_is_left():
    ran = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append("inner"))
        assert ran == []
    assert ran == ["inner"]
    transaction.on_commit(lambda: ran.append("outside"))
    assert ran == ["inner", "outside"]


def test_on_commit_does_not_run_after_an_error_and_the_next_block_is_whole():
    ran = []
    with pytest.raises(ValueError, match="no"), transaction.atomic():  # noqa: PT012
        transaction.on_commit(lambda: ran.append("never"))
        raise ValueError("no")
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("next"))
    assert ran == ["next"]


def test_atomic_undoes_nothing(tables):
    with pytest.raises(ValueError, match="late"), transaction.atomic():  # noqa: PT012
        Note.objects.create(slug="a")
        raise ValueError("late")
    assert Note.objects.filter(pk="a").exists()


def test_closing_the_connection_makes_no_request(tables, requests_log):
    connection.close_if_unusable_or_obsolete()
    connection.close()
    with transaction.atomic():
        pass
    assert requests_log.operations == []
