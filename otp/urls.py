from django.urls import URLResolver, path
from django.urls.resolvers import RoutePattern

from .api import tokens
from .api import views as api
from .pages import account, views


class LazyInclude(URLResolver):
    """An `include()` whose module is imported on the first request below its prefix: sign-ins start without it.

    Its names need the namespace, as "staff:figures": Django looks for others without importing it.
    """

    def __init__(self, prefix: str, module: str, namespace: str) -> None:
        super().__init__(RoutePattern(prefix), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Do nothing: the original imports the module to collect its names for the whole site."""


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
    LazyInclude("otp/staff/", "otp.api.staff", "staff"),
    LazyInclude("otp/", "otp.api.openapi.document", "openapi"),
    LazyInclude("ses/events/", "otp.delivery.webhook", "ses"),
    path(".well-known/jwks.json", tokens.jwks, name="jwks"),
]
