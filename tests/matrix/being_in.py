"""Flows of the fault matrix: pages for signed-in users and staff, SNS's messages, and the scheduled job."""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from otp.accounts import staff
from otp.dynamo.operations import get
from otp.models import Account, AuditEntry, Code, Suppression
from tests.support.accounts import account_at
from tests.support.api import ask, mailed_code
from tests.support.changes import begin, enter, form_of
from tests.support.pages import CODE, is_in, request_code, submit

from .flows import Flow


class Page(Flow):
    """A page for signed-in users."""

    def prepare(self) -> None:
        self.client = Client()
        page = request_code(self.client, self.address)
        self.page = submit(self.client, page, CODE, code=mailed_code(self.address))

    def act(self) -> Any:
        return self.client.get("/account/")

    def settled(self) -> None:
        assert self.address in self.client.get("/account/").text


class PageSignOut(Page):
    """Signing out ends this session, also for a copy of its cookie."""

    def prepare(self) -> None:
        super().prepare()
        self.copy = Client()
        self.copy.cookies = self.client.cookies.copy()

    def act(self) -> Any:
        return self.client.post("/account/sign-out/", follow=True)

    def settled(self) -> None:
        assert self.copy.get("/account/").status_code == 302


class EndSession(Page):
    """Somebody who is signed in in another browser as well, and ends that."""

    def prepare(self) -> None:
        super().prepare()
        self.elsewhere = Client()
        self.elsewhere.force_login(account_at(self.address))
        self.sid = self.elsewhere.session[SESSION_KEY].partition(" ")[2]

    def act(self) -> Any:
        return self.client.post("/account/sessions/end/", {"session": self.sid}, follow=True)

    def settled(self) -> None:
        assert is_in(self.client)
        assert not is_in(self.elsewhere)

    def every_sign_in_is_logged(self) -> None:
        """The other session began without a code."""


class EndOtherSessions(EndSession):
    def act(self) -> Any:
        return self.client.post("/account/sessions/end-others/", follow=True)


class ChangeAddress(Page):
    """The last step: the code of the address that the account has."""

    def prepare(self) -> None:
        super().prepare()
        self.new = f"new-{self.address}"
        self.page = enter(self.client, begin(self.client, self.new), self.new)
        self.code = mailed_code(self.address)

    def act(self) -> Any:
        return submit(self.client, self.page, form_of(self.page), code=self.code)

    def settled(self) -> None:
        assert is_in(self.client)
        assert account_at(self.new).addresses == [self.new]
        assert account_at(self.address) is None


class Delete(Page):
    clear = (200, 403)  # after signing out, the page says that the form is out of date

    def act(self) -> Any:
        token = self.page.context["csrf_token"]
        return self.client.post("/account/delete/", {"csrfmiddlewaretoken": token}, follow=True)

    def every_sign_in_is_logged(self) -> None:
        """The log doesn't say any more whose its entries were, even if the account couldn't be deleted yet."""

    def settled(self) -> None:
        assert account_at(self.address) is None


class Export(Page):
    def act(self) -> Any:
        return self.client.get("/account/export/")


class Staff(Flow):
    """A page of the admin, requested by staff."""

    def prepare(self) -> None:
        ask(self.address)
        staff.appoint_by_command("staff@example.com", Account.Role.STAFF)
        self.client = Client()
        self.client.force_login(account_at("staff@example.com"))

    def act(self) -> Any:
        return self.client.get("/admin/otp/logentry/")

    def settled(self) -> None:
        assert self.address in self.client.get("/admin/otp/logentry/").text


class Analytics(Staff):
    def act(self) -> Any:
        return self.client.get("/admin/analytics/")

    def settled(self) -> None: ...


class Revoke(Staff):
    def act(self) -> Any:
        data = {"action": "revoke", "index": "0", "_selected_action": [self.address]}
        return self.client.post("/admin/otp/code/", data, follow=True)

    def settled(self) -> None:
        assert get(Code, self.address).status == Code.Status.REVOKED
        entries = AuditEntry.objects.filter(actor=account_at("staff@example.com").pk).order_by("created_at")
        assert Counter(entry.key for entry in entries)[self.address] == 1


class Bounce(Staff):
    """A message of SNS about a bounced mail, after its signature was verified."""

    def act(self) -> Any:
        told = {
            "notificationType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": self.address}]},
            "mail": {"destination": [self.address]},
        }
        message = {
            "Type": "Notification",
            "MessageId": self.address,
            "TopicArn": settings.OTP_SNS_TOPICS[0],
            "Timestamp": f"{timezone.now():%Y-%m-%dT%H:%M:%S.000Z}",
            "Message": json.dumps(told),
        }
        return Client().post("/ses/events/", json.dumps(message), content_type="text/plain")

    def settled(self) -> None:
        assert get(Suppression, self.address).reason == Suppression.Reason.BOUNCE


class RollUp(Staff):
    """The scheduled job. It prints nothing when it works."""

    def act(self) -> Any:
        call_command("roll_up", verbosity=0)
        return Client().get("/healthz")


class LiftSuppression(Staff):
    def prepare(self) -> None:
        super().prepare()
        reason = Suppression.Reason.BOUNCE
        Suppression.objects.create(address=self.address, reason=reason, created_at=timezone.now())

    def act(self) -> Any:
        data = {"action": "lift", "index": "0", "_selected_action": [self.address]}
        return self.client.post("/admin/otp/suppression/", data, follow=True)

    def settled(self) -> None:
        assert get(Suppression, self.address) is None
