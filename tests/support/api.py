"""Requests to the JSON API, and the codes that were mailed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.test import Client

from otp.local.inbox import mails
from otp.models import Address

ADDRESS = "person@example.com"


def post(body: Any, *, client: Client | None = None, **headers: str) -> Any:
    """POST a body to the JSON API: an object, or text that is sent unchanged."""
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return (client or Client()).post("/otp", data, content_type="application/json", headers=headers)


def ask(address: str = ADDRESS, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Request a code for an address."""
    return post({"action": "send_otp", "email": address, **more}, **(headers or {}))


def answer(otp: Any, address: str = ADDRESS, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Verify a code of an address."""
    return post({"action": "verify_otp", "email": address, "otp": otp, **more}, **(headers or {}))


def mailed_code(address: str = ADDRESS) -> str:
    """The code in the newest mail to an address."""
    return next(code[0] for mail in mails() if mail.to == [address] and (code := re.search(r"\b\d{6}\b", mail.text)))


def sent_to(address: str) -> bool:
    """Whether anything was sent to an address or number."""
    return any(mail.to == [address] for mail in mails())


def other_than(code: str) -> str:
    """A wrong code of six digits."""
    return f"{(int(code) + 1) % 10**6:06d}"


def signed_in(address: str = ADDRESS, **headers: str) -> dict[str, Any]:
    """Request a code, without a cooldown, and verify it; returns the body of the response."""
    ask(address)
    answered = answer(mailed_code(address), address, headers).json()
    Address.objects.filter(pk=address).update(sends=[])
    return answered


def refresh(token: str) -> Any:
    """Exchange a refresh token for the next one."""
    return post({"action": "refresh_token", "refresh_token": token})


def me(access_token: str) -> Any:
    """Request the account of an access token."""
    return Client().get("/otp/me", headers={"Authorization": f"Bearer {access_token}"})


def at_once(times: int, request: Callable[[], Any]) -> list[Any]:
    """Make a request in that many threads at the same moment; returns the responses."""
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(request) for _ in range(times)]]


def statuses(responses: Iterable[Any]) -> Counter[int]:
    """The number of responses by status."""
    return Counter(response.status_code for response in responses)


PHONE = "+61412345678"


def ask_by_phone(phone: str = PHONE, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Request a code by SMS."""
    return post({"action": "send_otp", "phone": phone, **more}, **(headers or {}))


def answer_by_phone(otp: Any, phone: str = PHONE, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Verify a code from an SMS."""
    return post({"action": "verify_otp", "phone": phone, "otp": otp, **more}, **(headers or {}))


def status_and_code(response: Any) -> tuple[int, str]:
    """The status of a response and its machine-readable code."""
    return response.status_code, response.json()["code"]


def status_and_message(response: Any) -> tuple[int, str]:
    """The status of a response and its message, which clients of the previous system read."""
    return response.status_code, response.json()["message"]
