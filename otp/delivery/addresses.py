"""An e-mail address in its one canonical form: what is stored is what is mailed, and nothing else is."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from otp.exceptions import AddressInvalid

LONGEST, LONGEST_LOCAL = 254, 64  # RFC 5321's path, less its angle brackets, and its local part

validate = EmailValidator(allowlist=[])  # a localhost has no mailbox


def canonical(text: str) -> str:
    """The address folded to NFKC and lower case, with an IDNA (punycode) domain. Raises AddressInvalid.

    Folding comes before validation, so that a full-width @ or a dotless i can't name one mailbox to us and another
    to the mail's way. SES can't send to local parts outside ASCII, and quoted ones hide a second address: refused.
    """
    folded = unicodedata.normalize("NFKC", text.strip(" ")).lower()
    local, _, domain = folded.rpartition("@")
    # The validator takes letters of other scripts for their look-alikes, quotes and bare IP addresses: we don't.
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


def in_ascii(domain: str) -> str:
    """A domain of other letters in IDNA 2008's punycode. Raises AddressInvalid where there is none of it."""
    if domain.isascii() and "xn--" not in domain:
        return domain
    import idna  # its tables wait for the first such domain

    try:
        return idna.encode(domain).decode()
    except idna.IDNAError as error:
        raise AddressInvalid from error
