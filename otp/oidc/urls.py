from django.urls import path

from . import authorize, endpoints, logout

urlpatterns = [
    path("authorize", authorize.authorize, name="authorize"),
    path("cancel", authorize.cancel, name="cancel"),
    path("consent", authorize.consent, name="consent"),
    path("token", endpoints.token, name="token"),
    path("userinfo", endpoints.userinfo, name="userinfo"),
    path("revoke", endpoints.revoke, name="revoke"),
    path("logout", logout.logout, name="logout"),
    path("logout/confirm", logout.confirm, name="logout-confirm"),
]
