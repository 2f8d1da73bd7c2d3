"""Flows of the fault matrix: pages for staff, commands, SNS's messages, and the scheduled job."""

import json
from collections import Counter
from contextlib import suppress
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from otp.accounts import staff, transfer
from otp.dynamo.operations import get
from otp.models import Account, Address, AuditEntry, Code, Suppression
from tests.support.accounts import account_at, member
from tests.support.api import ask, sent_to
from tests.support.pages import is_in
from tests.support.sns import bounce_of

from .flows import Flow


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


class Deactivate(Staff):
    """An action on an account that is signed in. Repeated after it was done, it changes nothing."""

    def prepare(self) -> None:
        super().prepare()
        self.person = member(self.address)
        self.browser = Client()
        self.browser.force_login(self.person)

    def act(self) -> Any:
        data = {"action": "deactivate", "index": "0", "_selected_action": [self.person.pk], "yes": "yes"}
        return self.client.post("/admin/otp/account/", data, follow=True)

    def settled(self) -> None:
        assert not account_at(self.address).is_active
        assert not is_in(self.browser)
        entries = AuditEntry.objects.filter(kind="account", key=self.person.pk).order_by("created_at")
        assert [entry.action for entry in entries] == ["deactivate"]

    def every_sign_in_is_logged(self) -> None:
        """The session began without a code."""


class Job(Flow):
    """A command, which whoever runs it runs again if it fails."""

    def act(self) -> Any:
        with suppress(CommandError):
            self.run()
        return Client().get("/healthz")

    def run(self) -> None:
        raise NotImplementedError


class Invite(Job):
    def prepare(self) -> None:
        if account_at("host@example.com") is None:
            member("host@example.com")

    def run(self) -> None:
        options = {"site": "https://otp.example/", "by": "host@example.com", "stdout": StringIO()}
        call_command("invite", self.address, **options)

    def settled(self) -> None:
        record = get(Address, self.address)
        assert record.is_invited(timezone.now())
        assert not record.is_member
        assert sent_to(self.address)
        assert AuditEntry.objects.filter(kind="address", key=self.address).exists()


class Import(Job):
    """A batch of two accounts."""

    def run(self) -> None:
        addresses = (self.address, f"next-{self.address}")
        self.lines = [json.dumps({"sub": f"sub-of-{address}", "email": address}) for address in addresses]
        list(transfer.load(self.lines))

    def settled(self) -> None:
        for address in (self.address, f"next-{self.address}"):
            assert account_at(address).pk == f"sub-of-{address}"
            assert account_at(address).addresses == [address]
        assert [report.unchanged for report in transfer.load(self.lines)][-1] == 2


class Bounce(Staff):
    """A message of SNS about a bounced mail, after its signature was verified."""

    def prepare(self) -> None:
        super().prepare()
        self.event = json.dumps(bounce_of(self.address))

    def act(self) -> Any:
        message = {
            "Type": "Notification",
            "MessageId": self.address,
            "TopicArn": settings.OTP_SNS_TOPICS[0],
            "Timestamp": f"{timezone.now():%Y-%m-%dT%H:%M:%S.000Z}",
            "Message": self.event,
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
