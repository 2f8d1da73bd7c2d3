from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from .api import tokens
from .api import views as api
from .pages import account, views


def later(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view imported when it is first asked for: no sign-in waits for it."""

    @csrf_exempt  # none of them takes a cookie
    def view(request: HttpRequest) -> HttpResponse:
        return import_string(f"otp.{name}")(request)

    return view


urlpatterns = [
    path("", views.sign_in, name="sign-in"),
    path("verify/", views.verify, name="verify"),
    path("account/", account.account, name="account"),
    path("account/sign-out/", account.sign_out, name="sign-out"),
    path("account/sign-out-everywhere/", account.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/export/", account.export, name="export"),
    path("account/delete/", account.delete, name="delete"),
    path("otp", api.otp, name="otp"),
    path("otp/me", tokens.me, name="me"),
    path("otp/staff/figures", later("api.staff.figures"), name="figures"),
    path("otp/staff/attempts", later("api.staff.attempts"), name="attempts"),
    path("otp/openapi.json", later("api.openapi.document.openapi"), name="openapi"),
    path("otp/docs", later("api.openapi.document.docs"), name="docs"),
    path(".well-known/jwks.json", tokens.jwks, name="jwks"),
    path("ses/events/", later("delivery.webhook.events"), name="ses-events"),
]
