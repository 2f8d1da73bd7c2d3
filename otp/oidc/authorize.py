"""The authorization endpoint, which browsers are sent to: sign in, perhaps consent, and go back with a code."""

from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext_lazy as _

from otp.conf import conf
from otp.exceptions import translate_storage_errors
from otp.models import Session
from otp.pages import destination
from otp.pages.responses import leading_page, render_page
from otp.signin.callers import caller_of

from . import claims, grants, protocol
from .protocol import Asked, OAuthError, application_errs

LONGEST = 2000  # characters of the request, which is kept in the address of the sign-in page
CONSENTS = "consented"  # of the session
MAX_CONSENTS = 5
SCOPE_TEXTS = {
    "email": _("Your email address"),
    "phone": _("Your phone number"),
    "offline_access": _("Keeping you signed in there after you sign out here"),
}


@protocol.reached_from_other_sites
@translate_storage_errors()
def authorize(request: HttpRequest) -> HttpResponse:
    """Lead back to the client with a code, if somebody is signed in here; otherwise to the page that is missing."""
    return with_client(request, proceed)


def with_client(request: HttpRequest, act: Any) -> HttpResponse:
    """Call `act(request, asked)`. A refusal goes to the client if it and its redirect URI are known, else to a page."""
    try:
        client, uri = protocol.client_of(request.GET)
    except OAuthError as error:
        raise application_errs(error.description) from error
    try:
        if len(request.get_full_path()) > LONGEST:
            raise OAuthError("invalid_request", f"the request is longer than {LONGEST} characters")
        return act(request, protocol.asked(request.GET, client, uri))
    except OAuthError as error:
        return to_client(request.GET, uri, error.answer())


def proceed(request: HttpRequest, asked: Asked) -> HttpResponse:
    account: Any = request.user
    if not account.is_authenticated or must_sign_in_again(request, asked):
        if "none" in asked.prompt:
            raise OAuthError("login_required")
        destination.ask_again(request, request.get_full_path())
        response = HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
        speak(request, response)
        return response
    session = opened(request, asked)
    if session is None:
        if "none" in asked.prompt:
            raise OAuthError("consent_required")
        return consent_page(request, asked)
    destination.forget_again(request, request.get_full_path())
    return to_client(request.GET, asked.redirect_uri, {"code": grants.code_of(session, asked.client)})


def to_client(query: QueryDict, uri: str, answer: dict[str, str]) -> HttpResponse:
    """Lead back to the client: with its `state`, and with the issuer (RFC 9207)."""
    states = query.getlist("state")
    fields = answer | ({"state": states[0]} if len(states) == 1 else {}) | {"iss": conf.jwt_issuer}
    joint = "&" if urlsplit(uri).query else "?"
    # Not HttpResponseRedirect, which refuses the schemes of native apps.
    return HttpResponse(status=303, headers={"Location": f"{uri}{joint}{urlencode(fields)}"})


# -- signing in again --------------------------------------------------------------------------------


def must_sign_in_again(request: HttpRequest, asked: Asked) -> bool:
    """Whether the client asks for a newer sign-in than this one, and none was made for this very request."""
    session: Any = request.user.session
    wanted = bool(asked.prompt & {"login", "select_account"})
    if asked.max_age is not None:
        wanted |= timezone.now() - session.created_at > timedelta(seconds=asked.max_age)
    if asked.id_token_hint and (hint := claims.read_id_token(asked.id_token_hint)):
        wanted |= hint["sub"] != session.subject
    return wanted and not destination.signed_in_again(request, request.get_full_path())


def speak(request: HttpRequest, response: HttpResponse) -> None:
    """Show the next pages in the first of `ui_locales` that there is, until the browser is closed."""
    for code in request.GET.get("ui_locales", "").split()[:10]:
        try:
            language = get_supported_language_variant(code.lower())
        except LookupError:
            continue
        response.set_cookie(
            *(settings.LANGUAGE_COOKIE_NAME, language),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return


# -- what the sign-in pages show ---------------------------------------------------------------------


def introduction(query: QueryDict) -> dict[str, str]:
    """Who sends somebody to the sign-in pages: their `client`, the link to `cancel`, and the `hint` of an address."""
    try:
        client, _uri = protocol.client_of(query)
        hint = protocol.single(query, "login_hint")
    except OAuthError:
        return {}
    return {"client": client.name, "cancel": f"{reverse('oidc:cancel')}?{query.urlencode()}", "hint": hint}


authorize.introduction = introduction  # the pages find it here


def cancel(request: HttpRequest) -> HttpResponse:
    """Lead back to the client without signing in."""
    return with_client(request, denied)


def denied(request: HttpRequest, asked: Asked) -> NoReturn:
    raise OAuthError("access_denied")


# -- consent -----------------------------------------------------------------------------------------


def opened(request: HttpRequest, asked: Asked) -> Session | None:
    """A new session for the client; None if the person has to consent first.

    A consent lasts as long as the access that it gave. So ending that, in whichever browser, ends the consent.
    """
    account, caller, now = request.user, caller_of(request), timezone.now()
    if asked.client.first_party and "consent" not in asked.prompt:
        return grants.issue(asked, account, caller, now)
    given = consents(request).get(consent_key(asked))
    if given is None or (given and "consent" in asked.prompt):
        return None
    try:
        session = grants.issue(asked, account, caller, now, while_open=given)
    except grants.AccessEnded:
        return None
    remember(request, asked, given or session.sid)
    return session


def consents(request: HttpRequest) -> dict[str, str]:
    """What this browser has consented to, by client and scope: the id of the session that it opened, "" if none yet."""
    return request.session.get(CONSENTS, {})


def consent_key(asked: Asked) -> str:
    return f"{asked.client.id} {asked.scope}"


def remember(request: HttpRequest, asked: Asked, sid: str) -> None:
    others = [each for each in consents(request).items() if each[0] != consent_key(asked)]
    request.session[CONSENTS] = dict([*others, (consent_key(asked), sid)][-MAX_CONSENTS:])


def consent_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    query = request.GET.urlencode()
    context = {
        "client": asked.client.name,
        "logo": asked.client.logo,
        "account": request.user,
        "wanted": [SCOPE_TEXTS[scope] for scope in asked.scopes if scope in SCOPE_TEXTS],
        "action": f"{reverse('oidc:consent')}?{query}",
        "cancel": f"{reverse('oidc:cancel')}?{query}",
    }
    response = render_page(request, "consent.html", context)
    if asked.client.logo:
        response._csp_update = {"img-src": [asked.client.logo]}
    return response


def consent(request: HttpRequest) -> HttpResponse:
    """Store the consent in this browser's session, and go on. By POST only: a GET leads to the page with the button."""
    if request.method == "POST":
        return with_client(request, agree)
    return HttpResponseRedirect(f"{reverse('oidc:authorize')}?{request.GET.urlencode()}")


def agree(request: HttpRequest, asked: Asked) -> HttpResponse:
    remember(request, asked, "")
    return leading_page(request, f"{reverse('oidc:authorize')}?{request.GET.urlencode()}")
