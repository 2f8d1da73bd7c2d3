"""The canonical form of an e-mail address. It is the only form that is stored, compared and mailed to."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator, EmailValidator

from otp.exceptions import AddressInvalid

LONGEST, LONGEST_LOCAL = 254, 64  # RFC 5321: the path without its angle brackets; the local part

ADDRESS_OR_NUMBER = re.compile(r"[^\s<>,:/\"']+@[^\s<>,:\"']+|\+\d{5,15}")  # in AWS's messages

SENDER = re.compile(r'(?:(?P<quote>"?)(?P<name>[^<>"]*?)(?P=quote)\s*<(?P<address>[^<>]+)>|(?P<bare>[^<>\s]+))')

JOINERS = "\u200c\u200d"  # invisible, but some scripts' domain names differ by them


class AsciiEmailValidator(EmailValidator):
    """Django's validator, for domains in ASCII: compiling its range of other letters is a sixth of a cold start."""

    domain = EmailValidator.hostname_re + EmailValidator.domain_re + EmailValidator.tld_no_fqdn_re
    domain_regex = re.compile(rf"^{domain}\Z".replace(DomainNameValidator.ul, ""), re.IGNORECASE)


validate = AsciiEmailValidator(allowlist=[])  # refuses localhost, which the default allows


def redacted(text: str) -> str:
    """A text for the log, with e-mail addresses and phone numbers removed."""
    return ADDRESS_OR_NUMBER.sub("(an address)", text)


def visible(text: str) -> str:
    """What was pasted, without the spaces around it and the invisible characters that programs add when copying."""
    shown = "".join(char for char in text if char in JOINERS or unicodedata.category(char) != "Cf")
    return shown.strip("\t" + JOINERS + "".join(char for char in shown if unicodedata.category(char) == "Zs"))


def canonical(text: str) -> str:
    """The address folded to NFKC and lower case, with an IDNA (punycode) domain. Raises AddressInvalid.

    Folding comes before validation. Otherwise a full-width @ or a dotless i could mean one mailbox here and another
    to a mail server. Local parts outside ASCII are refused because SES can't send to them, quoted ones because they
    can hide a second address.
    """
    folded = unicodedata.normalize("NFKC", visible(text)).lower()
    local, _, domain = folded.rpartition("@")
    # Django's validator accepts quotes, IP addresses and some letters outside ASCII. They are refused here.
    if len(folded) > LONGEST or len(local) > LONGEST_LOCAL or not local.isascii() or local[:1] == '"' or "[" in domain:
        raise AddressInvalid
    address = f"{local}@{in_ascii(domain)}"
    try:
        validate(address)
    except ValidationError as error:
        raise AddressInvalid from error
    if len(address) > LONGEST:
        raise AddressInvalid
    return address


def sender(text: str) -> tuple[str, str]:
    """The name and the canonical address of `Acme, Inc. <sign-in@acme.example>`. Raises AddressInvalid.

    The standard library's parser would take "Acme" for the address. A name may be in quotes; it may be empty.
    """
    match = SENDER.fullmatch(text.strip())
    if not match or not text.isprintable():
        raise AddressInvalid
    return match["name"] or "", canonical(match["address"] or match["bare"])


def in_ascii(domain: str) -> str:
    """The domain in punycode (IDNA 2008). Raises AddressInvalid if it has no such form."""
    if domain.isascii() and "xn--" not in domain:
        return domain
    import idna  # its tables take time to import, and few domains need them

    try:
        return idna.encode(domain).decode()
    except idna.IDNAError as error:
        raise AddressInvalid from error
