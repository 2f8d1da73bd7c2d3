"""One canonical form: what is stored is what is mailed."""

import pytest

from otp.delivery.addresses import canonical
from otp.exceptions import AddressInvalid


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Person@Example.COM", "person@example.com"),
        ("  person@example.com ", "person@example.com"),
        ("person+tag@example.com", "person+tag@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("person＠example.com", "person@example.com"),  # full-width @
        ("ｐｅｒｓｏｎ@example.com", "person@example.com"),
        ("person@bücher.example", "person@xn--bcher-kva.example"),
        ("person@BÜCHER.example", "person@xn--bcher-kva.example"),
        ("person@xn--bcher-kva.example", "person@xn--bcher-kva.example"),
        ("person@b\u00fccher\u3002example", "person@xn--bcher-kva.example"),  # an ideographic full stop
        ("person@stra\u00dfe.example", "person@xn--strae-oqa.example"),
    ],
)
def test_an_address_is_folded_to_one_form(typed, stored):
    assert canonical(typed) == stored
    assert canonical(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "person",
        "@example.com",
        "person@",
        "person@localhost",
        "person@example.com, other@example.com",
        "person@example.com;other@example.com",
        "person@example.com other@example.com",
        "Person <person@example.com>",
        "person@example.com\nBcc: other@example.com",
        "person@example.com\r\n",
        "per\x00son@example.com",
        '"person other"@example.com',
        '"person@evil.example"@example.com',
        "person@evil.example@example.com",
        "pers\u0131on@example.com",  # dotless i
        "pérson@example.com",
        "\ud800@example.com",
        "person@exa\u00admple.com",  # soft hyphen, which IDNA would drop
        "person@[127.0.0.1]",
        "person@127.0.0.10",
        "person@-example.com",
        "person@exa_mple.com",
        "person@example..com",
        "person@example.com.",
        "person@\u2603.example",  # a snowman, which IDNA 2008 has no place for
        "person@xn--zzzzzz.example",  # punycode of nothing
        "person@exam ple.com",
        "person..other@example.com",
        ".person@example.com",
        "a" * 65 + "@example.com",
        "person@" + "a" * 64 + ".example",
        "person@" + "a." * 130 + "example",
        "a" * 10_000 + "@example.com",
    ],
)
def test_an_address_that_two_readers_could_read_differently_is_refused(typed):
    with pytest.raises(AddressInvalid) as refused:
        canonical(typed)
    assert refused.value.status == 400
    assert refused.value.message == "Invalid email format"
