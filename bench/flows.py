"""The number of AWS requests that each flow makes, compared with the most that it may make."""

import logging
from collections.abc import Callable
from typing import Any

from . import contestants
from .aws import Stub
from .contestants import ADDRESS, CODE, CONTEXT, SEND, WRONG, Ours, event, verify
from .figures import Figure

REFUSED = (400, {"__type": "MessageRejected", "message": "Email address is not verified."})


class Counted(Ours):
    """This project, with its requests to AWS counted."""

    def __init__(self) -> None:
        super().__init__(Stub())

    def count(self, event: Any, status: int, **instead: Any) -> tuple[int, int]:
        """Handle an event, check the status, and return the number of requests to DynamoDB and to SES.

        `instead` has the answers to operations that aren't the usual ones.
        """
        self.aws.give(self.usual | instead)
        self.aws.asked()
        with contestants.silence():
            answered = self.handle(event, CONTEXT)
        assert answered["statusCode"] == status, answered
        asked = [operation for operation, _ in self.aws.asked()]
        return len(asked) - asked.count("SendEmail"), asked.count("SendEmail")


def figures() -> list[Figure]:
    site, found = Counted(), []
    logging.disable()  # one flow has a mail fail
    for name, most, count in flows(site):
        requests, mails = count()
        found.append(Figure(f"DynamoDB requests of {name}", requests, "requests", most, f"and {mails} of SES"))
    return found


def flows(site: Counted) -> list[tuple[str, int, Callable[[], tuple[int, int]]]]:
    """For each flow its name, the most requests to DynamoDB, and a function that runs it once and counts."""
    from django.conf import settings
    from django.utils import timezone

    from otp.dynamo.operations import to_item
    from otp.models import Account, Address
    from otp.signin import sessions

    # Outside of the zip there is no manifest of static files.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    now = timezone.now()
    person, staff = (Account(addresses=[ADDRESS], created_at=now, role=role) for role in (None, Account.Role.VIEWER))
    waiting = Address(address=ADDRESS, sends=[int(now.timestamp())], expires_at=now)
    known = {"BatchGetItem": {"Responses": {Address._meta.db_table: [to_item(waiting)]}}}
    shards = 1  # the default of OTP_LOG_SHARDS

    def page(path: str, who: Account) -> Any:
        who.session = session = sessions.begin(who, "")
        cookie = signed_in(who)
        found = {each._meta.db_table: [to_item(each)] for each in (who, session)}
        return event(path=path, cookie=cookie), 200, {"BatchGetItem": {"Responses": found}, "Query": {"Items": []}}

    def counting(asked: Any, status: int, instead: Any | None = None) -> Callable[[], tuple[int, int]]:
        return lambda: site.count(asked, status, **(instead or {}))

    return [
        ("a send", 3, counting(event(SEND), 200)),
        ("a send whose mail fails", 3, counting(event(SEND), 503, {"SendEmail": REFUSED})),
        ("a send that is refused", 2, counting(event(SEND), 429, known)),
        ("a wrong code", 2, counting(event(verify(WRONG)), 401)),
        ("a right code", 2, counting(event(verify(CODE)), 200)),
        ("a signed-in page", 1, counting(*page("/account/delete/", person))),
        ("a page of the admin's list", 2 + shards, counting(*page("/admin/otp/logentry/", staff))),
    ]


def signed_in(account: Any) -> str:
    """The Cookie header of a browser that is signed in."""
    from django.conf import settings
    from django.test import Client

    browser = Client()
    browser.force_login(account)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
