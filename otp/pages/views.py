"""The sign-in pages: send a code, verify it. Every successful POST redirects, so a reload repeats nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from otp.accounts import notice
from otp.conf import conf
from otp.delivery.addresses import sender
from otp.exceptions import (
    AccountInactive,
    CodeExpired,
    CodeInvalid,
    CodeNotFound,
    DeliveryUnknown,
    OTPError,
    TooManySends,
)
from otp.models import Account
from otp.signin import devices, sessions
from otp.signin.callers import caller_of
from otp.signin.flows import Flow, new_flow_id
from otp.signin.send import Sent, send_code
from otp.signin.verify import verify_code

from . import sent_codes, texts
from .destination import NEW_SIGN_IN, introduction, is_signed_in, next_query
from .forms import AddressForm, CodeForm, IdempotentForm, PhoneForm, form_for
from .mailboxes import mailbox_of
from .responses import redirect_after_sign_in, render_page
from .sent_codes import SentCode

AnyAddressForm = AddressForm | PhoneForm


def sign_in(request: HttpRequest) -> HttpResponse:
    """Send a code to an address. "Send a new code" posts here too."""
    if is_signed_in(request):
        return redirect_after_sign_in(request)
    request.session.setdefault("flow", new_flow_id())
    last = sent_codes.find(request.session)
    form_class = requested_form(request)
    remembered = last.address if last and form_for(last.address) is form_class else ""
    hint = introduction(request).get("hint")
    form = form_class(request.POST or None, initial={form_class.name: hint or remembered})
    return send(request, form) if form.is_valid() else render_sign_in(request, form)


def requested_form(request: HttpRequest) -> type[AnyAddressForm]:
    """The form that was submitted, or selected by `?by=phone`. The default is the one for e-mail."""
    by_phone = "phone" in request.POST or ("email" not in request.POST and request.GET.get("by") == "phone")
    return PhoneForm if conf.sms and by_phone else AddressForm


def send(request: HttpRequest, form: AnyAddressForm) -> HttpResponse:
    address = form.cleaned_data[form.name]
    try:
        send_and_remember(
            request,
            address,
            lambda: send_code(address=address, device=devices.device_of(request), **origin_of(request, form)),
        )
    except OTPError as refusal:
        return render_sign_in(request, form, refusal)
    return HttpResponseRedirect(reverse("verify") + next_query(request))


def send_and_remember(request: HttpRequest, address: str, send_it: Callable[[], Sent]) -> None:
    """Send a code, and remember its address and times in this browser. Raises the same errors as `send_it`.

    If it is too early for a new code and an earlier one still works, there is a warning instead of an error.
    """
    previous = sent_codes.find(request.session, address)
    try:
        sent = send_it()
    except TooManySends as refusal:
        if not (previous and previous.works):
            raise
        code = replace(previous, resend_at=sent_codes.now() + refusal.retry_after)
        wait = texts.duration(code.wait)
        messages.warning(
            request, _("You can get a new code in %(wait)s. The one you have still works.") % {"wait": wait}
        )
    except DeliveryUnknown as refusal:  # the code is valid, in case it arrives
        code = sent_codes.after_send(address, previous, expires_in=conf.lifetime, retry_after=refusal.retry_after)
        messages.warning(request, _("Your code may not have been sent. If it doesn't arrive, send a new one."))
    else:
        code = sent_codes.after_send(address, previous, expires_in=sent.expires_in, retry_after=sent.retry_after)
    sent_codes.save(request.session, code)


def verify(request: HttpRequest) -> HttpResponse:
    """Verify a code. The form contains its address, so two tabs can verify codes of different addresses."""
    if is_signed_in(request):
        return redirect_after_sign_in(request)
    code = sent_codes.find(request.session, request.POST.get("email"))
    if not code:
        if request.method == "POST":
            messages.warning(request, _("No code has been requested in this browser. Request one first."))
        return HttpResponseRedirect(reverse("sign-in") + next_query(request))
    form = CodeForm(request.POST or None, initial={"email": code.address})
    return check(request, form, code) if form.is_valid() else render_verify(request, form, code)


def check(request: HttpRequest, form: CodeForm, code: SentCode) -> HttpResponse:
    try:
        account = verify_code(address=code.address, guess=form.cleaned_data["code"], **origin_of(request, form))
    except AccountInactive:
        raise  # shown as a page of its own
    except OTPError as refusal:
        if refusal.ends_code:
            code = sent_codes.end(request.session, code)
        return render_verify(request, form, code, refusal)
    session, device = account.session, devices.device_of(request)
    notice.of_sign_in(account, device, caller_of(request))
    begin(request, account)
    sent_codes.forget(request.session)
    request.session.pop("flow", None)
    response = redirect_after_sign_in(request)
    if response.headers.get("Location") == reverse("account"):
        messages.success(request, _("You're signed in. On a shared computer, sign out when you're done."))
    devices.remember(request, response, session)
    return response


def begin(request: HttpRequest, account: Account) -> None:
    """Begin the session. One that was there before ends, and with it the sign-ins of applications that depend on it."""
    before = request.user.session if request.user.is_authenticated else None
    again = request.session.get(NEW_SIGN_IN)
    login(request, account)  # empties Django's session if there was one before
    if again:
        request.session[NEW_SIGN_IN] = again
    if before:
        sessions.end(before)


def show_again(request: HttpRequest, refusal: OTPError) -> HttpResponse:
    """Show a submitted form again, with what was typed and a new CSRF token, after the old one was refused."""
    request.session.setdefault("flow", new_flow_id())
    address = request.POST.get("email", "")
    code = sent_codes.find(request.session, address)
    if request.path == reverse("verify"):
        if code:
            return render_verify(request, CodeForm(request.POST), code, refusal)
        form_class = form_for(address) if conf.sms else AddressForm
        filled = form_class({form_class.name: address, "request_id": request.POST.get("request_id", "")})
        return render_sign_in(request, filled, refusal)
    return render_sign_in(request, requested_form(request)(request.POST), refusal)


def origin_of(request: HttpRequest, form: IdempotentForm) -> dict[str, Any]:
    """The keyword arguments that say where a request comes from, for `send_code` and `verify_code`."""
    return {
        "flow": Flow("page", request.session["flow"]),
        "caller": caller_of(request),
        "request_id": form.cleaned_data["request_id"] or None,
    }


def render_sign_in(request: HttpRequest, form: AnyAddressForm, refusal: OTPError | None = None) -> HttpResponse:
    if refusal:
        form.refuse(form.name, refusal)
    other = AddressForm if isinstance(form, PhoneForm) else PhoneForm
    context = {
        "form": form,
        "field": form[form.name],
        "other": sign_in_url(request, other) if conf.sms else "",
        **introduction(request),
    }
    return render_page(request, "sign_in.html", context, refusal)


def render_verify(
    request: HttpRequest, form: CodeForm, code: SentCode, refusal: OTPError | None = None, start: str = ""
) -> HttpResponse:
    """The page with the code form. If the code no longer works, it says why and offers a new one instead.

    `start`: the URL of the page that sends these codes; that of the sign-in by default.
    """
    ending = None if code.works else texts.ending(refusal or (CodeExpired() if code.expires_at else CodeNotFound()))
    if refusal:
        form.refuse("code", refusal)
        if code.resent and isinstance(refusal, CodeInvalid):
            form.add_error("code", texts.NEWEST_ONLY)
    form_class = form_for(code.address)
    resend = form_class(initial={form_class.name: code.address}, auto_id=False)
    _, address = sender(conf.from_email)
    context = {
        "form": form,
        "code": code,
        "ending": ending,
        "sender": address,
        "mailbox": mailbox_of(code.address, address),
        "resend": resend,
        "address": resend[resend.name],
        "wait": texts.countdown(code.wait),
        "start": start or sign_in_url(request, form_class),
        "signing_in": not start,
        **introduction(request),
    }
    return render_page(request, "verify.html", context, refusal)


def sign_in_url(request: HttpRequest, form_class: type[AnyAddressForm]) -> str:
    """The sign-in page with that form, and the request's `next`."""
    by = {"by": "phone"} if form_class is PhoneForm else {}
    return reverse("sign-in") + next_query(request, **by)
