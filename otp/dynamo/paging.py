"""Pages of a listing. Each starts at a position in the index, so all pages cost the same."""

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing
from django.db.utils import NotSupportedError

from .client import Attributes
from .planner import ByIndex
from .reading import SIFT, Position, fetched, steps
from .values import Attribute

REQUESTS = 10  # per page, besides the first of each partition, if few items pass the filter

# The cursor of a page that has become empty: the end of the listing, in either direction.
END = Position(None, -1, {})


class InvalidCursor(ValueError):
    """A cursor that was changed, or made for another listing."""


@dataclass(frozen=True)
class Page:
    """A page of a queryset: its items, and the cursors of its neighbours (None where there is none).

    `capped` is true if reading stopped because few items passed the filter. The page may then be short or empty, and
    the next one in the same direction continues from there.
    """

    items: list[Any]
    next: str | None = None
    previous: str | None = None
    capped: bool = False


@dataclass(frozen=True)
class Read:
    """What was read in one direction: items with their positions, and where to continue; None at the end."""

    found: list[tuple[Position, Attributes]]
    resume: Position | None
    capped: bool


def page(plan: ByIndex, size: int, after: str | None, before: str | None) -> Page:
    """The stored items after or before a cursor. Raises InvalidCursor.

    Raises NotSupportedError for an order by key among items of equal sort keys, which would change at the edge of a
    page: DynamoDB reads such items in an order of its own.
    """
    if plan.ties:
        ordered_by = plan.index.range.name if plan.index.range else "nothing"
        raise NotSupportedError(f"{plan.model.__name__}: a page is ordered by {ordered_by} alone; drop the key")
    found = _listed(plan, size, after, before)
    return replace(found, items=list(fetched(plan, iter(found.items)))) if plan.fetched else found


def _listed(plan: ByIndex, size: int, after: str | None, before: str | None) -> Page:
    listing = _fingerprint(plan)
    if not before:
        start = _position(after, listing) if after else None
        read = _read(plan, size, start)
        first = read.found[0][0] if read.found else read.resume or END
        return _page(read, listing, read.resume, first if start else None)
    start = _position(before, listing)
    read = _read(replace(plan, descending=not plan.descending), size, start)
    read.found.reverse()
    return _page(read, listing, read.found[-1][0] if read.found else read.resume or END, read.resume)


def _page(read: Read, listing: str, following: Position | None, preceding: Position | None) -> Page:
    found = [item for _, item in read.found]
    return Page(found, _cursor(following, listing), _cursor(preceding, listing), read.capped)


def _read(plan: ByIndex, size: int, after: Position | None) -> Read:
    """Read `size` items, and one more to know whether there are more."""
    found: list[tuple[Position, Attributes]] = []
    requests = 0
    for position, item in steps(plan, SIFT if plan.rest else size + 1, after):
        if item is None:
            requests += 1
            if requests == REQUESTS:
                return Read(found, position, capped=True)
        elif len(found) == size:
            return Read(found, found[-1][0], capped=False)
        else:
            found.append((position, item))
    return Read(found, None, capped=False)


def _fingerprint(plan: ByIndex) -> str:
    """What a cursor is valid for: the model, the index, the filter and the ordering."""
    listing = (plan.model._meta.label, plan.index.name, plan.partitions, plan.range, str(plan.where), plan.descending)
    return "otp.dynamo.page " + hashlib.sha256(repr(listing).encode()).hexdigest()


def _cursor(position: Position | None, listing: str) -> str | None:
    if position is None:
        return None
    return signing.dumps(
        [_text(position.range), position.partition, {name: _text(each) for name, each in position.key.items()}],
        salt=listing,
    )


def _position(cursor: str, listing: str) -> Position | None:
    try:
        range_, partition, key = signing.loads(cursor, salt=listing)
    except signing.BadSignature as error:
        raise InvalidCursor("this cursor belongs to another listing, or was changed") from error
    if partition < 0:
        return None
    return Position(_attribute(range_), partition, {name: _attribute(each) or {} for name, each in key.items()})


def _text(attribute: Attribute | None) -> Attribute | None:
    """An attribute in a form that JSON supports: bytes in base64."""
    if attribute and "B" in attribute:
        return {"B": base64.b64encode(attribute["B"]).decode()}
    return attribute


def _attribute(text: Attribute | None) -> Attribute | None:
    if text and "B" in text:
        return {"B": base64.b64decode(text["B"])}
    return text
