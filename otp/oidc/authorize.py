"""The authorization endpoint, which browsers are sent to: sign in, perhaps consent, and go back with a code."""

from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode

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
from otp.pages.responses import redirecting_page, render_page
from otp.signin.callers import caller_of

from . import claims, grants, protocol
from .protocol import AuthorizationRequest, OAuthError, misconfigured

LONGEST = 2000  # characters of the request, which is kept in the address of the sign-in page
CONSENTS = "consented"  # of the session
MAX_CONSENTS = 5
SCOPE_TEXTS = {
    "email": _("Your email address"),
    "phone": _("Your phone number"),
    "offline_access": _("Keeping you signed in there after you sign out here"),
}


@protocol.open_to_other_sites
@translate_storage_errors()
def authorize(request: HttpRequest) -> HttpResponse:
    """Redirect to the client with a code if somebody is signed in here, otherwise to the sign-in or consent page."""
    return with_client(request, proceed)


def with_client(request: HttpRequest, handle: Any) -> HttpResponse:
    """Call `handle` with the request and its AuthorizationRequest.

    An error is sent to the client if it and its redirect URI are known, and otherwise shown as a page.
    """
    try:
        client, uri = protocol.client_of(request.GET)
    except OAuthError as error:
        raise misconfigured(error.description) from error
    try:
        if len(request.get_full_path()) > LONGEST:
            raise OAuthError("invalid_request", f"the request is longer than {LONGEST} characters")
        return handle(request, protocol.read_request(request.GET, client, uri))
    except OAuthError as error:
        return to_client(request.GET, uri, error.answer())


def proceed(request: HttpRequest, authorization: AuthorizationRequest) -> HttpResponse:
    account: Any = request.user
    expected = hinted_subject(authorization)
    if not account.is_authenticated or must_sign_in_again(request, authorization, expected):
        return to_sign_in(request, authorization)
    if expected not in (None, account.session.subject):  # after a new sign-in, as somebody else
        destination.forget_new_sign_in(request, request.get_full_path())
        raise OAuthError("login_required")
    try:
        session = opened(request, authorization)
    except grants.SignInEnded:
        return to_sign_in(request, authorization)
    if session is None:
        if "none" in authorization.prompt:
            raise OAuthError("consent_required")
        return consent_page(request, authorization)
    destination.forget_new_sign_in(request, request.get_full_path())
    return to_client(request.GET, authorization.redirect_uri, {"code": grants.code_of(session, authorization.client)})


def to_sign_in(request: HttpRequest, authorization: AuthorizationRequest) -> HttpResponse:
    if "none" in authorization.prompt:
        raise OAuthError("login_required")
    destination.require_new_sign_in(request, request.get_full_path())
    response = HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
    set_language(request, response)
    return response


def to_client(query: QueryDict, uri: str, answer: dict[str, str]) -> HttpResponse:
    """Redirect to the client, with its `state` if it gave one, and with the issuer (RFC 9207)."""
    states = query.getlist("state")
    fields = answer | ({"state": states[0]} if len(states) == 1 and states[0] else {}) | {"iss": conf.jwt_issuer}
    # Not HttpResponseRedirect, which refuses the schemes of native apps.
    return HttpResponse(status=303, headers={"Location": protocol.with_query(uri, fields)})


# -- signing in again --------------------------------------------------------------------------------


def hinted_subject(authorization: AuthorizationRequest) -> str | None:
    """Who must sign in according to `id_token_hint`, None if it isn't given. Raises OAuthError if it isn't readable."""
    if not authorization.id_token_hint:
        return None
    hint = claims.read_id_token(authorization.id_token_hint)
    if hint is None:
        raise OAuthError("invalid_request", "id_token_hint was not issued here")
    return hint["sub"]


def must_sign_in_again(request: HttpRequest, authorization: AuthorizationRequest, expected: str | None) -> bool:
    """Whether the client wants a newer sign-in than this one, and none was made for this very request."""
    session: Any = request.user.session
    wanted = bool(authorization.prompt & {"login", "select_account"})
    if authorization.max_age is not None:
        wanted |= timezone.now() - session.created_at > timedelta(seconds=authorization.max_age)
    wanted |= expected not in (None, session.subject)
    return wanted and not destination.has_new_sign_in(request, request.get_full_path())


