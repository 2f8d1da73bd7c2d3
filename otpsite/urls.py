from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from otp.urls import LazyInclude


def healthz(request: HttpRequest) -> HttpResponse:
    """Report that the site runs, without a request to another service, since anyone may ask as often as they like."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", include("otp.urls")),
    path("healthz", healthz, name="healthz"),
    LazyInclude("admin/", "otp.admin.urls", "admin"),
]

if settings.LOCAL:
    urlpatterns.append(path("inbox/", include("otp.local.urls")))

handler400 = "otp.errors.bad_request"
handler403 = "otp.errors.forbidden"
handler404 = "otp.errors.not_found"
handler500 = "otp.errors.server_error"
