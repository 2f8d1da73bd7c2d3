"""The pages of signing in: each reads a form, calls the service, answers. A change redirects, so reloading is safe."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from otp.conf import conf
from otp.exceptions import AccountInactive, DeliveryUnknown, OTPError, TooManySends, Unavailable
from otp.signin import devices
from otp.signin.callers import caller_of
from otp.signin.flows import Flow, new_flow_id
from otp.signin.send import Sent, send_code
from otp.signin.verify import verify_code

from . import pending, texts
from .destination import destination, next_query
from .forms import AddressForm, CodeForm, OnceForm, PhoneForm, address_form
from .pending import Pending
from .responses import page

AnyAddressForm = AddressForm | PhoneForm


def sign_in(request: HttpRequest) -> HttpResponse:
    """Take an address and send a code to it. "Send a new code" posts here too."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(destination(request))
    request.session.setdefault("flow", new_flow_id())
    last = pending.recall(request.session)
    form_class = address_form_of(request)
    remembered = last.address if last and address_form(last.address) is form_class else ""
    form = form_class(request.POST or None, initial={form_class.name: remembered})
    return answer_address(request, form) if form.is_valid() else address_page(request, form)


def address_form_of(request: HttpRequest) -> type[AnyAddressForm]:
    """The form that was sent, or is asked for: by e-mail unless it says `by=phone`, and SMS is on."""
    by_phone = "phone" in request.POST or ("email" not in request.POST and request.GET.get("by") == "phone")
    return PhoneForm if conf.sms and by_phone else AddressForm


def answer_address(request: HttpRequest, form: AnyAddressForm) -> HttpResponse:
    address = form.cleaned_data[form.name]
    before = pending.recall(request.session, address)
    try:
        sent = send_code(address=address, device=devices.device_of(request), **asked_by(request, form))
    except TooManySends as refusal:
        if not (before and before.works):
            return address_page(request, form, refusal)
        code = replace(before, resend_at=pending.now() + refusal.data["retry_after"])
        wait = texts.duration(code.wait)
        messages.warning(
            request, _("Another code can be sent in %(wait)s. The one that you have still works.") % {"wait": wait}
        )
    except DeliveryUnknown:
        code = pending.after(Sent(expires_in=conf.lifetime, retry_after=0), address, before)
        messages.warning(request, _("Nobody can tell whether the message left. If none arrives, ask for a new code."))
    except OTPError as refusal:
        return address_page(request, form, refusal)
    else:
        code = pending.after(sent, address, before)
    pending.save(request.session, code)
    return HttpResponseRedirect(reverse("verify") + next_query(request))


def verify(request: HttpRequest) -> HttpResponse:
    """Take the code, of the address that the form names: of two tabs, each verifies its own."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(destination(request))
    code = pending.recall(request.session, request.POST.get("email"))
    if not code:
        if request.method == "POST":
            messages.warning(request, _("No code was asked for here. Ask for one first."))
        return HttpResponseRedirect(reverse("sign-in") + next_query(request))
    form = CodeForm(request.POST or None, initial={"email": code.address})
    return answer_code(request, form, code) if form.is_valid() else code_page(request, form, code)


def answer_code(request: HttpRequest, form: CodeForm, code: Pending) -> HttpResponse:
    try:
        account = verify_code(address=code.address, guess=form.cleaned_data["code"], **asked_by(request, form))
    except AccountInactive:
        raise
    except OTPError as refusal:
        if not (isinstance(refusal, Unavailable) or refusal.data.get("attempts_left")):
            code = replace(code, expires_at=0)
            pending.save(request.session, code)
        return code_page(request, form, code, refusal)
    login(request, account)
    pending.forget(request.session)
    del request.session["flow"]
    response = HttpResponseRedirect(destination(request))
    devices.remember(request, response, account.address, account.session_epoch)
    return response


def asked_by(request: HttpRequest, form: OnceForm) -> dict[str, Any]:
    """Who asks, as both verbs of the service want to know it."""
    return {
        "flow": Flow("page", request.session["flow"]),
        "caller": caller_of(request),
        "request_id": form.cleaned_data["request_id"] or None,
    }


def address_page(request: HttpRequest, form: AnyAddressForm, refusal: OTPError | None = None) -> HttpResponse:
    if refusal:
        form.refuse(form.name, refusal)
    other = AddressForm if isinstance(form, PhoneForm) else PhoneForm
    context = {"form": form, "field": form[form.name], "other": sign_in_url(request, other) if conf.sms else ""}
    return page(request, "sign_in.html", context, refusal)


def code_page(request: HttpRequest, form: CodeForm, code: Pending, refusal: OTPError | None = None) -> HttpResponse:
    """Where the code is typed in or, once it can't be used any more, another asked for."""
    if refusal:
        form.refuse("code", refusal)
    form_class = address_form(code.address)
    resend = form_class(initial={form_class.name: code.address}, auto_id=False)
    context = {
        "form": form,
        "code": code,
        "resend": resend,
        "address": resend[resend.name],
        "wait": texts.duration(code.wait),
        "sign_in": sign_in_url(request, form_class),
    }
    return page(request, "verify.html", context, refusal)


def sign_in_url(request: HttpRequest, form_class: type[AnyAddressForm]) -> str:
    """The page with that form. What it names is kept: `next`."""
    by = {"by": "phone"} if form_class is PhoneForm else {}
    return reverse("sign-in") + next_query(request, **by)
