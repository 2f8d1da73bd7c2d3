"""Flows of the fault matrix: pages for signed-in users."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.test import Client

from tests.support.accounts import account_at
from tests.support.api import mailed_code
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


class AddPhone(ChangeAddress):
    """The last step of adding a number: the code of the e-mail address."""

    def prepare(self) -> None:
        Page.prepare(self)
        self.new = f"+6141{int(self.address.partition('@')[0].removeprefix('person')):07d}"
        form = self.client.get("/account/address/?by=phone")
        self.page = enter(self.client, submit(self.client, form, 1, phone=self.new), self.new)
        self.code = mailed_code(self.address)

    def settled(self) -> None:
        assert is_in(self.client)
        assert account_at(self.new).addresses == account_at(self.address).addresses == [self.address, self.new]


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
