"""The pages: each reads a form, calls the service, answers. A change answers with a redirect, so reloading is safe."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from . import accounts, pending, service, wire, wording
from .callers import caller_of
from .conf import conf
from .context import site
from .exceptions import AccountInactive, DeliveryUnknown, OTPError, TooManySends, Unavailable
from .flows import Flow, new_flow_id
from .forms import AddressForm, CodeForm, OnceForm
from .pending import Pending

# -- signing in --------------------------------------------------------------------------------------------------------


def sign_in(request: HttpRequest) -> HttpResponse:
    """Take an address and send a code to it. "Send a new code" posts here too."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(destination(request))
    request.session.setdefault("flow", new_flow_id())
    last = pending.recall(request.session)
    form = AddressForm(request.POST or None, initial={"email": last.address if last else ""})
    return send_code(request, form) if form.is_valid() else address_page(request, form)


def send_code(request: HttpRequest, form: AddressForm) -> HttpResponse:
    address = form.cleaned_data["email"]
    before = pending.recall(request.session, address)
    try:
        sent = service.send(address=address, **asked_by(request, form))
    except TooManySends as refusal:
        if not (before and before.works):
            return address_page(request, form, refusal)
        code = replace(before, resend_at=pending.now() + refusal.data["retry_after"])
        wait = wording.duration(code.wait)
        messages.warning(request, f"Another code can be sent in {wait}. The one that you have still works.")
    except DeliveryUnknown:
        code = pending.after(service.Sent(expires_in=conf.lifetime, retry_after=0), address, before)
        messages.warning(request, "Nobody can tell whether the mail left. If none arrives, ask for a new code.")
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
            messages.warning(request, "No code was asked for here. Ask for one first.")
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
    return HttpResponseRedirect(destination(request))


def asked_by(request: HttpRequest, form: OnceForm) -> dict[str, Any]:
    """Who asks, as both verbs of the service want to know it."""
    return {
        "flow": Flow("page", request.session["flow"]),
        "caller": caller_of(request),
        "request_id": form.cleaned_data["request_id"] or None,
    }


def address_page(request: HttpRequest, form: AddressForm, refusal: OTPError | None = None) -> HttpResponse:
    if refusal:
        form.refuse("email", refusal)
    return page(request, "sign_in.html", {"form": form}, refusal)


def code_page(request: HttpRequest, form: CodeForm, code: Pending, refusal: OTPError | None = None) -> HttpResponse:
    """Where the code is typed in or, once it can't be used any more, another asked for."""
    if refusal:
        form.refuse("code", refusal)
    context = {
        "form": form,
        "code": code,
        "resend": AddressForm(initial={"email": code.address}, auto_id=False),
        "wait": wording.duration(code.wait),
        "sign_in": reverse("sign-in") + next_query(request),
    }
    return page(request, "verify.html", context, refusal)


# -- where to go after signing in --------------------------------------------------------------------------------------


def next_page(request: HttpRequest) -> str:
    """The page of this site that `?next=` names, or "". It stays in the query, so that each tab keeps its own."""
    url = request.GET.get("next", "")
    here = {request.get_host()}
    return url if url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()) else ""


def next_query(request: HttpRequest) -> str:
    url = next_page(request)
    return f"?{urlencode({'next': url})}" if url else ""


def destination(request: HttpRequest) -> str:
    return next_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


# -- the account -------------------------------------------------------------------------------------------------------


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what can be done about it."""
    return page(request, "account.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("sign-in")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account, this one included."""
    if not request.user.is_authenticated:
        return redirect("account")
    accounts.sign_out_everywhere(request.user)
    logout(request)
    messages.success(request, "You are signed out in every browser.")
    return redirect("sign-in")


@login_required
def export(request: HttpRequest) -> HttpResponse:
    """All that is stored about a person, as a file."""
    headers = {"Content-Disposition": 'attachment; filename="account.json"', "Cache-Control": "no-store"}
    return JsonResponse(accounts.export(request.user), headers=headers, json_dumps_params={"indent": 2})


@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Ask, then delete the account."""
    if request.method != "POST":
        return page(request, "delete.html", {"log_days": conf.log_days})
    accounts.delete(request.user)
    logout(request)
    messages.success(request, "Your account is deleted.")
    return redirect("sign-in")


# -- answers -----------------------------------------------------------------------------------------------------------


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page that no cache keeps, as pages name addresses. Its status is the refusal's; 400 for a form with errors."""
    form = (context or {}).get("form")
    response = render(request, template, context, status=400 if form and form.errors else 200)
    response["Cache-Control"] = "no-store"
    return marked(response, refusal) if refusal else response


def failure(request: HttpRequest, error: OTPError) -> HttpResponse:
    """A refusal as a whole answer: JSON to programs, a page to people. Needs no session, user or storage."""
    if request.path == "/otp" or request.path.startswith("/otp/"):
        return wire.refusal(error)
    context = {**site(request), "error": error, "way_on": wording.way_on(error)}
    return marked(HttpResponse(render_to_string("failure.html", context), headers={"Cache-Control": "no-store"}), error)


def marked(response: HttpResponse, refusal: OTPError) -> HttpResponse:
    """The answer with the refusal's status, and with when to come back."""
    response.status_code = refusal.status
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


class PageOutdated(OTPError):
    status, code, message = 403, "page_outdated", "This page was out of date"


class Forbidden(OTPError):
    status, code, message = 403, "forbidden", "This is not allowed"


class NotFound(OTPError):
    status, code, message = 404, "not_found", "There is no page at this address"


class ServerError(OTPError):
    status, code, message = 500, "server_error", "Something went wrong"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this session's token. After a sign-in, a second click or Back: it goes where the first went."""
    if SESSION_KEY in request.session and request.path in (reverse("sign-in"), reverse("verify")):
        return HttpResponseRedirect(destination(request))
    return failure(request, PageOutdated())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, OTPError("This request can't be read"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return failure(request, ServerError())
