"""The canonical form of e-mail addresses, and which addresses are refused."""

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from hypothesis import given
from hypothesis import strategies as st

from otp.delivery.addresses import canonical, validate
from otp.exceptions import AddressInvalid


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Person@Example.COM", "person@example.com"),
        ("  person@example.com ", "person@example.com"),
        ("\u200b\u00a0\tperson@example.com\u2009\ufeff", "person@example.com"),
        ("\u202aperson@example.com\u202c", "person@example.com"),  # as some programs mark a direction
        ("person@\u200bexample.com", "person@example.com"),  # where a page let the line break
        ("person@exa\u00admple.com", "person@example.com"),  # a soft hyphen
        # A joiner that tells this domain from another.
        ("person@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", "person@xn--mgba3gch31f060k.example"),
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
def test_an_address_has_one_canonical_form(typed, stored):
    assert canonical(typed) == stored
    assert canonical(stored) == stored


LABEL = "a" * 63


@pytest.mark.parametrize(
    ("longest", "too_long"),
    [
        (f"person@{LABEL}.example", f"person@a{LABEL}.example"),  # a label of 63
        (f"{'b' * 64}@example.com", f"{'b' * 65}@example.com"),  # a local part of 64
        (f"person@{LABEL}.{LABEL}.{LABEL}.{'a' * 47}.example", f"person@{LABEL}.{LABEL}.{LABEL}.{'a' * 48}.example"),
    ],
)
def test_an_address_may_be_as_long_as_rfc_5321_allows(longest, too_long):
    assert canonical(longest) == longest
    assert len(too_long) == len(longest) + 1
    with pytest.raises(AddressInvalid):
        canonical(too_long)


def test_the_longest_address_has_254_characters_as_it_is_mailed():
    longest = f"person@{LABEL}.{LABEL}.{LABEL}.{'a' * 47}.example"
    assert len(canonical(longest)) == 254
    other_letters = f"person@{LABEL}.{LABEL}.{LABEL}.b\u00fccher.{'a' * 33}.example"  # b\u00fccher is xn--bcher-kva
    assert len(other_letters) < 254
    assert len(canonical(other_letters)) == 254
    with pytest.raises(AddressInvalid):
        canonical(other_letters.replace("@", "s@"))


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
        "per\u200dson@example.com",  # a joiner, which a domain's name may need and a local part doesn't
        "person@[127.0.0.1]",
        "person@127.0.0.10",
        "person@-example.com",
        "person@exa_mple.com",
        "person@example..com",
        "person@example.com.",
        "person@\u2603.example",  # a snowman, which IDNA 2008 doesn't allow
        "person@xn--zzzzzz.example",  # invalid punycode
        "person@exam ple.com",
        "person..other@example.com",
        ".person@example.com",
        "a" * 65 + "@example.com",
        "person@" + "a" * 64 + ".example",
        "person@" + "a." * 130 + "example",
        "a" * 10_000 + "@example.com",
    ],
)
def test_an_ambiguous_address_is_refused(typed):
    with pytest.raises(AddressInvalid) as refused:
        canonical(typed)
    assert refused.value.status == 400
    assert refused.value.message == "Invalid email format"


@given(st.from_regex(r"[aZ9_-]{0,66}(\.[aZ9-]{0,66}){0,2}\n?", fullmatch=True))
def test_domains_in_ascii_are_checked_as_by_django(domain):
    """The expression for them is Django's own, without its range of other letters."""
    ours, djangos = (is_valid(each, f"person@{domain}") for each in (validate, EmailValidator(allowlist=[])))
    assert ours == djangos


def test_the_letters_beyond_ascii_are_not_compiled():
    assert validate.domain_regex.pattern.isascii()


def is_valid(validator, address):
    try:
        validator(address)
    except ValidationError:
        return False
    return True
