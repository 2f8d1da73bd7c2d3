"""The pages of signing in: each reads a form, calls the service, answers. A change redirects, so reloading is safe."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from . import devices, pending, service, wire, wording
from .callers import caller_of
from .conf import conf
from .context import site
from .exceptions import AccountInactive, DeliveryUnknown, OTPError, TooManySends, Unavailable
from .flows import Flow, new_flow_id
from .forms import AddressForm, CodeForm, OnceForm, PhoneForm, address_form
from .pending import Pending

AnyAddressForm = AddressForm | PhoneForm

# -- signing in --------------------------------------------------------------------------------------------------------


def sign_in(request: HttpRequest) -> HttpResponse:
    """Take an address and send a code to it. "Send a new code" posts here too."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(destination(request))
    request.session.setdefault("flow", new_flow_id())
    last = pending.recall(request.session)
    form_class = address_form_of(request)
    remembered = last.address if last and address_form(last.address) is form_class else ""
    form = form_class(request.POST or None, initial={form_class.name: remembered})
    return send_code(request, form) if form.is_valid() else address_page(request, form)


def address_form_of(request: HttpRequest) -> type[AnyAddressForm]:
    """The form that was sent, or is asked for: by e-mail unless it says `by=phone`, and SMS is on."""
    by_phone = "phone" in request.POST or ("email" not in request.POST and request.GET.get("by") == "phone")
    return PhoneForm if conf.sms and by_phone else AddressForm


def send_code(request: HttpRequest, form: AnyAddressForm) -> HttpResponse:
    address = form.cleaned_data[form.name]
    before = pending.recall(request.session, address)
    try:
        sent = service.send(address=address, device=devices.device_of(request), **asked_by(request, form))
    except TooManySends as refusal:
        if not (before and before.works):
            return address_page(request, form, refusal)
        code = replace(before, resend_at=pending.now() + refusal.data["retry_after"])
        wait = wording.duration(code.wait)
        messages.warning(
            request, _("Another code can be sent in %(wait)s. The one that you have still works.") % {"wait": wait}
        )
    except DeliveryUnknown:
        code = pending.after(service.Sent(expires_in=conf.lifetime, retry_after=0), address, before)
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
    return verify_code(request, form, code) if form.is_valid() else code_page(request, form, code)


def verify_code(request: HttpRequest, form: CodeForm, code: Pending) -> HttpResponse:
    try:
        account = service.verify(address=code.address, guess=form.cleaned_data["code"], **asked_by(request, form))
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
        "wait": wording.duration(code.wait),
        "sign_in": sign_in_url(request, form_class),
    }
    return page(request, "verify.html", context, refusal)


def sign_in_url(request: HttpRequest, form_class: type[AnyAddressForm]) -> str:
    """The page with that form. What it names is kept: `next`."""
    by = {"by": "phone"} if form_class is PhoneForm else {}
    return reverse("sign-in") + next_query(request, **by)


# -- where to go after signing in --------------------------------------------------------------------------------------


def next_page(request: HttpRequest) -> str:
    """The page of this site that `?next=` names, or "". It stays in the query, so that each tab keeps its own."""
    url = request.GET.get("next", "")
    here = {request.get_host()}
    return url if url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()) else ""


def next_query(request: HttpRequest, **more: str) -> str:
    url = next_page(request)
    fields = {**more, "next": url} if url else more
    return f"?{urlencode(fields)}" if fields else ""


def destination(request: HttpRequest) -> str:
    return next_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


# -- answers -----------------------------------------------------------------------------------------------------------


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page. Its status is the refusal's; 400 for a form with errors."""
    form = (context or {}).get("form")
    response = render(request, template, context, status=400 if form and form.errors else 200)
    return marked(response, refusal) if refusal else response


def failure(request: HttpRequest, error: OTPError) -> HttpResponse:
    """A refusal as a whole answer: JSON to programs, a page to people. Needs no session, user or storage."""
    if request.path == "/otp" or request.path.startswith("/otp/"):
        return wire.refusal(error)
    context = {**site(request), "error": error, "way_on": wording.way_on(error)}
    return marked(HttpResponse(render_to_string("failure.html", context)), error)


def marked(response: HttpResponse, refusal: OTPError) -> HttpResponse:
    """The answer with the refusal's status, and with when to come back."""
    response.status_code = refusal.status
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


class PageOutdated(OTPError):
    status, code, message = 403, "page_outdated", _("This page was out of date")


class Forbidden(OTPError):
    status, code, message = 403, "forbidden", _("This is not allowed")


class NotFound(OTPError):
    status, code, message = 404, "not_found", _("There is no page at this address")


class ServerError(OTPError):
    status, code, message = 500, "server_error", _("Something went wrong")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this session's token. After a sign-in, a second click or Back: it goes where the first went."""
    if SESSION_KEY in request.session and request.path in (reverse("sign-in"), reverse("verify")):
        return HttpResponseRedirect(destination(request))
    return failure(request, PageOutdated())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, OTPError(_("This request can't be read")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return failure(request, ServerError())
