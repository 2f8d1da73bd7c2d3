from django.conf import settings
from django.urls import include, path

urlpatterns = [path("", include("otp.urls"))]

if settings.LOCAL:
    urlpatterns.append(path("inbox/", include("otp.local.urls")))

handler400 = "otp.views.bad_request"
handler403 = "otp.views.forbidden"
handler404 = "otp.views.not_found"
handler500 = "otp.views.server_error"
