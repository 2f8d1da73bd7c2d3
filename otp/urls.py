from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from . import account_views, api, api_tokens, views


def later(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view imported when it is first asked for: no sign-in waits for it."""

    @csrf_exempt  # none of them takes a cookie
    def view(request: HttpRequest) -> HttpResponse:
        return import_string(f"otp.{name}")(request)

    return view


urlpatterns = [
    path("", views.sign_in, name="sign-in"),
    path("verify/", views.verify, name="verify"),
    path("account/", account_views.account, name="account"),
    path("account/sign-out/", account_views.sign_out, name="sign-out"),
    path("account/sign-out-everywhere/", account_views.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/export/", account_views.export, name="export"),
    path("account/delete/", account_views.delete, name="delete"),
    path("otp", api.otp, name="otp"),
    path("otp/me", api_tokens.me, name="me"),
    path("otp/staff/figures", later("staff_api.figures"), name="figures"),
    path("otp/staff/attempts", later("staff_api.attempts"), name="attempts"),
    path("otp/openapi.json", later("openapi.openapi"), name="openapi"),
    path("otp/docs", later("openapi.docs"), name="docs"),
    path(".well-known/jwks.json", api_tokens.jwks, name="jwks"),
    path("ses/events/", later("webhook.events"), name="ses-events"),
]
