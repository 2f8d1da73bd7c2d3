"""The pages of an account: what a person who is signed in can do about it."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from otp.accounts import own
from otp.conf import conf

from .responses import page


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what can be done about it."""
    return page(request, "account.html")


def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session. A link can't: whoever opens the address is shown the button."""
    if request.method != "POST":
        return redirect("account")
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("sign-in")


def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account, this one included. A link can't either."""
    if request.method != "POST" or not request.user.is_authenticated:
        return redirect("account")
    own.sign_out_everywhere(request.user)
    logout(request)
    messages.success(request, _("You are signed out in every browser."))
    return redirect("sign-in")


@login_required
def export(request: HttpRequest) -> HttpResponse:
    """All that is stored about a person, as a file."""
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return JsonResponse(own.export(request.user), headers=headers, json_dumps_params={"indent": 2})


@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Ask, then delete the account."""
    if request.method != "POST":
        return page(request, "delete.html", {"log_days": conf.log_days})
    own.delete(request.user)
    logout(request)
    messages.success(request, _("Your account is deleted."))
    return redirect("sign-in")
