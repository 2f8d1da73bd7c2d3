"""Changing an account's address, on the pages and without them."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.test import Client

from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.models import Account, Address
from otp.signin import sessions
from otp.signin.callers import Caller
from tests.support import stored
from tests.support.api import ADDRESS, mailed_code
from tests.support.pages import Forms, submit

NEW = "new@example.com"
START, VERIFY = "/account/address/", "/account/address/verify/"
CALLER = Caller("192.0.2.7")


def browser_of(account: Account) -> Client:
    """A browser in which an account is signed in."""
    browser = Client()
    browser.force_login(account)
    return browser


def confirm(change: Change) -> None:
    """Give the code that was mailed to the address that the account has."""
    changing.confirm(change, mailed_code(change.current), caller=CALLER)


def is_whole() -> bool:
    """Each address that an account has points to it, with its epoch; and each that points to one is its."""
    accounts = Account.objects.order_by("created_at")
    pointers = {(each.pk, address, each.session_epoch) for each in accounts for address in each.addresses}
    records = [each for each in stored.items("otp_addresses") if "joined_at" in each]
    return pointers == {(each["account"], each["address"], each["epoch"]) for each in records}


def begin(browser: Client, new: str = NEW) -> Any:
    """Ask for the change; the page that takes the new address's code."""
    return submit(browser, browser.get(START), 1, email=new)


def enter(browser: Client, page: Any, address: str, **more: str) -> Any:
    """Type the code that was mailed to an address; the page that follows."""
    return submit(browser, page, form_of(page), code=mailed_code(address), **more)


def form_of(page: Any) -> int:
    """The place of the form that takes a code."""
    return next(place for place, (_, fields) in enumerate(Forms(page).found) if "code" in fields)


def change_on_pages(browser: Client, new: str = NEW, old: str = ADDRESS) -> Any:
    """The whole change; the page that follows."""
    page = enter(browser, begin(browser, new), new)
    return enter(browser, page, old)


def proved(browser: Client, new: str = NEW) -> Change:
    """A change of the account in that browser, in whose way nothing is but the code of its present address.

    As if the last code to either address was sent long ago.
    """
    change = Change(sessions.account_of(browser.session[SESSION_KEY]), new)
    for address in (new, change.current):
        Address.objects.filter(pk=address).update(sends=[])
    changing.send(change, new, caller=CALLER)
    changing.prove(change, mailed_code(new), caller=CALLER)
    changing.send(change, change.current, caller=CALLER)
    return change
