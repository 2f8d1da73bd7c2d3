"""Sign-ins of an account's owner, with or without a known browser, and sends of strangers."""

from django.http import HttpResponse
from django.test import Client, RequestFactory

from otp.clock import DAY
from otp.models import Address
from otp.signin import devices, sessions
from tests.support.api import ADDRESS, ask, mailed_code
from tests.support.pages import request_code, submit

COOKIE = "otp_device"


def sign_in(client, address=ADDRESS):
    """Sign in by the pages, and clear the budgets. Returns the device cookie of the sign-in."""
    page = submit(client, request_code(client, address), code=mailed_code(address))
    assert page.redirect_chain == [("/account/", 302)]
    cookie = client.cookies[COOKIE].value if COOKIE in client.cookies else ""
    for budget in (address, f"{address} {cookie[:16]}"):
        Address.objects.filter(pk=budget).update(sends=[])
    return cookie or None


def sign_out(client):
    submit(client, client.get("/account/"))


def with_cookie(value):
    client = Client()
    client.cookies[COOKIE] = value
    return client


def send_from(client, address=ADDRESS):
    """Request another code on the page; returns the status: 302 if one was sent."""
    return submit(client, client.get("/"), email=address, follow=False)


def status_from(client, address=ADDRESS):
    return send_from(client, address).status_code


def spend_all(send, clock):
    """Request codes as early as allowed until the budget of the day is used up; returns how many were sent."""
    sent, left = 0, DAY
    while (wait := int(send().get("Retry-After", 0))) < left:
        clock.shift(wait)
        left -= wait
        sent += not wait
    return sent


def spend_shared_budget():
    """Request a code as a stranger: the cooldown then applies to all but the owner's known browsers."""
    assert ask().status_code == 200
    assert ask().status_code == 429


def cookie_of(account, before=None):
    """The device cookie that a sign-in to an account would set, without signing in."""
    request, response = RequestFactory().get("/"), HttpResponse()
    if before:
        request.COOKIES[COOKIE] = before
    devices.remember(request, response, sessions.begin(account, ""))
    return response.cookies[COOKIE].value
