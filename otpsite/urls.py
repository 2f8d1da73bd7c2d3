from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern


class Later(URLResolver):
    """An include with a namespace that is imported when a page of its own, or the name of one, is first asked for."""

    def _populate(self) -> None:
        """Django would gather the names of all includes whenever it looks for one."""


def healthz(request: HttpRequest) -> HttpResponse:
    """Says that the site runs. Asks no other service: this is asked for often, by anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", include("otp.urls")),
    path("healthz", healthz, name="healthz"),
    Later(RoutePattern("admin/"), "otp.admin.urls", app_name="admin", namespace="admin"),
]

if settings.LOCAL:
    urlpatterns.append(path("inbox/", include("otp.local.urls")))

handler400 = "otp.errors.bad_request"
handler403 = "otp.errors.forbidden"
handler404 = "otp.errors.not_found"
handler500 = "otp.errors.server_error"
