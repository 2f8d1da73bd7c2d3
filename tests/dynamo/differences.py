"""Names the row of the table of differences that a test shows."""

from collections.abc import Callable
from typing import Any

tests: dict[str, str] = {}


def row(cell: str) -> Callable[[Any], Any]:
    """Marks the test of the row that begins with this cell."""

    def mark(test: Any) -> Any:
        tests[cell] = test.__name__
        return test

    return mark
