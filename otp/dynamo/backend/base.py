"""A database engine without a database: `atomic()` passes, SQL raises.

Django's own code wraps much in `transaction.atomic()`, the admin each of its POSTs. There is nothing to begin, commit
or roll back here: what must happen together goes into `operations.transact()`.
"""

from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.dummy import base as dummy
from django.db.utils import NotSupportedError


class NoSQLDatabase(NotSupportedError, ImproperlyConfigured):
    """Somebody asked for SQL. Also an ImproperlyConfigured, which tells `runserver` not to look for migrations."""


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise NoSQLDatabase("there is no SQL database here: only models of otp.dynamo can be read and written")


class DatabaseOperations(dummy.DatabaseOperations):
    compiler = refuse
    quote_name = refuse


class DatabaseFeatures(dummy.DummyDatabaseFeatures):
    # An error inside an inner block, which its caller survives, drops the callbacks of that block and of no other.
    uses_savepoints = True


class DatabaseWrapper(dummy.DatabaseWrapper):
    vendor = "dynamodb"
    display_name = "DynamoDB"
    ops_class = DatabaseOperations
    features_class = DatabaseFeatures
    _cursor = refuse
    ensure_connection = dummy.ignore
    _commit = dummy.ignore
    _savepoint_commit = dummy.ignore
    _set_autocommit = dummy.ignore

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True  # else Django takes every block for one that somebody opened by hand
