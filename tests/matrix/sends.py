"""Flows of the fault matrix: sends."""

from typing import Any
from unittest.mock import patch

from django.test import Client

from otp.dynamo.operations import get
from otp.local import embedded
from otp.models import Code
from otp.signin.flows import Flow as Where
from otp.signin.send import RUNNING
from tests.support.api import answer, answer_by_phone, ask, ask_by_phone, mailed_code, sent_to
from tests.support.pages import CODE, RESEND, SEND, request_code, submit

from .flows import COOLDOWN, Flow


class Send(Flow):
    where = Where("api")

    def act(self) -> Any:
        return ask(self.address, self.key)

    def wait(self, response: Any) -> int:
        """One cooldown after a crash or a send, otherwise the seconds that the response says."""
        return COOLDOWN if response is None or response.status_code != 503 else int(response["Retry-After"])

    def again(self) -> Any:
        return ask(self.address)

    def code(self) -> Code | None:
        return get(Code, self.where.key(self.address))

    def is_consistent(self, response: Any) -> None:
        """There is no code without a mail, unless the response says so, and no cooldown for a mail that wasn't sent."""
        if self.code() and not sent_to(self.address):
            assert response.json()["code"] == "delivery_unknown"

    def settled(self) -> None:
        assert answer(mailed_code(self.address), self.address).status_code == 200
        self.every_sign_in_is_logged()


class SendRepeated(Send):
    """A send that is repeated with its idempotency key succeeds, and its code works, whatever happened to the first."""

    def wait(self, response: Any) -> int:
        return RUNNING if response is None else int(response.headers.get("Retry-After", COOLDOWN))

    def again(self) -> Any:
        return self.act()


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

    def is_consistent(self, response: Any) -> None:
        if self.code() and not sent_to(self.address):
            assert "may not have been sent" in response.text

    def settled(self) -> None:
        page = submit(self.client, self.page, CODE, code=mailed_code(self.address))
        assert page.redirect_chain == [("/account/", 302)]


class Resend(SendOnPage):
    def prepare(self) -> None:
        self.client = Client()
        self.page = request_code(self.client, self.address)

    def act(self) -> Any:
        return submit(self.client, self.page, RESEND)

    def is_consistent(self, response: Any) -> None:
        """Nothing to check: the user already has the first mail."""


class SendUndone(Send):
    """SES refuses the mail, and undoing the send may fail too: then the user waits for one cooldown at most."""

    clear = (200, 503)

    def act(self) -> Any:
        with patch.dict(embedded.ses().email_identities, clear=True):
            return super().act()

    def wait(self, response: Any) -> int:
        return COOLDOWN

    def is_consistent(self, response: Any) -> None:
        assert not sent_to(self.address)


class SendTooSoon(Send):
    clear = (200, 429)

    def prepare(self) -> None:
        ask(self.address)

    def is_consistent(self, response: Any) -> None:
        """The code and the mail of the first send exist."""
        assert self.code()

    def wait(self, response: Any) -> int:
        return COOLDOWN
