from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from . import account_views, api, api_tokens, openapi, views


@csrf_exempt  # its messages are signed
def ses_events(request: HttpRequest) -> HttpResponse:
    """Bounces and complaints, from SNS: django-ses and cryptography are imported when the first one comes."""
    from .webhook import Events

    return Events.as_view()(request)


def later(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view of the JSON API for staff, imported when it is first asked for: no sign-in waits for it."""

    @csrf_exempt  # it takes no cookie
    def view(request: HttpRequest) -> HttpResponse:
        from . import staff_api

        return getattr(staff_api, name)(request)

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
    path("otp/staff/figures", later("figures"), name="figures"),
    path("otp/staff/attempts", later("attempts"), name="attempts"),
    path("otp/openapi.json", openapi.openapi, name="openapi"),
    path("otp/docs", openapi.docs, name="docs"),
    path(".well-known/jwks.json", api_tokens.jwks, name="jwks"),
    path("ses/events/", ses_events, name="ses-events"),
]
