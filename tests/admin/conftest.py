"""Fixtures and helpers for the admin: sign in with a role, select rows, and run an action."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from otp.accounts import staff
from tests.admin.entries import NOW
from tests.support.accounts import account_at

ROLES = ("superuser", "staff", "viewer")


@pytest.fixture
def enter() -> Callable[..., Client]:
    """A function that returns a client signed in with a role. "person" has no role; None isn't signed in."""

    def sign_in(role: str | None, address: str = "") -> Client:
        client = Client()
        if role:
            address = address or f"{role}@staff.example"
            staff.appoint_by_command(address, role)
            if role == "person":
                staff.dismiss_by_command(address)
            client.force_login(account_at(address))
        return client

    return sign_in


@pytest.fixture
def noon(clock: Any) -> None:
    """The clock stands at the NOW of `attempts`."""
    clock.move_to(NOW)


@pytest.fixture
def viewer(enter: Callable[..., Client]) -> Client:
    return enter("viewer")


def act(client: Client, model: str, action: str, *keys: str, **more: Any) -> Any:
    """Select rows, run an action, and answer yes if it asks; returns the page that follows."""
    data = {"action": action, "index": "0", "_selected_action": keys, "yes": "yes", **more}
    return client.post(f"/admin/otp/{model}/", data, follow=True)


def said(response: Any) -> list[str]:
    """The messages on the page."""
    return [str(message) for message in response.context["messages"]]
