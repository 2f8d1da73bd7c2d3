"""The two forms that a person fills in. What they refuse stands beside the field, in plain words."""

import secrets

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from otp import rules
from otp.delivery import addresses, phones
from otp.delivery.channels import channel_name
from otp.exceptions import AddressInvalid, CountryRefused, OTPError, PhoneInvalid

from . import texts


class OnceForm(forms.Form):
    """A form that is one request however often it is sent: a double click or a reload repeats its `request_id`."""

    request_id = forms.CharField(required=False, initial=secrets.token_urlsafe, widget=forms.HiddenInput)

    def refuse(self, field: str, error: OTPError) -> None:
        """Say beside the field why the service refused."""
        self.add_error(field, texts.reason(error))
        if error.status != 503:  # what became of that one nobody knows: trying again must stay the same request
            self.data = {**self.data.dict(), "request_id": secrets.token_urlsafe(), "code": ""}


class AddressForm(OnceForm):
    """Where to send a code. `email` comes out canonical."""

    name = "email"

    email = forms.CharField(
        label=_("E-mail address"),
        error_messages={"required": _("Enter your e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "autofocus": True}),
    )

    def clean_email(self) -> str:
        try:
            return addresses.canonical(self.cleaned_data["email"])
        except AddressInvalid as error:
            raise ValidationError(
                _("No mail can be sent to this address. It should look like name@example.com")
            ) from error


class PhoneForm(OnceForm):
    """The same, for an SMS. `phone` comes out canonical."""

    name = "phone"

    phone = forms.CharField(
        label=_("Phone number"),
        help_text=_("With the country code, such as +61412345678"),
        error_messages={"required": _("Enter your phone number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr", "autofocus": True}),
    )

    def clean_phone(self) -> str:
        try:
            return phones.canonical(self.cleaned_data["phone"])
        except CountryRefused as error:
            raise ValidationError(_("We send no text messages to this country.")) from error
        except PhoneInvalid as error:
            raise ValidationError(_("This is no mobile number. Begin with + and the country code.")) from error


def address_form(address: str) -> type[AddressForm] | type[PhoneForm]:
    """The form that takes such an address."""
    return AddressForm if channel_name(address) == "email" else PhoneForm


class CodeForm(OnceForm):
    """The code, and the address or number that it was sent to: two tabs with two addresses each verify their own."""

    email = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits, from the message."),
        error_messages={"required": _("Enter the code from the message.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """What can't be a code is refused here, where it costs no try."""
        code = rules.normal_code(self.cleaned_data["code"])
        if not (len(code) == rules.DIGITS and code.isascii() and code.isdecimal()):
            raise ValidationError(_("This is not a code: it has six digits, and nothing else."))
        return code
