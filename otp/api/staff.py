"""The JSON API for staff: the sign-in log and its figures, read-only, with no more than the admin shows.

Imported on the first such request, so that sign-ins start without it.
"""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from otp.conf import conf
from otp.delivery import addresses, phones
from otp.dynamo.paging import InvalidCursor
from otp.exceptions import CursorInvalid, ParameterInvalid, StaffOnly, translate_storage_errors
from otp.models import LogEntry
from otp.outcomes import Outcome
from otp.stats.counts import FIGURES
from otp.stats.rollup import DEFAULT_RANGE, RANGES, stats

from .http import json_response, json_view
from .tokens import bearer

PAGE_SIZE = 50


@json_view("GET", "HEAD")
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of the admin's analytics page, for ?range=24h, 7d or 30d."""
    check_reader(request)
    wanted = parameter(request, "range")
    name = DEFAULT_RANGE if wanted is None else one_of("range", wanted, RANGES)
    with translate_storage_errors():
        result = stats(name)
    titles = {name: {"title": title, "unit": unit} for name, (title, unit) in FIGURES.items()}
    return json_response(200, message=_("Figures from the log"), code="figures", figures=titles, **result)


@json_view("GET", "HEAD")
def log(request: HttpRequest) -> HttpResponse:
    """The log, newest first, filtered by ?outcome and ?address. `next` is the ?cursor of the next page, or null.

    With both filters, or with the outcome of a success, a page may be short and still have a next one.
    """
    check_reader(request)
    page = read(filters(request), parameter(request, "cursor"))
    return json_response(
        200,
        message=_("Entries of the log"),
        code="log",
        entries=[as_json(entry) for entry in page.items],
        next=page.next,
        outcomes={each.value: each.label for each in Outcome},
    )


@translate_storage_errors()
def read(wanted: dict[str, str], cursor: str | None) -> Any:
    try:
        newest_first = "-entry_id" if "address" in wanted else "-created_at"
        return LogEntry.objects.filter(**wanted).order_by(newest_first).page(PAGE_SIZE, after=cursor)
    except InvalidCursor as error:
        raise CursorInvalid from error


def as_json(entry: LogEntry) -> dict[str, Any]:
    names = ("created_at", "outcome", "address", "channel", "flow", "client", "network", "error", "delivery")
    return {name: getattr(entry, name) for name in names}


# -- reading a request -----------------------------------------------------------------------------


def check_reader(request: HttpRequest) -> None:
    """Raises TokenInvalid, or StaffOnly if the account has no role at this moment."""
    if not bearer(request).has_perm("otp.view_logentry"):
        raise StaffOnly


def filters(request: HttpRequest) -> dict[str, str]:
    outcome, address = parameter(request, "outcome"), parameter(request, "address")
    wanted: dict[str, str] = {}
    if outcome is not None:
        wanted |= LogEntry.with_outcome(one_of("outcome", outcome, [*Outcome]))
    if address is not None:
        kind = phones if conf.sms and "@" not in address else addresses
        wanted["address"] = kind.canonical(address)
    return wanted


def parameter(request: HttpRequest, name: str) -> str | None:
    """A parameter of the query string, or None. Raises ParameterInvalid if it is repeated."""
    given = request.GET.getlist(name)
    if len(given) > 1:
        raise ParameterInvalid(_("%(name)s may be given only once") % {"name": name})
    return given[0] if given else None


def one_of(name: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ParameterInvalid(_("%(name)s must be one of: %(values)s") % {"name": name, "values": ", ".join(known)})
    return value


urlpatterns = [path("figures", figures, name="figures"), path("log", log, name="log")]
