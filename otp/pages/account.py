"""The account pages: sessions and their end, exporting one's data, deleting the account."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _  # messages are stored, so they are translated now

from otp.accounts import own
from otp.accounts.export import export as export_of
from otp.browsers import browser_in_words
from otp.conf import conf
from otp.delivery.channels import channel_name
from otp.models import Account, Session
from otp.signin import devices

from . import texts
from .forms import SessionForm
from .responses import render_page

SHOWN = 30  # sessions; a program may open one with each sign-in


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The account with its sessions, this browser's first."""
    valid = own.sessions(signed_in(request))
    browsers = {each.sid for each in valid}
    sessions = once_for_each_client(each for each in valid if not each.client or each.is_open_to_client(browsers))
    here = signed_in(request).session.sid
    lines = [SessionLine.of(session, here=session.sid == here) for session in sessions]
    lines.sort(key=lambda line: not line.here)
    shown = {"sessions": lines[:SHOWN], "more": len(lines[SHOWN:])}
    return render_page(request, "account.html", {**shown, **addresses_of(signed_in(request))})


def once_for_each_client(sessions: Iterable[Session]) -> list[Session]:
    """Without the sessions of an application after its first. It has one for each time that it signed somebody in."""
    firsts: dict[str, Session] = {}
    for session in sessions:
        firsts.setdefault(session.client or session.sid, session)
    return list(firsts.values())


def addresses_of(account: Account) -> dict[str, Any]:
    """The addresses, each with the query string of the page that changes it, and the kind that can be added, if any.

    Phone numbers can only be changed or added if OTP_SMS is on.
    """
    kinds = {channel_name(address) for address in account.addresses}
    changed_by = {"email": "", "sms": "?by=phone"} if conf.sms else {"email": ""}
    return {
        "addresses": [(address, changed_by.get(channel_name(address))) for address in account.addresses],
        "addable": next((kind for kind in changed_by if kind not in kinds), None),
    }


@dataclass(frozen=True)
class SessionLine:
    """A session as the page shows it. No text of its User-Agent is repeated: see `browsers`."""

    sid: str
    client: str | None  # the id of an application, whose sessions end together
    name: str
    when: str
    here: bool

    @property
    def label(self) -> str:
        """Distinguishes it from other sessions of the same browser."""
        return f"{self.name}, {self.when}"

    @classmethod
    def of(cls, session: Session, *, here: bool) -> "SessionLine":
        unknown = _("Unknown browser") if session.kind == Session.Kind.BROWSER else _("An app")
        name = texts.client_names().get(session.client) or browser_in_words(session.user_agent) or unknown
        return cls(session.sid, session.client, name, texts.used(session, here=here), here)


def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session. By POST only: a GET shows the page with the button."""
    if request.method != "POST":
        return redirect("account")
    logout(request)
    messages.success(request, _("You have signed out."))
    return redirect("sign-in")


def end_session(request: HttpRequest) -> HttpResponse:
    """End one session of the account, or those of one application, by the id that the page lists. By POST only."""
    if request.method == "POST" and request.user.is_authenticated:
        form = SessionForm(request.POST)
        if form.is_valid() and any(form.cleaned_data.values()):
            if client := form.cleaned_data["client"]:
                own.end_client(signed_in(request), client)
            else:
                own.end_session(signed_in(request), form.cleaned_data["session"])
            messages.success(request, _("That session has ended."))
    return redirect("account")


def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of the account but this one. By POST only."""
    response = redirect("account")
    if request.method == "POST" and request.user.is_authenticated:
        own.end_other_sessions(signed_in(request))
        devices.remember(request, response, signed_in(request).session)  # with the others, this browser was forgotten
        messages.success(request, _("You have signed out everywhere else."))
    return response


@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Everything stored about the person, as a JSON file."""
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return JsonResponse(export_of(signed_in(request)), headers=headers, json_dumps_params={"indent": 2})


@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Ask for confirmation; on POST, delete the account."""
    if request.method != "POST":
        return render_page(request, "delete.html", {"log_days": conf.log_days})
    try:
        own.delete(signed_in(request))
    except own.LastSuperuser:
        messages.error(request, _("You are the only superuser. Make somebody else one first."))
        return redirect("account")
    logout(request)
    messages.success(request, _("Your account has been deleted."))
    return redirect("sign-in")


def signed_in(request: HttpRequest) -> Account:
    """The account of a request whose user is authenticated."""
    return cast(Account, request.user)
