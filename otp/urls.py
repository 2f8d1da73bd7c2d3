from django.urls import path

from . import account_views, api, views

urlpatterns = [
    path("", views.sign_in, name="sign-in"),
    path("verify/", views.verify, name="verify"),
    path("account/", account_views.account, name="account"),
    path("account/sign-out/", account_views.sign_out, name="sign-out"),
    path("account/sign-out-everywhere/", account_views.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/export/", account_views.export, name="export"),
    path("account/delete/", account_views.delete, name="delete"),
    path("otp", api.otp, name="otp"),
]
