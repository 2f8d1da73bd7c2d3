"""A client of the JSON API. Every failure is raised as a Problem, whose text is shown to the user."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests

API_URL = "http://127.0.0.1:8000/otp"
TIMEOUT = (5, 30)  # seconds to connect and to wait for data; API Gateway waits at most 30
HERE = {"127.0.0.1", "localhost", "::1"}

Answer = dict[str, Any]


class Problem(Exception):
    """A request failed; the text says why. `code` is the API's error code, "" if it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Bearer(requests.auth.AuthBase):
    """Sets the Authorization header. Passed as `auth`, since a .netrc file would override a header given otherwise."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def post(body: Answer, language: str = "", key: str = "") -> Answer:
    """POST to /otp; returns the response's body. `key` is the idempotency key of a repeated request. Raises Problem."""
    return _request("POST", "", {"Accept-Language": language, "Idempotency-Key": key}, json=body)


def get(path: str, token: str, language: str = "", **query: str | None) -> Answer:
    """GET; returns the response's body. Parameters that are None or empty are left out. Raises Problem."""
    params = {name: value for name, value in query.items() if value}
    return _request("GET", path, {"Accept-Language": language}, token=token, params=params)


@contextmanager
def readable() -> Iterator[None]:
    """Raise Problem if the block finds a field of the response missing or of another type."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Problem(f"The server at {_api_url()} doesn't have this API. Is OTP_API_URL right?") from None


def _request(method: str, path: str, headers: dict[str, str], token: str = "", **request: Any) -> Answer:
    url = _api_url() + path
    headers = {"Accept": "application/json"} | {name: value for name, value in headers.items() if value}
    try:
        # The API never redirects, and following one could send the body or the token to another host.
        response = requests.request(
            method, url, headers=headers, auth=Bearer(token), timeout=TIMEOUT, allow_redirects=False, **request
        )
    except requests.Timeout:
        raise Problem("The server took too long to answer. Try again in a moment.") from None
    except (requests.RequestException, ValueError):
        raise Problem(f"The server at {url} can't be reached. Does it run, and is OTP_API_URL right?") from None
    with readable():
        body = response.json()
        message, code = body["message"] + "", body["code"] + ""  # raises TypeError unless both are text
    if response.status_code != 200:
        raise Problem(message + _when(body.get("retry_after")), code)
    return body


def _api_url() -> str:
    """The URL of the API. Raises Problem if it would send codes and tokens unencrypted."""
    url = os.environ.get("OTP_API_URL", "").rstrip("/") or API_URL
    try:
        place = urlsplit(url)
        safe = place.scheme == "https" or (place.scheme == "http" and place.hostname in HERE)
    except ValueError:
        safe = False
    if not safe:
        raise Problem("OTP_API_URL must begin with https://, or with http:// and name this machine.")
    return url


def _when(seconds: object) -> str:
    """A sentence on when to try again, "" if the response didn't say."""
    if not isinstance(seconds, int) or seconds <= 0:
        return ""
    if seconds < 100:
        wait = f"{seconds} s"
    else:
        wait = f"{-(-seconds // 60)} min" if seconds < 6000 else f"{-(-seconds // 3600)} h"
    return f" (again in {wait})"
