"""`next` is kept until the end of a sign-in, and never leads to another site (threat 10)."""

import pytest

from tests.support.api import ADDRESS, mailed_code, other_than
from tests.support.pages import CODE, RESEND, SEND, request_code, submit


def test_next_is_kept_until_the_end_of_the_sign_in(client, clock):
    wanted = "/account/delete/?a=1&b=2"
    page = client.get("/account/delete/?a=1&b=2", follow=True)
    page = submit(client, page, SEND, email=ADDRESS)
    clock.shift(60)
    page = submit(client, page, RESEND)
    page = submit(client, page, CODE, code=other_than(mailed_code()))
    page = submit(client, page, CODE, code=mailed_code())
    assert page.redirect_chain == [(wanted, 302)]


@pytest.mark.parametrize(
    "foreign",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "\x08//evil.example",
        "https://testserver@evil.example/",
        "/" * 3000,
        "",
    ],
)
def test_next_never_leaves_the_site(client, foreign):
    """Threat 10."""
    page = request_code(client, start="/?" + "next=" + foreign)
    page = submit(client, page, follow=False, code=mailed_code())
    assert page["Location"] == "/account/"


def test_a_relative_next_is_not_an_error(client):
    page = submit(client, request_code(client, start="/?next=foo"), follow=False, code=mailed_code())
    assert (page.status_code, page["Location"]) == (302, "foo")
