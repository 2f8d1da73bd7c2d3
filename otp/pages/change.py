"""The pages that change an account's address or add one, with `accounts.change`."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _  # messages are stored, so they are translated now

from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.exceptions import AccountInactive, CodeExpired, CodeNotFound, OTPError
from otp.signin import devices, sessions
from otp.signin.callers import caller_of

from . import sent_codes
from .account import signed_in
from .forms import CodeForm, IdempotentForm, PhoneForm, form_for
from .responses import render_page
from .sent_codes import SentCode
from .views import AnyAddressForm, render_verify, requested_form, send_and_remember

KEY = "change"  # key of the new address in Django's session


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Send a code to the new address. "Send a new code" posts here too, for either address."""
    form = requested_form(request)(request.POST or None)
    if not form.is_valid():
        return render_start(request, form)
    address, change = form.cleaned_data[form.name], pending(request)
    if not (change and address == change.current):
        change = Change(signed_in(request), address)
        if change.is_done:
            form.add_error(form.name, _("This is already your address."))
            return render_start(request, form)
        request.session[KEY] = address
    try:
        send(request, form, change, address)
    except OTPError as refusal:
        return render_start(request, form, refusal)
    return redirect("verify-address")


@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """Verify the code of the new address, then the one of the current address."""
    change = pending(request)
    if change and change.is_done:
        return finish(request)  # a second click
    code = sent_codes.find(request.session, request.POST.get("email"))
    if not (change and code and code.address in (change.new, change.current)):
        return redirect("change-address")
    form = CodeForm(request.POST or None, initial={"email": code.address})
    if not form.is_valid():
        return render(request, form, code)
    try:
        return prove(request, form, change) if code.address == change.new else confirm(request, form, change)
    except AccountInactive:
        raise  # shown as a page of its own
    except OTPError as refusal:
        if refusal.ends_code:
            code = sent_codes.end(request.session, code)
        return render(request, form, code, refusal)


def prove(request: HttpRequest, form: CodeForm, change: Change) -> HttpResponse:
    origin = origin_of(request, form)
    changing.prove(change, form.cleaned_data["code"], **origin)
    if changing.can_reach_current(change):
        send(request, form, change, change.current)
        messages.success(request, _("Correct. Now enter the code that we sent to your current address."))
        return redirect("verify-address")
    if changing.has_permission(change):
        changing.change_by_permission(change, caller=caller_of(request))
        return finish(request)
    request.session.pop(KEY)
    messages.warning(
        request, _("Email to your current address bounces, so we can't send a code there. Contact support.")
    )
    return redirect("account")


def confirm(request: HttpRequest, form: CodeForm, change: Change) -> HttpResponse:
    try:
        changing.confirm(change, form.cleaned_data["code"], **origin_of(request, form))
    except (CodeExpired, CodeNotFound):
        first = sent_codes.find(request.session, change.new)
        if first and first.works:
            raise
        request.session.pop(KEY)
        messages.warning(request, _("The code of the new address has expired. Start again."))
        return redirect("change-address")
    return finish(request)


def finish(request: HttpRequest) -> HttpResponse:
    request.session.pop(KEY)
    sent_codes.forget(request.session)
    response = redirect("account")
    session, _account = sessions.read(signed_in(request).session.pk)
    if session:
        devices.remember(request, response, session)  # the new epoch has made this browser unknown too
    messages.success(request, _("Your address has been changed. You're signed out everywhere else."))
    return response


def pending(request: HttpRequest) -> Change | None:
    """The change that was begun in this browser."""
    new = request.session.get(KEY)
    return Change(signed_in(request), new) if new else None


def send(request: HttpRequest, form: IdempotentForm, change: Change, address: str) -> None:
    device = devices.device_of(request)
    origin = origin_of(request, form)
    send_and_remember(request, address, lambda: changing.send(change, address, device=device, **origin))


def origin_of(request: HttpRequest, form: IdempotentForm) -> dict[str, Any]:
    return {"caller": caller_of(request), "request_id": form.cleaned_data["request_id"] or None}


def render_start(request: HttpRequest, form: AnyAddressForm, refusal: OTPError | None = None) -> HttpResponse:
    if refusal:
        form.refuse(form.name, refusal)
    example = "+" if isinstance(form, PhoneForm) else "@"
    change = Change(signed_in(request), example)
    return render_page(request, "change.html", {"form": form, "field": form[form.name], "change": change}, refusal)


def render(request: HttpRequest, form: CodeForm, code: SentCode, refusal: OTPError | None = None) -> HttpResponse:
    by = "?by=phone" if form_for(code.address) is PhoneForm else ""
    return render_verify(request, form, code, refusal, start=reverse("change-address") + by)
