from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> HttpResponse:
    """Says that the site runs. Asks no other service: this is asked for often, by anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", include("otp.urls")),
    path("healthz", healthz, name="healthz"),
    path("admin/", include("otp.admin.urls")),
]

if settings.LOCAL:
    urlpatterns.append(path("inbox/", include("otp.local.urls")))

handler400 = "otp.views.bad_request"
handler403 = "otp.views.forbidden"
handler404 = "otp.views.not_found"
handler500 = "otp.views.server_error"
