"""The forms of the sign-in pages: an email address or phone number, and the code."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from otp import rules
from otp.clock import MINUTE
from otp.conf import conf
from otp.delivery import addresses, phones
from otp.delivery.channels import channel_name
from otp.exceptions import AddressInvalid, CountryRefused, OTPError, PhoneInvalid

from . import texts


class IdempotentForm(forms.Form):
    """A form that counts once even if it is submitted twice: a double click or reload repeats its `request_id`."""

    data: Any  # a QueryDict, or the dict that `refuse` replaces it with

    request_id = forms.CharField(required=False, initial=secrets.token_urlsafe, widget=forms.HiddenInput)

    def refuse(self, field: str, error: OTPError) -> None:
        """Show the reason of a refusal beside the field."""
        self.add_error(field, texts.reason(error))
        if not error.repeatable:
            self.data = {**self.data.dict(), "request_id": secrets.token_urlsafe(), "code": ""}


class AddressForm(IdempotentForm):
    """Where to send a code. `email` is cleaned to the canonical address."""

    name = "email"

    email = forms.CharField(
        label=_("Email address"),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "autofocus": True}),
    )

    def clean_email(self) -> str:
        try:
            return addresses.canonical(self.cleaned_data["email"])
        except AddressInvalid as error:
            raise ValidationError(_("Enter a valid email address, such as name@example.com.")) from error


class PhoneForm(IdempotentForm):
    """Where to send a code by SMS. `phone` is cleaned to the canonical number."""

    name = "phone"

    phone = forms.CharField(
        label=_("Mobile number"),
        help_text=_("Start with + and your country code, such as +61412345678."),
        error_messages={"required": _("Enter your mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr", "autofocus": True}),
    )

    def clean_phone(self) -> str:
        try:
            return phones.canonical(self.cleaned_data["phone"])
        except CountryRefused as error:
            raise ValidationError(_("We can't send text messages to this country.")) from error
        except PhoneInvalid as error:
            raise ValidationError(_("Enter a valid mobile number, with + and the country code.")) from error


def form_for(address: str) -> type[AddressForm] | type[PhoneForm]:
    """The form for a canonical address."""
    return AddressForm if channel_name(address) == "email" else PhoneForm


class SessionForm(forms.Form):
    """What to end: a session, or all of an application's."""

    session = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False)
    client = forms.CharField(max_length=64, required=False)


class CodeForm(IdempotentForm):
    """The code, and the canonical address or number that it was sent to, which may differ between two tabs."""

    email = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Six-digit code"),
        error_messages={"required": _("Enter the code from the message.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "dir": "ltr",
                "autofocus": True,
                # Both are only for the stylesheet: the form has `novalidate`.
                "pattern": r"(\D*[0-9]){6}\D*",
                "placeholder": " ",
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = conf.lifetime // MINUTE
        self.fields["code"].help_text = ngettext(
            "The code works once, for one minute.", "The code works once, for %(minutes)d minutes.", minutes
        ) % {"minutes": minutes}

    def clean_code(self) -> str:
        """Reject what can't be a code, so that a typo doesn't count as an attempt."""
        code = rules.normalize_code(self.cleaned_data["code"])
        if not (len(code) == rules.DIGITS and code.isascii() and code.isdecimal()):
            raise ValidationError(_("The code has exactly six digits."))
        return code
