"""The JSON API's part for staff: the log and its figures, to read. What may be seen is what the admin shows.

Nothing on the way of a sign-in imports it.
"""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from otp.conf import conf
from otp.delivery import addresses, phones
from otp.dynamo.paging import InvalidCursor
from otp.exceptions import InvalidRequest, PageNotFound, StaffOnly, translate_storage_errors
from otp.models import Attempt
from otp.outcomes import Outcome
from otp.stats.counts import FIGURES
from otp.stats.rollup import RANGES, stats

from .http import answer, json_view
from .tokens import bearer

FIRST = "24h"
PAGE = 50


@json_view("GET", "HEAD")
def figures(request: HttpRequest) -> HttpResponse:
    """What the admin's analytics page shows, of ?range=24h, 7d or 30d."""
    check_reader(request)
    wanted = parameter(request, "range")
    name = FIRST if wanted is None else one_of("range", wanted, RANGES)
    with translate_storage_errors():
        found = stats(name)
    titles = {name: {"title": title, "unit": unit} for name, (title, unit) in FIGURES.items()}
    return answer(200, message=_("The figures of the log"), code="figures", figures=titles, **found)


@json_view("GET", "HEAD")
def attempts(request: HttpRequest) -> HttpResponse:
    """The log, newest first: of ?outcome, of ?address, or of both; `next` is the ?cursor of the page after this.

    With both, the log of the address is looked through for the outcome: a page may be short and have a next.
    """
    check_reader(request)
    page = read(filters(request), parameter(request, "cursor"))
    return answer(
        200,
        message=_("The latest attempts"),
        code="attempts",
        attempts=[shown(attempt) for attempt in page.items],
        next=page.next,
        outcomes={each.value: each.label for each in Outcome},
    )


@translate_storage_errors()
def read(wanted: dict[str, str], cursor: str | None) -> Any:
    try:
        return Attempt.objects.filter(**wanted).order_by("-created_at").page(PAGE, after=cursor)
    except InvalidCursor as error:
        raise PageNotFound from error


def shown(attempt: Attempt) -> dict[str, Any]:
    names = ("created_at", "outcome", "address", "channel", "flow", "network")
    return {name: getattr(attempt, name) for name in names}


# -- reading a request -----------------------------------------------------------------------------


def check_reader(request: HttpRequest) -> None:
    """Raises TokenInvalid, or StaffOnly for whoever has no role at this moment, whatever the token was given for."""
    if not bearer(request).has_perm("otp.view_attempt"):
        raise StaffOnly


def filters(request: HttpRequest) -> dict[str, str]:
    outcome, address = parameter(request, "outcome"), parameter(request, "address")
    wanted = {}
    if outcome is not None:
        wanted["outcome"] = one_of("outcome", outcome, [*Outcome])
    if address is not None:
        kind = phones if conf.sms and "@" not in address else addresses
        wanted["address"] = kind.canonical(address)
    return wanted


def parameter(request: HttpRequest, name: str) -> str | None:
    """One of the query string. Raises InvalidRequest for one given twice: which was meant?"""
    given = request.GET.getlist(name)
    if len(given) > 1:
        raise InvalidRequest(_("Give %(name)s once") % {"name": name}, "parameter_invalid")
    return given[0] if given else None


def one_of(name: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        words = {"name": name, "values": ", ".join(known)}
        raise InvalidRequest(_("%(name)s takes one of: %(values)s") % words, "parameter_invalid")
    return value
