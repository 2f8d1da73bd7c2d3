"""An HTTP client, with cookies, of the rehearsed function."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.support.api import ADDRESS, mailed_code

from .events import API_HOST, Event, Request, http_api, rest
from .runtime import Function
from .strict.reference import GATEWAYS


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, list[str]]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return self.headers[name][0]

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's first form."""
        form = self.text.split("<form", 1)[1].split("</form>", 1)[0]
        inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form)
        return {attribute(each, "name"): attribute(each, "value") for each in inputs}


def attribute(tag: str, name: str) -> str:
    return re.search(rf'{name}="([^"]*)"', tag)[1]


def read(answer: Event) -> Answer:
    """The HTTP response that the gateway makes of a function's response."""
    headers: dict[str, list[str]] = {}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers.setdefault(name.lower(), []).extend(values)
    for name, value in (answer.get("headers") or {}).items():
        # API Gateway merges headers and multi-value headers of the same name, but only if the case is the same, too.
        if name not in (answer.get("multiValueHeaders") or {}):
            headers.setdefault(name.lower(), []).append(value)
    if answer.get("cookies"):
        headers.setdefault("set-cookie", []).extend(answer["cookies"])
    headers = {name: [value.strip() for value in values] for name, values in headers.items()}  # HTTP strips them
    body = answer.get("body") or ""
    return Answer(
        answer["statusCode"], headers, base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    )


@dataclass
class Site:
    """A client of the site at one of its addresses, which `make_event` and `host` determine."""

    function: Function
    make_event: Callable[..., Event] = rest
    host: str = API_HOST
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The site's URL without a path of its own: host and stage."""
        staged = self.host.endswith(GATEWAYS) and self.make_event in (rest, http_api)
        return f"https://{self.host}{'/prod' if staged else ''}"

    def get(self, url: str, **headers: str) -> Answer:
        return self.send("GET", url, headers)

    def post(self, url: str, fields: dict[str, str], **headers: str) -> Answer:
        """Submit a form as a browser does."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{self.host}", **headers}
        return self.send("POST", url, headers, urlencode(fields).encode())

    def post_json(self, body: Any, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", "/otp", {"Content-Type": "application/json", **headers}, data)

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes = b"", **event: Any) -> Answer:
        if self.cookies:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        request = Request(method, url, {name.replace("_", "-"): value for name, value in headers.items()}, body)
        answer = read(self.function.invoke(self.make_event(request, host=self.host, **event)))
        for cookie in answer.headers.get("set-cookie", []):
            for name, morsel in SimpleCookie(cookie).items():
                self.cookies[name] = morsel.value
        return answer

    def path_of(self, link: str, page: str = "/") -> str:
        """The path that the gateway would pass to the function for a link. Fails if the link leaves the site."""
        whole = urljoin(f"{self.root}{page}", link)
        assert whole.startswith(f"{self.root}/"), f"{link} leads out of the site, to {whole}"
        return whole.removeprefix(self.root)

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 302, answer.text
        return self.get(self.path_of(answer.header("location")))


def behind(gateway: Any, host: str | None = None) -> Site:
    """A client of the site behind a gateway of the stricter AWS, at its own host or at a domain."""
    return Site(gateway, rest, host or gateway.host)


def sign_in(site: Site, address: str = ADDRESS) -> Answer:
    """The page of the account, after a sign-in on the pages."""
    page = site.get("/")
    page = site.follow(site.post("/", {**page.hidden, "email": address}))
    return site.follow(site.post("/verify/", {**page.hidden, "code": mailed_code(address)}))
