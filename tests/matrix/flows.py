"""Each thing that somebody does, as the fault matrix wants it: made ready, done, done again, and looked at.

A flow's `act` is the one request that is harmed. `again` is what the person does next, when all is well: for most the
same request once more. `settled` says that all is as if nothing had happened.
"""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

from otp import staff, tokens
from otp.dynamo.operations import get
from otp.flows import Flow as Where
from otp.models import Account, Address, Attempt, AuditEntry, Code, RefreshFamily, Suppression
from tests.pages import CODE, RESEND, SEND, request_code, submit
from tests.verbs import answer, answer_by_phone, ask, ask_by_phone, mailed_code, me, other_than, post, refresh, sent_to

COOLDOWN = 60  # seconds


class Flow:
    """`clear` are the statuses that an undisturbed one ends with."""

    clear: tuple[int, ...] = (200,)

    def __init__(self, number: int) -> None:
        self.address = f"person{number}@example.com"
        self.key = {"Idempotency-Key": f"key-{number}"}
        self.prepare()

    def prepare(self) -> None: ...

    def act(self) -> Any:
        raise NotImplementedError

    def wait(self, response: Any) -> int:
        """Seconds until `again` makes sense, given the answer; None for a process that was killed."""
        return 0

    def again(self) -> Any:
        return self.act()

    def settled(self) -> None: ...

    # -- what is looked at -----------------------------------------------------------------------------

    def outcomes(self) -> Counter[str]:
        entries = Attempt.objects.filter(address=self.address).order_by("created_at")
        return Counter(entry.outcome for entry in entries)

    def nobody_is_in_without_an_entry(self) -> None:
        codes = Code.objects.filter(address=self.address).order_by("created_at")
        if any(code.status == Code.Status.VERIFIED for code in codes):
            assert self.outcomes()["otp_verified"] == 1
        families = RefreshFamily.objects.filter(address=self.address).order_by("created_at")
        assert len(list(families)) <= self.outcomes()["otp_verified"]


class Send(Flow):
    where = Where("api")

    def act(self) -> Any:
        return ask(self.address, self.key)

    def wait(self, response: Any) -> int:
        """One cooldown after a crash, or after a code that was sent; none when the answer was that it failed."""
        return 0 if response is not None and response.status_code == 503 else COOLDOWN

    def again(self) -> Any:
        return ask(self.address)

    def code(self) -> Code | None:
        return get(Code, self.where.key(self.address))

    def nothing_is_half_done(self, response: Any) -> None:
        """No code without a mail, unless nobody can tell; no cooldown for a mail that never left."""
        if self.code() and not sent_to(self.address):
            assert response.json()["code"] == "delivery_unknown"

    def settled(self) -> None:
        assert answer(mailed_code(self.address), self.address).status_code == 200
        self.nobody_is_in_without_an_entry()


class SendWithChallenge(Send):
    def act(self) -> Any:
        return ask(self.address, self.key, challenge=True)

    def again(self) -> Any:
        self.last = ask(self.address, challenge=True)
        return self.last

    def code(self) -> Code | None:
        return next(iter(Code.objects.filter(address=self.address).order_by("-created_at")), None)

    def settled(self) -> None:
        right = answer(mailed_code(self.address), self.address, challenge=self.last.json()["challenge"])
        assert right.status_code == 200


class SendBySMS(Send):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.address = f"+6141234{number:04d}"

    def act(self) -> Any:
        return ask_by_phone(self.address, self.key)

    def again(self) -> Any:
        return ask_by_phone(self.address)

    def settled(self) -> None:
        assert answer_by_phone(mailed_code(self.address), self.address).status_code == 200


class SendOnPage(Send):
    def prepare(self) -> None:
        self.client = Client()
        self.page = self.client.get("/")

    def act(self) -> Any:
        return submit(self.client, self.page, SEND, email=self.address)

    def again(self) -> Any:
        self.page = request_code(self.client, self.address)
        return self.page

    def code(self) -> Code | None:
        return get(Code, Where("page", self.client.session["flow"]).key(self.address))

    def nothing_is_half_done(self, response: Any) -> None:
        if self.code() and not sent_to(self.address):
            assert "Nobody can tell" in response.text

    def settled(self) -> None:
        page = submit(self.client, self.page, CODE, code=mailed_code(self.address))
        assert page.redirect_chain == [("/account/", 302)]


class Resend(SendOnPage):
    def prepare(self) -> None:
        self.client = Client()
        self.page = request_code(self.client, self.address)

    def act(self) -> Any:
        return submit(self.client, self.page, RESEND)

    def nothing_is_half_done(self, response: Any) -> None:
        """The person has the first mail already."""


class SendUndone(Send):
    """SES refuses the mail, and what is harmed may be the undoing: then the person waits one cooldown, and no more."""

    clear = (200, 503)

    def act(self) -> Any:
        with override_settings(OTP_FROM_EMAIL="stranger@elsewhere.example"):
            return super().act()

    def wait(self, response: Any) -> int:
        return COOLDOWN

    def nothing_is_half_done(self, response: Any) -> None:
        assert not sent_to(self.address)


