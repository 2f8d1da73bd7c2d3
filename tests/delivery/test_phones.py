"""The canonical form of phone numbers, and which numbers are refused."""

import subprocess
import sys

import pytest

from otp.delivery import phones
from otp.exceptions import CountryRefused, PhoneInvalid


@pytest.mark.parametrize(
    "typed",
    [
        "+61412345678",
        " +61 412 345 678 ",
        "+61 (412) 345-678",
        "＋６１ ４１２ ３４５ ６７８",
        "+61 0412 345 678",
        "\u202a+61 412\u00a0345 678\u202c\t",
    ],
)
def test_a_number_is_normalized_to_e164(typed):
    assert phones.canonical(typed) == "+61412345678"


def test_a_number_may_have_thirty_characters_after_its_plus():
    longest = f"+61{' ' * 19}412345678"
    assert len(longest) == 31
    assert phones.canonical(longest) == "+61412345678"
    with pytest.raises(PhoneInvalid):
        phones.canonical(longest.replace(" ", "  ", 1))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "empty"),
        ("0412345678", "no country"),
        ("+61", "no number"),
        ("+61 412 345 67", "too short"),
        ("+61 412 345 6789", "too long"),
        ("+61 2 9374 4000", "a landline"),
        ("+61 1900 123 456", "a premium number"),
        ("+61 412 345 678 ext. 9", "an extension"),
        ("+61 412 FLOWER", "letters"),
        ("tel:+61412345678", "a link"),
        ("+61412345678,+61412345679", "two"),
        ("+61412345678\r\n", "a line break"),
        ("+6141234567\x008", "NUL"),
        ("+61" + "4" * 1000, "endless"),
        ("user@example.com", "an address"),
        ("\ud800", "half a character"),
    ],
)
def test_a_number_that_cannot_receive_a_code_is_refused(typed, why):
    with pytest.raises(PhoneInvalid):
        phones.canonical(typed)


def test_only_numbers_of_listed_countries_are_accepted(settings):
    with pytest.raises(CountryRefused):
        phones.canonical("+44 7400 123456")
    settings.OTP_SMS_COUNTRIES = ["AU", "GB"]
    assert phones.canonical("+44 7400 123456") == "+447400123456"
    with pytest.raises(CountryRefused):
        phones.canonical("+870 773 111 632")  # a satellite phone, which has no country
    settings.OTP_SMS_COUNTRIES = []
    with pytest.raises(CountryRefused):
        phones.canonical("+61412345678")


def test_countries_that_share_a_calling_code_are_distinguished(settings):
    settings.OTP_SMS_COUNTRIES = ["US"]
    assert phones.canonical("+1 415 555 2671") == "+14155552671"
    with pytest.raises(CountryRefused):
        phones.canonical("+1 876 555 0123")  # Jamaica: more expensive, and often used for fraud


SEND_AND_VERIFY = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "otpsite.settings"
import django; django.setup()
from django.test import Client
send = lambda **body: Client().post("/otp", body, content_type="application/json", headers={"host": "localhost"})
assert Client().get("/", headers={"host": "localhost"}).status_code == 200
assert send(action="send_otp", email="person@example.com").status_code == 200
assert send(action="verify_otp", email="person@example.com", otp="1").status_code == 401
unwanted = {"phonenumbers", "otp.delivery.phones.phonenumbers", "otp.delivery.sms", "disposable_email_domains",
            "cryptography", "requests", "django_ses.views", "django_ses.models", "otp.delivery.bounce_webhook",
            "otp.admin.site", "otp.api.openapi.document"}
print(sorted(unwanted & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_sign_in_by_mail_imports_only_what_it_uses(embedded_aws):
    done = subprocess.run([sys.executable, "-c", SEND_AND_VERIFY], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
