import pytest
from django.http import QueryDict

from otp.exceptions import CodeInvalid, Unavailable
from otp.pages.forms import AddressForm, CodeForm


def code_form(code):
    sent = QueryDict(mutable=True)
    sent.update({"email": "a@b.example", "code": code, "request_id": "r"})
    return CodeForm(sent)


@pytest.mark.parametrize(
    "typed", ["123456", "123 456", " 123-456 ", "123–456", "１２３４５６", "١٢٣٤٥٦", "१२३४५६", "1\u200b23456"]
)
def test_a_code_is_accepted_as_people_type_and_paste_it(typed):
    form = code_form(typed)
    assert form.is_valid()
    assert form.cleaned_data["code"] == "123456"


@pytest.mark.parametrize(
    "typed", ["", " ", "12345", "1234567", "12345a", "½23456", "1" * 60_000, "12345\x00", "12345\ud800"]
)
def test_a_malformed_code_is_an_error_of_the_field(typed):
    form = code_form(typed)
    assert not form.is_valid()
    assert list(form.errors) == ["code"]


@pytest.mark.parametrize("typed", ["Ada@Example.COM", " ada@example.com ", "ada＠example.com"])
def test_an_address_comes_out_canonical(typed):
    form = AddressForm({"email": typed})
    assert form.is_valid()
    assert form.cleaned_data["email"] == "ada@example.com"


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@localhost", "a@b.example,c@d.example", "a@b.example\r\nBcc: c@d.example"]
)
def test_a_malformed_address_is_an_error_of_the_field(typed):
    form = AddressForm({"email": typed})
    assert not form.is_valid()
    assert list(form.errors) == ["email"]


def test_each_rendering_has_its_own_idempotency_key():
    assert AddressForm()["request_id"].value() != AddressForm()["request_id"].value()


def test_a_refused_form_is_a_new_request_without_the_wrong_code():
    form = code_form("123456")
    form.refuse("code", CodeInvalid(attempts_left=5))
    assert form["request_id"].value() != "r"
    assert form["code"].value() == ""
    assert form["email"].value() == "a@b.example"


def test_a_form_with_an_uncertain_outcome_keeps_its_key():
    form = code_form("123456")
    form.refuse("code", Unavailable())
    assert form["request_id"].value() == "r"
    assert form["code"].value() == "123456"


def test_browsers_and_phones_can_autofill_the_fields():
    email, code = str(AddressForm()["email"]), str(CodeForm()["code"])
    assert 'type="email"' in email
    assert 'autocomplete="email"' in email
    assert 'type="text"' in code
    assert 'autocomplete="one-time-code"' in code
    assert 'inputmode="numeric"' in code
    assert "maxlength" not in code  # it would cut off pasted text


def test_an_error_is_tied_to_its_field_and_has_the_focus():
    form = code_form("12")
    form.is_valid()
    code = str(form["code"])
    assert 'aria-invalid="true"' in code
    assert 'aria-describedby="id_code_helptext id_code_error"' in code
    assert "autofocus" in code
    assert 'id="id_code_error"' in str(form["code"].errors)
