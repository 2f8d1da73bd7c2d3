"""Django's QuerySet over DynamoDB.

It keeps Django's own query tree, so filters, ordering, slices and pickling are inherited; the planner reads the tree.
What DynamoDB cannot do raises NotSupportedError.
"""

from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from itertools import islice
from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Max, Min, Q
from django.db.utils import DEFAULT_DB_ALIAS, NotSupportedError
from django.utils import timezone

from . import explaining, paging, reading
from .client import ConditionFailed
from .keys import key_fields, pk_in, possible_key
from .operations import TRANSACTION, Delete, Put, Update, transact
from .paging import Page
from .periods import periods
from .planner import ByKey, plan_query
from .rows import ROWS
from .values import aware


def unsupported(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotSupportedError(f"{self.model.__name__}: DynamoDB has no {name}()")

    return method


def writes(method: Any) -> Any:
    """Marks a method that templates must not call."""
    method.alters_data = True
    return method


class QuerySet(models.QuerySet):
    """The part of Django's QuerySet that DynamoDB can serve, and `page()`."""

    @property
    def _iterable_class(self) -> Any:
        return self._rows

    @_iterable_class.setter
    def _iterable_class(self, wanted: Any) -> None:
        # Django sets its own classes in several places, also when unpickling. ROWS has the counterpart of each.
        self._rows = ROWS.get(wanted, wanted)

    # -- reading -----------------------------------------------------------------------------------------------------

    def page(self, size: int, *, after: str | None = None, before: str | None = None) -> Page:
        """A page of `size` items: the first one, or the one after or before a cursor of another page.

        It takes one request per partition, and up to ten more with a filter that no index serves. The result of a
        query by keys is a single page. An empty cursor counts as none. Raises InvalidCursor.
        """
        if self.query.is_sliced:
            raise TypeError("Cannot page through a slice.")
        if size < 1:
            raise ValueError(f"a page of {size} items")
        rows = self._iterable_class(self)
        plan = plan_query(self.query, rows.fields())
        page = Page(list(reading.items(plan))) if isinstance(plan, ByKey) else paging.page(plan, size, after, before)
        return replace(page, items=list(rows.of(page.items)))

    def count(self) -> int:
        """The exact number of items. Reads them all, or up to the end of a slice.

        Raises NotSupportedError if it would read more than 10,000 from an index.
        """
        if self._result_cache is not None:
            return len(self._result_cache)
        query = self._unordered().query
        return max(reading.count(plan_query(query, ()), query.high_mark) - query.low_mark, 0)

    def exists(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        query = self._unordered()[:1].query
        return any(islice(reading.items(plan_query(query, ()), query.high_mark), query.low_mark, query.high_mark))

    def _unordered(self) -> Any:
        """A copy without an ordering, so that any index that finds the items can be used."""
        clone = self._chain()
        clone.query.clear_ordering(force=True)
        return clone

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`Min` and `Max` of an index's sort key, from its first and its last item."""
        return {name: self._extreme(each) for name, each in {**{a.default_alias: a for a in args}, **kwargs}.items()}

    def _extreme(self, wanted: Any) -> Any:
        plain = isinstance(wanted, (Min, Max)) and wanted.filter is None and not wanted.distinct
        if not (plain and isinstance(source := wanted.get_source_expressions()[0], F)):
            raise NotSupportedError(f"{self.model.__name__}: DynamoDB aggregates only Min and Max of a field")
        having = self.filter(**{f"{source.name}__isnull": False})  # as in SQL, which ignores nulls
        first = having.order_by(f"-{source.name}" if isinstance(wanted, Max) else source.name)
        found = first.values_list(source.name, flat=True).first()
        return getattr(wanted, "default", None) if found is None else found

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> list[date]:
        """Every year, month, week or day from that of the first item to that of the last, also those without items."""
        ends = self.aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        found = list(periods(_day(ends["first"]), _day(ends["last"]), kind))
        return found[::-1] if order == "DESC" else found

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: tzinfo | None = None) -> list[datetime]:
        """As `dates`, for a datetime field: midnights in the time zone."""
        zone = tzinfo or timezone.get_current_timezone()
        ends = self.aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        first, last = (ends[end].astimezone(zone).date() for end in ("first", "last"))
        found = [datetime.combine(day, time.min, zone) for day in periods(first, last, kind)]
        return found[::-1] if order == "DESC" else found

    def explain(self, **options: Any) -> str:
        """The plan as text: operation, index, key, filter and number of requests. Makes no request."""
        return explaining.explain(plan_query(self.query))

    def using(self, alias: str | None) -> Any:
        if alias not in (None, DEFAULT_DB_ALIAS):
            raise NotSupportedError(f"{self.model.__name__}: there is no database {alias!r} but DynamoDB, the default")
        return super().using(alias)

    def _filter_or_exclude_inplace(self, negate: bool, args: Any, kwargs: Any) -> None:
        for value in Q(*args, **kwargs).flatten():
            for each in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(each, datetime):
                    aware(each)
        super()._filter_or_exclude_inplace(negate, args, kwargs)

    # -- writing -----------------------------------------------------------------------------------------------------

    @writes
    def update(self, **changes: Any) -> int:
        """Update each item with a conditional write of its own, if it still meets the filter. Returns their number.

        If the filter has the key, this is a single request without a read: a compare-and-swap that returns 1 or 0.
        """
        return self._each(lambda pk, when: Update(self.model, pk, changes, when)) if changes else 0

    @writes
    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete each item with a conditional write of its own, if it still meets the filter. Sends no signals."""
        deleted = self._each(lambda pk, when: Delete(self.model, pk, when))
        return deleted, {self.model._meta.label: deleted} if deleted else {}

    delete.queryset_only = True

    def _each(self, operation: Any) -> int:
        if self.query.is_sliced or self._fields is not None:
            raise TypeError("Cannot write to a slice, or to values().")
        plan = plan_query(self._unordered().query, ())
        if isinstance(plan, ByKey):
            keys, rest = [key for key in plan.keys if possible_key(self.model, key)], plan.rest
        else:
            keys, rest = [pk_in(self.model, item) for item in reading.items(plan)], plan.where
        self._result_cache = None
        return sum(_done(operation(key, Q(pk__isnull=False) & rest)) for key in keys)

    def _update(self, values: Any, returning_fields: Any = None) -> Any:
        """Called by `Model.save()`. Returns the number of updated items, or from Django 6 on an empty row for each."""
        own = key_fields(self.model)
        updated = self.update(**{field.name: value for field, _, value in values if field not in own})
        return updated if returning_fields is None else [()] * updated

    _update.alters_data, _update.queryset_only = True, False  # type: ignore[attr-defined]

    def _insert(self, objs: list[Any], *args: Any, raw: bool = False, **kwargs: Any) -> list[Any]:
        """Called by `Model.save()`; with `raw` for fixtures. Raises IntegrityError if the key exists."""
        for obj in objs:
            try:
                Put(obj, when=Q(pk__isnull=True), raw=raw).run()
            except ConditionFailed as error:
                raise ConditionFailed(f"{self.model.__name__}: an item with this key exists", error.old) from error
        return []

    _insert.alters_data, _insert.queryset_only = True, False  # type: ignore[attr-defined]

    @writes
    def bulk_create(self, objs: Any, batch_size: int | None = None, **options: Any) -> list[Any]:
        """Insert items, in transactions of a hundred. Raises IntegrityError if a key exists.

        `operations.batch_put` costs half as much, and replaces existing items.
        """
        if any(options.values()):
            raise NotSupportedError(f"{self.model.__name__}: DynamoDB has no bulk_create() with {', '.join(options)}")
        if batch_size is not None and batch_size <= 0:
            raise ValueError("Batch size must be a positive integer.")
        objs, size = list(objs), min(batch_size or TRANSACTION, TRANSACTION)
        for start in range(0, len(objs), size):
            batch = objs[start : start + size]
            transact(*(Put(obj, when=Q(pk__isnull=True)) for obj in batch))
            for obj in batch:
                obj._state.adding, obj._state.db = False, DEFAULT_DB_ALIAS
        return objs

    @writes
    def get_or_create(self, defaults: Any = None, **kwargs: Any) -> tuple[Any, bool]:
        """By key only. An index may lack an item that was created a moment ago, and then there would be two."""
        key = {field.name for field in key_fields(self.model)}
        if kwargs.keys().isdisjoint({"pk", self.model._meta.pk.name}) and not kwargs.keys() >= key:
            raise NotSupportedError(f"{self.model.__name__}: get_or_create() needs the primary key")
        return super().get_or_create(defaults, **kwargs)

    # -- unsupported methods -----------------------------------------------------------------------------------------

    alias = unsupported("alias")
    annotate = unsupported("annotate")
    bulk_update = unsupported("bulk_update")
    difference = unsupported("difference")
    distinct = unsupported("distinct")
    extra = unsupported("extra")
    intersection = unsupported("intersection")
    prefetch_related = unsupported("prefetch_related")
    raw = unsupported("raw")
    select_for_update = unsupported("select_for_update")
    select_related = unsupported("select_related")
    union = unsupported("union")
    update_or_create = unsupported("update_or_create")


def _day(value: date) -> date:
    """A date, or a datetime's date in the current time zone."""
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _done(operation: Update | Delete) -> bool:
    try:
        operation.run()
    except ConditionFailed:
        return False
    return True
