from django.urls import URLResolver, path
from django.urls.resolvers import RoutePattern

from .api import tokens
from .api import views as api
from .pages import account, change, files, views

ICONS = ("favicon.ico", "apple-touch-icon.png", "apple-touch-icon-precomposed.png")


class LazyInclude(URLResolver):
    """An `include()` that imports its module on the first request below its prefix, so that sign-ins start without it.

    To reverse its names, give the namespace: "staff:figures".
    """

    def __init__(self, prefix: str, module: str, namespace: str) -> None:
        super().__init__(RoutePattern(prefix), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Do nothing. The original would import the module to collect its names."""


urlpatterns = [
    path("", views.sign_in, name="sign-in"),
    path("verify/", views.verify, name="verify"),
    path("account/", account.account, name="account"),
    path("account/sign-out/", account.sign_out, name="sign-out"),
    path("account/sessions/end/", account.end_session, name="end-session"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end-other-sessions"),
    path("account/address/", change.start, name="change-address"),
    path("account/address/verify/", change.verify, name="verify-address"),
    path("account/export/", account.export, name="export"),
    path("account/delete/", account.delete, name="delete"),
    path("otp", api.otp, name="otp"),
    path("otp/me", tokens.me, name="me"),
    LazyInclude("otp/staff/", "otp.api.staff", "staff"),
    LazyInclude("otp/", "otp.api.openapi.document", "openapi"),
    LazyInclude("oauth2/", "otp.oidc.urls", "oidc"),
    LazyInclude("ses/events/", "otp.delivery.bounce_webhook", "ses"),
    path(".well-known/jwks.json", tokens.jwks, name="jwks"),
    LazyInclude(".well-known/", "otp.oidc.discovery", "oidc-metadata"),
    path("robots.txt", files.robots, name="robots"),
    *(path(name, files.icon, name=name) for name in ICONS),
]
