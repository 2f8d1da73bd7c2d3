from django.urls import path

from . import api, api_tokens, openapi, views

urlpatterns = [
    path("", views.sign_in, name="sign-in"),
    path("verify/", views.verify, name="verify"),
    path("account/", views.account, name="account"),
    path("account/sign-out/", views.sign_out, name="sign-out"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/export/", views.export, name="export"),
    path("account/delete/", views.delete, name="delete"),
    path("otp", api.otp, name="otp"),
    path("otp/me", api_tokens.me, name="me"),
    path("otp/openapi.json", openapi.openapi, name="openapi"),
    path("otp/docs", openapi.docs, name="docs"),
    path(".well-known/jwks.json", api_tokens.jwks, name="jwks"),
]
