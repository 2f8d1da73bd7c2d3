"""The account pages: signing out, exporting one's data, deleting the account."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _  # messages are stored, so they are translated now

from otp.accounts import own
from otp.conf import conf
from otp.models import Account

from .responses import render_page


@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render_page(request, "account.html")


def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session. By POST only: a GET leads to the page with the button."""
    if request.method != "POST":
        return redirect("account")
    logout(request)
    messages.success(request, _("You have signed out."))
    return redirect("sign-in")


def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account, this one included. By POST only."""
    if request.method != "POST" or not request.user.is_authenticated:
        return redirect("account")
    own.sign_out_everywhere(signed_in(request))
    logout(request)
    messages.success(request, _("You have signed out in every browser."))
    return redirect("sign-in")


@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Everything stored about the person, as a JSON file."""
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return JsonResponse(own.export(signed_in(request)), headers=headers, json_dumps_params={"indent": 2})


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