class SendTooSoon(Send):
    clear = (200, 429)

    def prepare(self) -> None:
        ask(self.address)

    def nothing_is_half_done(self, response: Any) -> None:
        """There is the first send's code, and its mail."""
        assert self.code()

    def wait(self, response: Any) -> int:
        return COOLDOWN


class VerifyWrong(Flow):
    clear = (401,)

    def prepare(self) -> None:
        ask(self.address)
        self.guess = other_than(mailed_code(self.address))

    def act(self) -> Any:
        return answer(self.guess, self.address, self.key)

    def settled(self) -> None:
        assert get(Code, self.address).attempts == 1
        assert answer(mailed_code(self.address), self.address).status_code == 200


class VerifyRight(Flow):
    def prepare(self) -> None:
        ask(self.address)
        self.guess = mailed_code(self.address)

    def act(self) -> Any:
        return answer(self.guess, self.address, self.key)

    def settled(self) -> None:
        assert self.outcomes()["otp_verified"] == 1
        assert answer(self.guess, self.address).status_code == 404
        assert get(Address, self.address).sends == []


class VerifyRightForTokens(VerifyRight):
    """The settings of the test have a signing key: then this is what a right code gets."""

    def again(self) -> Any:
        self.last = self.act()
        return self.last

    def settled(self) -> None:
        super().settled()
        assert me(self.last.json()["access_token"]).status_code == 200
        assert refresh(self.last.json()["refresh_token"]).status_code == 200


class VerifyOnPage(Flow):
    def prepare(self) -> None:
        self.client = Client()
        self.page = request_code(self.client, self.address)
        self.guess = mailed_code(self.address)

    def act(self) -> Any:
        return submit(self.client, self.page, CODE, follow=False, code=self.guess)

    def again(self) -> Any:
        answered = self.act()
        return self.client.get("/account/") if answered.status_code == 302 else answered

    def settled(self) -> None:
        assert self.client.get("/account/").status_code == 200
        assert self.outcomes()["otp_verified"] == 1

    clear = (200, 302)


class Refresh(Flow):
    def prepare(self) -> None:
        ask(self.address)
        told = answer(mailed_code(self.address), self.address).json()
        self.token, self.access = told["refresh_token"], told["access_token"]

    def act(self) -> Any:
        return refresh(self.token)

    def again(self) -> Any:
        self.last = self.act()
        return self.last

    def settled(self) -> None:
        assert me(self.last.json()["access_token"]).status_code == 200
        assert refresh(self.last.json()["refresh_token"]).status_code == 200


class Me(Refresh):
    def act(self) -> Any:
        return me(self.access)

    def settled(self) -> None:
        assert refresh(self.token).status_code == 200


class SignOut(Refresh):
    def act(self) -> Any:
        return post({"action": "sign_out", "refresh_token": self.token})

    def settled(self) -> None:
        assert get(RefreshFamily, tokens.family_key(self.token)) is None
        assert refresh(self.token).status_code == 401


class SignOutEverywhere(Refresh):
    """Repeated after it has worked, it finds nobody signed in: that is what was wanted."""

    clear = (200, 401)

    def act(self) -> Any:
        return post({"action": "sign_out_everywhere"}, Authorization=f"Bearer {self.access}")

    def settled(self) -> None:
        assert refresh(self.token).status_code == 401
        assert me(self.access).status_code == 401


class Page(Flow):
    """Somebody who is signed in."""

    def prepare(self) -> None:
        self.client = Client()
        page = request_code(self.client, self.address)
        self.page = submit(self.client, page, CODE, code=mailed_code(self.address))

    def act(self) -> Any:
        return self.client.get("/account/")

    def settled(self) -> None:
        assert self.address in self.client.get("/account/").text


class PageSignOutEverywhere(Page):
    def act(self) -> Any:
        return self.client.post("/account/sign-out-everywhere/", {"csrfmiddlewaretoken": self.token()}, follow=True)

    def token(self) -> str:
        return self.page.context["csrf_token"]

    def settled(self) -> None:
        assert self.client.get("/account/").status_code == 302

    clear = (200, 403)  # once signed out, the form is out of date: the page says so


class Delete(PageSignOutEverywhere):
    def act(self) -> Any:
        return self.client.post("/account/delete/", {"csrfmiddlewaretoken": self.token()}, follow=True)

    def settled(self) -> None:
        assert get(Account, self.address) is None


class Export(Page):
    def act(self) -> Any:
        return self.client.get("/account/export/")


class Staff(Flow):
    """One of the staff in the admin."""

    def prepare(self) -> None:
        ask(self.address)
        staff.appoint_by_command("staff@example.com", Account.Role.STAFF)
        self.client = Client()
        self.client.force_login(get(Account, "staff@example.com"))

    def act(self) -> Any:
        return self.client.get("/admin/otp/attempt/")

    def settled(self) -> None:
        assert self.address in self.client.get("/admin/otp/attempt/").text


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
        entries = AuditEntry.objects.filter(actor="staff@example.com").order_by("created_at")
        assert Counter(entry.key for entry in entries)[self.address] == 1


class Bounce(Staff):
    """SNS's word that a mail came back, as it is once its signature was found good."""

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
    """The job of every hour. It says nothing when it works."""

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


def kinds(root: type[Flow] = Flow) -> list[type[Flow]]:
    return [found for child in root.__subclasses__() for found in (child, *kinds(child))]
