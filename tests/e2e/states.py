"""Every page and state of the site, each reached as a user reaches it.

A walk is a generator: it drives pages of a stage and yields the name and the page of each state. Between states, the
caller may change the window's size and colours and nothing else. WALKS includes those of `staff_states`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import time_machine
from django.conf import settings
from playwright.sync_api import expect

from otp.accounts import staff
from otp.exceptions import DeliveryFailed, DeliveryUnknown, Unavailable
from otp.local.inbox import mails
from tests.e2e import staff_states
from tests.e2e.conftest import Stage, begin, code_in_inbox, enter, press
from tests.support.accounts import account_at
from tests.support.api import other_than

State = tuple[str, Any]
PERSON = "person@example.com"


def asking(stage: Stage) -> Iterator[State]:
    """Requesting a code, and the reasons why none is sent."""
    page = stage.open()
    page.goto("/")
    yield "sign-in", page
    fill(page, "person@localhost")
    yield "sign-in-invalid", page
    begin(stage.open(), PERSON)
    fill(page, PERSON)
    yield "sign-in-too-early", page
    stage.settings.OTP_SENDS_PER_IP = 0
    fill(page, "another@example.com")
    yield "sign-in-network-limited", page
    del stage.settings.OTP_SENDS_PER_IP
    for error in (DeliveryFailed(), Unavailable()):
        with failing("send", error):
            fill(page, "another@example.com")
            yield f"sign-in-{error.code}", page
    with failing("send", DeliveryUnknown()):
        fill(page, "another@example.com")
        yield "code-perhaps-sent", page


def by_phone(stage: Stage) -> Iterator[State]:
    stage.settings.OTP_SMS = True
    page = stage.open()
    page.goto("/")
    yield "sign-in-with-choice", page
    press(page.get_by_role("link", name="mobile number"))
    yield "phone", page
    fill(page, "12", "Mobile number")
    yield "phone-invalid", page
    fill(page, "+61 412 345 678", "Mobile number")
    yield "phone-code", page


def typing(stage: Stage) -> Iterator[State]:
    """Entering correct and wrong codes."""
    page = stage.open()
    begin(page, PERSON)
    yield "code", page
    submit_code(page, "12")
    yield "code-malformed", page
    code = code_in_inbox(page, PERSON)
    submit_code(page, other_than(code))
    yield "code-wrong", page
    with failing("verify", Unavailable()):
        submit_code(page, other_than(code))
        yield "code-unavailable", page
    begin(page, PERSON)
    yield "code-another-too-early", page
    with later(minutes=2):
        page.reload()
        yield "code-another-possible", page
        press(page.get_by_role("button", name="Send a new code"))
        expect(page.get_by_text("We sent a new code")).to_be_visible()
        yield "code-sent-again", page
        code = code_in_inbox(page, PERSON)
        for _ in range(6):
            submit_code(page, other_than(code))
        yield "code-last-try", page
        page.reload()
        yield "code-dead", page


def too_late(stage: Stage) -> Iterator[State]:
    """Entering a code that no longer works."""
    page, tab = stage.open(), None
    begin(page, PERSON)
    with later(minutes=16):
        submit_code(page, code_in_inbox(page, PERSON))
        yield "code-expired", page
    begin(page, "used-up@example.com")
    tab = page.context.new_page()
    tab.goto("/verify/")
    code = code_in_inbox(page, "used-up@example.com")
    for _ in range(6):
        submit_code(tab, other_than(code))
    submit_code(page, code)
    yield "code-used-up", page
    begin(page, "replaced@example.com")
    code = code_in_inbox(page, "replaced@example.com")
    staff.appoint_by_command("staff@example.com", "superuser")
    staff_states.revoke_codes_of("replaced@example.com")
    submit_code(page, code)
    yield "code-revoked", page
    enter(stage.open(), "gone@example.com")
    staff.deactivate(account_at("gone@example.com").pk, by=staff.staff_accounts()[0])
    with later(minutes=2):
        begin(page, "gone@example.com")
        submit_code(page, code_in_inbox(page, "gone@example.com"))
        yield "account-deactivated", page


def being_in(stage: Stage) -> Iterator[State]:
    stage.settings.OTP_SEND_WINDOWS = (0,)
    page = stage.open()
    enter(page, PERSON)
    yield "account", page
    enter(stage.open(), PERSON)
    page.reload()
    yield "account-signed-in-twice", page
    press(page.get_by_role("button", name="Sign out everywhere else"))
    yield "signed-out-elsewhere", page
    press(page.get_by_role("link", name="Change address"))
    yield "change-address", page
    fill(page, "new@example.com")
    yield "change-code", page
    submit_code(page, code_in_inbox(page, "new@example.com"))
    yield "change-code-to-old", page
    submit_code(page, code_in_inbox(page, PERSON))
    yield "address-changed", page
    press(page.get_by_role("button", name="Sign out", exact=True))
    yield "signed-out", page
    enter(page, PERSON)
    press(page.get_by_role("link", name="Delete my account"))
    yield "delete", page
    press(page.get_by_role("button", name="Delete my account"))
    yield "deleted", page


def failures(stage: Stage) -> Iterator[State]:
    page = stage.open()
    page.goto("/nothing")
    yield "not-found", page
    page.goto("/")
    page.context.clear_cookies()
    fill(page, PERSON)
    yield "page-outdated", page
    page.goto("/")
    with failing("send", RuntimeError("planned")):
        fill(page, PERSON)
        yield "server-error", page


def around(stage: Stage) -> Iterator[State]:
    """The site's other pages: the API's documentation, the local inbox, the mail itself."""
    page = stage.open()
    page.goto("/inbox/")
    yield "inbox-empty", page
    begin(page, PERSON)
    page.goto("/inbox/")
    page.get_by_text("HTML version").click()
    page.frame_locator("iframe").locator("body > *").wait_for()
    yield "inbox", page
    page.goto("/otp/docs")
    page.locator(".opblock-summary-path").first.wait_for()
    yield "docs", page
    page.locator(".opblock-summary-control").first.click()
    page.locator(".opblock-body").first.wait_for()
    page.get_by_role("button", name="Try it out").click()
    yield "docs-operation", page
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").wait_for()
    yield "docs-answer", page
    page.goto("about:blank")
    page.set_content(mails()[0].html)
    yield "mail", page


def in_other_words(stage: Stage) -> Iterator[State]:
    """Other languages: longer words, other scripts, right-to-left text."""
    for language, _ in settings.LANGUAGES[1:]:
        page, address = stage.open(locale=language), f"{language}@example.com"
        page.goto("/")
        yield f"sign-in-{language}", page
        page.locator("input[name=email]").fill(address)
        page.keyboard.press("Enter")
        page.wait_for_url("**/verify/")
        code = code_in_inbox(page, address)
        with page.expect_navigation():
            page.locator("input[name=code]").fill(other_than(code))
        yield f"code-wrong-{language}", page
        page.locator("input[name=code]").fill(code)
        page.wait_for_url("**/account/")
        yield f"account-{language}", page
        page.goto("/account/delete/")
        yield f"delete-{language}", page
        page.goto("/nothing")
        yield f"not-found-{language}", page
        page.goto("about:blank")
        page.set_content(mails()[0].html)
        yield f"mail-{language}", page


WALKS = [asking, by_phone, typing, too_late, being_in, failures, around, in_other_words, *staff_states.WALKS]


def fill(page: Any, address: str, label: str = "Email address") -> None:
    """Submit the form of the sign-in page, without waiting for a particular result."""
    page.get_by_label(label).fill(address)
    press(page.get_by_role("button", name="me a code"))


def submit_code(page: Any, code: str) -> None:
    """Type a code, and press Enter unless the sixth digit has submitted it."""
    with page.expect_navigation():
        page.get_by_label("Code").fill(code)
        if len(code) != 6:
            page.keyboard.press("Enter")


@contextmanager
def failing(verb: str, error: Exception) -> Iterator[None]:
    """Let the pages' call of `send_code` or `verify_code` raise an error."""
    with patch(f"otp.pages.views.{verb}_code", side_effect=error):
        yield


@contextmanager
def later(**time: int) -> Iterator[None]:
    """Move the site's clock ahead."""
    with time_machine.travel(datetime.now(UTC) + timedelta(**time)):
        yield
