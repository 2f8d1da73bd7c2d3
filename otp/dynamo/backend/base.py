"""A database engine without a database: `atomic()` runs its block, SQL raises.

Django's own code wraps much in `transaction.atomic()`, the admin each of its POSTs. There is nothing to begin, commit
or roll back here: what must happen together goes into `operations.transact()`.
"""

from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db.backends.dummy import base as dummy
from django.db.utils import NotSupportedError


class NoSQLDatabase(NotSupportedError, ImproperlyConfigured, CommandError):
    """Something needs SQL.

    Because it is an ImproperlyConfigured, `runserver` doesn't look for migrations. Because it is a CommandError, any
    command that needs SQL, such as `migrate`, `makemigrations` or `flush`, ends with its message, without a traceback.
    """


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise NoSQLDatabase(
        "there is no SQL database here: only models of otp.dynamo can be read and written, in tables that "
        "`manage.py dynamo_sync` makes instead of migrations"
    )


class DatabaseClient(dummy.DatabaseClient):
    runshell = refuse


class DatabaseOperations(dummy.DatabaseOperations):
    compiler = refuse
    quote_name = refuse


class DatabaseFeatures(dummy.DummyDatabaseFeatures):
    # An error in an inner block that the outer one catches drops the callbacks of that block only.
    uses_savepoints = True


class DatabaseWrapper(dummy.DatabaseWrapper):
    vendor = "dynamodb"
    display_name = "DynamoDB"
    client_class = DatabaseClient
    ops_class = DatabaseOperations
    features_class = DatabaseFeatures
    _cursor = refuse
    ensure_connection = dummy.ignore
    _commit = dummy.ignore
    _savepoint_commit = dummy.ignore
    _set_autocommit = dummy.ignore

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True  # otherwise Django treats every block as one inside a transaction opened by hand
