"""A database in SQLite beside DynamoDB, on which stock Django runs the same queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

ALIAS = "sqlite"


@contextmanager
def sqlite() -> Iterator[Any]:
    """Its connection. LIKE minds the case there, as DynamoDB does."""
    settings = connections.configure_settings({"default": {}, ALIAS: {"ENGINE": "x", "NAME": ":memory:"}})[ALIAS]
    connection = DatabaseWrapper(settings, ALIAS)
    connections.settings[ALIAS] = settings
    connections[ALIAS] = connection
    connection.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA case_sensitive_like = ON")
        yield connection
    finally:
        connection.connection.close()  # Django's close() leaves a database in memory open
        del connections[ALIAS], connections.settings[ALIAS]
