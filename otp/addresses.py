"""An e-mail address in its one canonical form: what is stored is what is mailed, and nothing else is."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from .exceptions import AddressInvalid

LONGEST = 254  # RFC 5321's path, less its angle brackets


def canonical(text: str) -> str:
    """The address folded to NFKC and lower case, with an IDNA (punycode) domain. Raises AddressInvalid.

    Folding comes before validation, so that a full-width @ or a dotless i can't name one mailbox to us and another
    to the mail's way. SES can't send to local parts outside ASCII, and quoted ones hide a second address: refused.
    """
    folded = unicodedata.normalize("NFKC", text.strip(" ")).lower()
    if len(folded) > LONGEST:
        raise AddressInvalid
    try:
        # strict: a local part over 64 characters is refused too
        valid = validate_email(folded, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressInvalid from error
    address = f"{valid.local_part}@{valid.ascii_domain}".lower()
    if len(address) > LONGEST:
        raise AddressInvalid
    return address
