"""Flows of the fault matrix: attempts, and the API calls of a signed-in program."""

from typing import Any

from django.test import Client

from otp.dynamo.operations import get
from otp.local.inbox import mails
from otp.models import Code, Session
from tests.support.accounts import member
from tests.support.api import answer, ask, mailed_code, me, other_than, post, refresh
from tests.support.pages import CODE, request_code, submit

from .flows import Flow


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


class VerifyRightOfMember(VerifyRight):
    def prepare(self) -> None:
        member(self.address)
        super().prepare()


class VerifyRightForTokens(VerifyRight):
    """A correct code with a signing key in the settings: the response contains tokens."""

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


class VerifyInNewBrowser(VerifyOnPage):
    """A returning person in an unknown browser: after the sign-in a notice is sent, whose failure changes nothing."""

    def prepare(self) -> None:
        member(self.address)
        super().prepare()

    def settled(self) -> None:
        super().settled()
        assert sum(mail.to == [self.address] for mail in mails()) <= 2, "the code, and one notice"


class Refresh(Flow):
    def prepare(self) -> None:
        ask(self.address)
        tokens = answer(mailed_code(self.address), self.address).json()
        self.token, self.access = tokens["refresh_token"], tokens["access_token"]

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
        assert get(Session, tuple(self.token.split(".")[:2])) is None
        assert refresh(self.token).status_code == 401


class SignOutEverywhere(Refresh):
    """Repeated after it succeeded, the request is refused, because the user is signed out as intended."""

    clear = (200, 401)

    def act(self) -> Any:
        return post({"action": "sign_out_everywhere"}, Authorization=f"Bearer {self.access}")

    def settled(self) -> None:
        assert refresh(self.token).status_code == 401
        assert me(self.access).status_code == 401
