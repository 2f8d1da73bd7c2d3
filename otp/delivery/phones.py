"""A phone number in its one canonical form, E.164, if it is one that may be sent a code."""

import re
import unicodedata

from otp.conf import conf
from otp.exceptions import CountryRefused, PhoneInvalid

# What people write numbers with. Letters, which the library would turn into digits, and extensions are refused.
WRITTEN = re.compile(r"\+[0-9 ().\-\u2010-\u2013]{6,30}")


def canonical(text: str) -> str:
    """The number as +61412345678. Raises PhoneInvalid, or CountryRefused.

    Only mobile numbers: others take no SMS or, as premium ones do, earn somebody money by it.
    """
    import phonenumbers  # a megabyte of numbering plans: only for whoever sends SMS

    sms = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    written = unicodedata.normalize("NFKC", text).strip(" ")
    if not WRITTEN.fullmatch(written):
        raise PhoneInvalid
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in sms:
        raise PhoneInvalid
    if phonenumbers.region_code_for_number(number) not in conf.sms_countries:
        raise CountryRefused
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
