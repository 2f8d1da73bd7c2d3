"""The tables' being slow, throttled or away, told to callers as what it is: worth trying again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.utils import OperationalError

from .exceptions import Unavailable


@contextmanager
def storage() -> Iterator[None]:
    """Around whatever uses the tables, as `with storage():` or `@storage()`. Raises Unavailable."""
    try:
        yield
    except OperationalError as error:
        raise Unavailable from error
