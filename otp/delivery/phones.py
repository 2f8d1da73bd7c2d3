"""The canonical form of a phone number, E.164, and which numbers may be sent a code."""

import re
import unicodedata

from otp.conf import conf
from otp.exceptions import CountryRefused, PhoneInvalid

from .addresses import visible

# Digits and common separators. Extensions are refused, and so are letters, which the library would turn into digits.
WRITTEN = re.compile(r"\+[0-9 ().\-\u2010-\u2013]{6,30}")


def canonical(text: str) -> str:
    """The number as +61412345678. Raises PhoneInvalid or CountryRefused.

    Only mobile numbers are accepted: landlines can't receive SMS, and premium numbers earn money for their owner.
    """
    import phonenumbers  # loads a megabyte of numbering plans

    sms = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    written = unicodedata.normalize("NFKC", visible(text))
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
