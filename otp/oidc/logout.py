"""RP-initiated logout: an application sends the browser here to sign somebody out of this site.

An id_token of the person who is signed in shows that the application means them, so they are signed out at once. Any
other site could send the same link without one, so then the person has to confirm it. The redirect to the application's
`post_logout_redirect_uri` also needs an id_token.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout as sign_out
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _  # messages are stored, so they are translated now

from otp.exceptions import translate_storage_errors
from otp.pages.responses import redirecting_page, render_page

from . import claims, clients, protocol
from .protocol import OAuthError, misconfigured


@protocol.open_to_other_sites
@translate_storage_errors()
def logout(request: HttpRequest) -> HttpResponse:
    hint, after = read(request)
    account: Any = request.user
    if account.is_authenticated and (hint is None or hint["sub"] != account.session.subject):
        return render_page(request, "sign_out_of_all.html", {"action": confirmation(request)})
    return sign_out_and_redirect(request, after)


@translate_storage_errors()
def confirm(request: HttpRequest) -> HttpResponse:
    """Sign out, as the person has confirmed it. By POST only: a GET shows the page with the button."""
    if request.method != "POST":
        return HttpResponseRedirect(f"{reverse('oidc:logout')}?{request.GET.urlencode()}")
    _hint, after = read(request)
    return sign_out_and_redirect(request, after)


def confirmation(request: HttpRequest) -> str:
    return f"{reverse('oidc:logout-confirm')}?{request.GET.urlencode()}"


def read(request: HttpRequest) -> tuple[dict[str, Any] | None, str]:
    """The claims of the id_token, if any, and where to go after signing out, or "". Raises ParameterInvalid."""
    names = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
    try:
        token, client_id, uri, state = (protocol.single(request.GET, name) for name in names)
    except OAuthError as error:
        raise misconfigured(error.description) from error
    hint = claims.read_id_token(token) if token else None
    if token and (hint is None or client_id not in ("", hint["aud"])):
        raise misconfigured("id_token_hint was not issued here, or to another client")
    if not (uri and hint):
        return hint, ""
    client = clients.find(hint["aud"])
    if client is None or uri not in client.post_logout_redirect_uris:
        raise misconfigured("post_logout_redirect_uri is not one of the client's")
    return hint, protocol.with_query(uri, {"state": state}) if state else uri


def sign_out_and_redirect(request: HttpRequest, after: str) -> HttpResponse:
    """Sign out, and redirect to the application or, without an `after`, to the start page."""
    if request.user.is_authenticated:  # otherwise this would only end a sign-in that is under way
        sign_out(request)
    if not after:
        messages.success(request, _("You have signed out."))
        return HttpResponseRedirect(reverse("sign-in"))
    if request.method == "POST":
        return redirecting_page(request, after)
    return HttpResponse(status=303, headers={"Location": after})