def set_language(request: HttpRequest, response: HttpResponse) -> None:
    """Show the next pages in the first supported language of `ui_locales`, until the browser is closed."""
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
    """What the sign-in pages show: the name of the `client`, the link to `cancel`, and an address as `hint`."""
    try:
        client, _uri = protocol.client_of(query)
        hint = protocol.single(query, "login_hint")
    except OAuthError:
        return {}
    return {"client": client.name, "cancel": f"{reverse('oidc:cancel')}?{query.urlencode()}", "hint": hint}


authorize.introduction = introduction  # `pages.destination` looks for it here


def cancel(request: HttpRequest) -> HttpResponse:
    """Redirect to the client without signing in."""
    return with_client(request, deny)


def deny(request: HttpRequest, authorization: AuthorizationRequest) -> NoReturn:
    raise OAuthError("access_denied")


# -- consent -----------------------------------------------------------------------------------------


def opened(request: HttpRequest, authorization: AuthorizationRequest) -> Session | None:
    """A new session for the client; None if the person has to consent first.

    A consent lasts as long as the access that it gave. So ending that, in whichever browser, ends the consent.
    Where another program could pass for the client, each request takes a consent of its own.
    """
    account, caller, now = request.user, caller_of(request), timezone.now()
    asks_always = "consent" in authorization.prompt or can_be_forged(authorization)
    if authorization.client.first_party and not asks_always:
        return grants.issue(authorization, account, caller, now)
    given = consents(request).get(consent_key(authorization))
    if given is None or (given and asks_always):
        return None
    try:
        session = grants.issue(authorization, account, caller, now, while_open=given)
    except grants.AccessEnded:
        return None
    remember(request, authorization, given or session.sid)
    return session


def consents(request: HttpRequest) -> dict[str, str]:
    """What this browser has consented to, by client and scope: the id of the session that it opened, "" if none yet."""
    return request.session.get(CONSENTS, {})


def consent_key(authorization: AuthorizationRequest) -> str:
    this_request = f" {authorization.challenge}" if can_be_forged(authorization) else ""
    return f"{authorization.client.id} {authorization.scope}{this_request}"


def can_be_forged(authorization: AuthorizationRequest) -> bool:
    return authorization.client.can_be_impersonated_at(authorization.redirect_uri)


def remember(request: HttpRequest, authorization: AuthorizationRequest, sid: str) -> None:
    others = [each for each in consents(request).items() if each[0] != consent_key(authorization)]
    request.session[CONSENTS] = dict([*others, (consent_key(authorization), sid)][-MAX_CONSENTS:])


def consent_page(request: HttpRequest, authorization: AuthorizationRequest) -> HttpResponse:
    query = request.GET.urlencode()
    context = {
        "client": authorization.client.name,
        "logo": authorization.client.logo,
        "account": request.user,
        "wanted": [SCOPE_TEXTS[scope] for scope in authorization.scopes if scope in SCOPE_TEXTS],
        "action": f"{reverse('oidc:consent')}?{query}",
        "cancel": f"{reverse('oidc:cancel')}?{query}",
    }
    response = render_page(request, "consent.html", context)
    if authorization.client.logo:
        response._csp_update = {"img-src": [authorization.client.logo]}
    return response


def consent(request: HttpRequest) -> HttpResponse:
    """Store the consent in this browser's session, and continue. A GET shows the page with the button.

    So does a POST by nobody who is signed in, which would otherwise be the consent of whoever signs in next.
    """
    if request.method == "POST" and request.user.is_authenticated:
        return with_client(request, store_consent)
    return HttpResponseRedirect(f"{reverse('oidc:authorize')}?{request.GET.urlencode()}")


def store_consent(request: HttpRequest, authorization: AuthorizationRequest) -> HttpResponse:
    remember(request, authorization, "")
    return redirecting_page(request, f"{reverse('oidc:authorize')}?{request.GET.urlencode()}")
