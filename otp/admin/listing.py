"""How the admin's lists are paged and filtered. Each page costs one query: a cursor, at most one filter, no counts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from otp.conf import conf
from otp.dynamo.paging import InvalidCursor
from otp.dynamo.periods import periods

CURSORS = ("after", "before")
DATES = ("year", "month", "day")


class Facet(admin.SimpleListFilter):
    """A filter by one value. Choosing one drops the other filters, but keeps the search."""

    values: Sequence[tuple[str, str]] = ()

    @classmethod
    def accepts(cls, value: str) -> bool:
        return value in dict(cls.values)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return self.values

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        others = [facet.parameter_name for facet in changelist.list_filter]
        for value, title in ((None, "All"), *self.lookup_choices):
            link = changelist.get_query_string({self.parameter_name: value}, remove=others)
            yield {"selected": value == self.value(), "query_string": link, "display": title}


def facet(name: str, values: Sequence[tuple[str, str]]) -> type[Facet]:
    """A filter by one field of the model; `values` are (value, label) pairs."""
    return type(f"{name}Facet", (Facet,), {"title": name, "parameter_name": name, "values": values})


def supported(query: QueryDict, facets: Sequence[type[Facet]], dates: str | None) -> QueryDict:
    """The parameters of a query string that a list supports: a search, one filter, a date, and a cursor.

    All others are dropped: a second filter, and the stock admin's sorting and lookups, which no index serves.
    `dates` is the field of the date hierarchy, or None.
    """
    values = query.dict()
    known = {each.parameter_name for each in facets if each.accepts(values.get(each.parameter_name, ""))}
    chosen = {SEARCH_VAR, *sorted(known)[:1]} if values.get(SEARCH_VAR) else set(sorted(known)[:1])
    drill = {f"{dates}__{part}" for part in DATES[: len(_drilled(values, dates))]} if dates else set()
    kept = QueryDict(mutable=True)
    kept.update({name: values[name] for name in values if name in {*chosen, *drill, *CURSORS, ERROR_FLAG}})
    return kept


def _drilled(values: dict[str, Any], field: str) -> tuple[int, ...]:
    """(year,), (year, month) or (year, month, day) from the query; () if they aren't a valid date."""
    parts = takewhile(bool, (values.get(f"{field}__{part}", "") for part in DATES))
    try:
        numbers = tuple(int(part) for part in parts)
        date(*numbers, *(1, 1, 1)[len(numbers) :])
    except (TypeError, ValueError):
        return ()
    return numbers if numbers and 2000 <= numbers[0] <= 9000 else ()


class CursorChangeList(ChangeList):
    """A change list that is paged by cursor. Its date hierarchy is computed from OTP_LOG_DAYS, without a query."""

    newer_url = older_url = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        self.cursors = {name: self.params.pop(name, None) for name in CURSORS}
        for name in CURSORS:
            self.filter_params.pop(name, None)  # only the links to the next and previous page keep a cursor
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        try:
            page = self.queryset.page(self.list_per_page, **self.cursors)
        except InvalidCursor as error:
            raise IncorrectLookupParameters from error
        self.result_list = page.items
        for each in page.items:
            each.list_of = self.list_of
        # Nothing is counted, so "Select all 20,000" can't be offered.
        self.result_count = self.full_result_count = len(page.items)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(page.items)
        self.paginator = None
        self.newer_url = page.previous and self.get_query_string({"before": page.previous})
        self.older_url = page.next and self.get_query_string({"after": page.next})

    def list_of(self, address: str) -> str:
        """The query string for the same list of one address, with the filter and the date that are chosen."""
        return self.get_query_string({SEARCH_VAR: address})

    def drill(self) -> dict[str, Any]:
        """The context of `admin/date_hierarchy.html`: the months that the log covers, or the days of one month."""
        today = timezone.localdate()
        first = today - timedelta(days=conf.log_days)
        match _drilled(self.params, self.date_hierarchy):
            case (year, month):
                days = (day for day in periods(first, today, "day") if (day.year, day.month) == (year, month))
                return {
                    "back": self._choice("All dates"),
                    "choices": [self._choice(f"{day:%-d %B}", day, 3) for day in days],
                }
            case (year, month, day):
                chosen = date(year, month, day)
                back = self._choice(f"{chosen:%B %Y}", chosen, 2)
                return {"back": back, "choices": [{"title": f"{chosen:%-d %B}"}]}
        months = periods(first, today, "month")
        return {"back": None, "choices": [self._choice(f"{month:%B %Y}", month, 2) for month in months]}

    def _choice(self, title: str, day: date | None = None, depth: int = 0) -> dict[str, str]:
        parts = zip(DATES, (day.year, day.month, day.day), strict=True) if day else ()
        chosen = {f"{self.date_hierarchy}__{part}": value for part, value in [*parts][:depth]}
        return {"title": title, "link": self.get_query_string(chosen, remove=[f"{self.date_hierarchy}__"])}
