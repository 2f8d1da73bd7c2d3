"""docs/security.md: each property has tests, and they exist. Also tests that belong to no single module."""

import ast
import re
from pathlib import Path

import pytest
from django.test import Client

from otp import rules
from otp.delivery import email
from otp.dynamo.operations import get
from otp.models import Code
from tests.support.api import ADDRESS, answer, ask, mailed_code
from tests.support.pages import Forms, request_code, submit

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "security.md"
PROPERTIES = 45


def rows():
    """Each row of the table as (number, property, tests, ASVS, NIST)."""
    for line in DOCUMENT.read_text().splitlines():
        if re.match(r"\| \d+ \|", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def functions(file):
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_property_has_a_row_and_every_row_a_test():
    numbers = [int(row[0]) for row in rows()]
    assert numbers == list(range(1, PROPERTIES + 1))
    assert all("::test_" in row[2] for row in rows())


def test_every_named_test_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", DOCUMENT.read_text())
    assert len(named) >= PROPERTIES
    assert [(file, name) for file, name in named if name not in functions(ROOT / "tests" / file)] == []


# -- 10, 11, 17, 18: properties of the whole -------------------------------------------------------


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Host"])
def test_a_forged_host_reaches_no_mail_no_link_and_no_redirect(name, inbox):
    client, forged = Client(), {name: "host=evil.example" if name == "Forwarded" else "evil.example"}
    form = Forms(client.get("/")).found[0][1] | {"email": ADDRESS}
    page = client.post("/?next=/account/", form, headers=forged)
    assert "evil" not in page.text + str(page.headers)
    if name == "Host":
        assert (page.status_code, inbox()) == (400, [])
    else:
        assert page.headers["Location"] == "/verify/?next=%2Faccount%2F"
        assert "evil" not in inbox()[0].text + inbox()[0].html


@pytest.mark.parametrize(
    "foreign", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_site_cannot_make_a_browser_send_a_code_or_sign_in(foreign, inbox):
    client = Client()
    page = request_code(client)
    form = Forms(page).found[0][1]
    assert client.post("/verify/", form | {"code": mailed_code()}, headers=foreign).status_code == 403
    assert client.post("/", form | {"email": "other@example.com"}, headers=foreign).status_code == 403
    body = {"action": "send_otp", "email": "other@example.com"}
    assert client.post("/otp", body, content_type="application/json", headers=foreign).status_code == 403
    assert [mail.to for mail in inbox()] == [[ADDRESS]]
    assert client.get("/account/").status_code == 302
    assert submit(client, page, code=mailed_code()).redirect_chain == [("/account/", 302)]


def test_after_a_crash_before_the_mail_the_wait_is_one_cooldown(clock, monkeypatch):
    class Killed(BaseException):
        """Not an Exception, so that nothing catches it."""

    def die(message):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(email, "deliver", die)
        with pytest.raises(Killed):
            ask()
    clock.shift(rules.SEND_WINDOWS[0])
    assert ask().status_code == 200
    assert answer(mailed_code()).status_code == 200


def test_opening_every_link_neither_signs_in_nor_uses_a_code(inbox):
    client = Client()
    page = request_code(client)
    mail, code = inbox()[0], mailed_code()
    links = re.findall(r"https?://[^\s\"'<>]+", mail.text + mail.html)
    guesses = [f"{path}?code={code}&otp={code}&email={ADDRESS}" for path in ("/", "/verify/", "/otp")]
    for browser in (client, Client()):
        for url in [*links, *guesses]:
            for method in ("HEAD", "GET", "OPTIONS"):
                browser.generic(method, url)
        assert browser.get("/account/").status_code == 302
    flow = client.session["flow"]
    stored = get(Code, f"{ADDRESS} {flow}")
    assert (stored.status, stored.attempts) == ("PENDING", 0)
    assert submit(client, page, code=code).redirect_chain == [("/account/", 302)]
