"""The document and the code: what the one says the other does."""

import re
from pathlib import Path

import jsonschema
import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import validate

import otp
from otp import exceptions
from otp.api.openapi import document
from otp.exceptions import OTPError
from otp.tokens import keyring
from tests.support.refusals import subclasses
from tests.support.verbs import (
    ADDRESS,
    answer,
    answer_by_phone,
    ask,
    ask_by_phone,
    mailed_code,
    me,
    other_than,
    post,
    refresh,
)

# Other pages' refusals, and words that only name a family of errors.
NOT_OF_THE_API = {
    *("page_outdated", "forbidden", "not_found", "message_refused"),
    *("too_many_requests", "method_not_allowed"),
}
OPERATIONS = [("/otp", "post"), ("/otp/staff/figures", "get"), ("/otp/staff/attempts", "get")]


@pytest.fixture(autouse=True)
def all_switched_on(settings):
    settings.OTP_JWT_KEYS, settings.OTP_SMS = [keyring.new_key()], True


def documented(path="/otp", method="post"):
    return document.document()["paths"][path][method]["responses"]


def words(responses):
    schemas = [each["content"]["application/json"]["schema"] for each in responses.values()]
    return {word for schema in schemas for word in schema.get("properties", {}).get("code", {}).get("enum", [])}


def test_the_document_is_openapi_3_1():
    document = Client().get("/otp/openapi.json")
    assert document["Cache-Control"] == "public, max-age=300"
    assert document.json()["openapi"] == "3.1.0"
    validate(document.json())


def test_without_tokens_it_promises_none(settings):
    settings.OTP_JWT_KEYS = []
    validate(document.document())
    text = str(document.document())
    assert "refresh_token'" not in text
    assert "/otp/me" not in text
    assert "/otp/staff" not in text


def test_without_sms_it_promises_none(settings):
    settings.OTP_SMS = False
    validate(document.document())
    assert not {"phone_invalid", "phone_country", "sms_limited", "address_ambiguous"} & words(documented())
    assert "'phone'" not in str(document.document())


def test_every_address_of_the_api_is_in_it():
    patterns = [str(entry.pattern) for entry in get_resolver("otp.urls").url_patterns]
    of_the_api = {f"/{path}" for path in patterns if re.match(r"otp|\.well-known", path)} - {"/otp/docs"}
    assert set(document.document()["paths"]) == of_the_api


def test_every_refusal_that_the_code_knows_is_in_it_and_no_other():
    sources = "".join(path.read_text() for path in Path(otp.__file__).parent.rglob("*.py"))
    raised = set(re.findall(r'raise InvalidRequest\(.*?, "(\w+)"\s*\)', sources, re.DOTALL))
    known = {kind.code for kind in subclasses(OTPError)} | raised
    promised = set.union(*(words(documented(*operation)) for operation in OPERATIONS))
    assert promised == known - NOT_OF_THE_API


def test_each_refusal_stands_under_its_own_status():
    for kind in subclasses(exceptions.OTPError):
        if kind.code not in NOT_OF_THE_API | {"invalid_request"}:
            answers = (documented(*operation).get(str(kind.status), {}) for operation in OPERATIONS)
            assert any(kind.code in words({kind.status: each}) for each in answers if each)


def conforms(response, path="/otp", method="post"):
    """Whether an answer is one of those that the document gives for its status."""
    schema = documented(path, method)[str(response.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(response.json(), schema, cls=jsonschema.Draft202012Validator)
    return response


def test_a_life_of_a_code_and_its_tokens_is_as_documented():
    with time_machine.travel(2_000_000_000, tick=False):
        assert conforms(ask(challenge=True)).status_code == 200
        assert conforms(ask()).status_code == 429
    assert conforms(ask("other@example.com")).status_code == 200
    code = mailed_code("other@example.com")
    assert conforms(answer(other_than(code), "other@example.com")).status_code == 401
    assert conforms(answer(code)).status_code == 404
    tokens = conforms(answer(code, "other@example.com")).json()
    assert conforms(me(tokens["access_token"]), "/otp/me", "get").status_code == 200
    assert conforms(me("x"), "/otp/me", "get").status_code == 401
    assert conforms(Client().get("/.well-known/jwks.json"), "/.well-known/jwks.json", "get").status_code == 200
    tokens = conforms(refresh(tokens["refresh_token"])).json()
    assert conforms(refresh("x")).status_code == 401
    assert conforms(post({"action": "sign_out", "refresh_token": tokens["refresh_token"]})).status_code == 200
    assert conforms(post("x" * 8193)).status_code == 413
    assert conforms(ask(headers={"Origin": "https://evil.example"})).status_code == 403
    assert conforms(ask(headers={"Host": "evil.example"})).status_code == 400


def test_a_code_by_sms_is_as_documented():
    assert conforms(ask_by_phone()).status_code == 200
    assert conforms(answer_by_phone("x")).status_code == 401
    assert conforms(ask_by_phone("+1")).status_code == 400
    assert conforms(ask_by_phone("+14155550123")).json()["code"] == "phone_country"
    assert conforms(ask_by_phone(email=ADDRESS)).json()["code"] == "address_ambiguous"


def test_what_it_calls_a_body_is_taken_and_what_it_does_not_is_refused():
    (schema,) = (
        each["schema"] for each in document.document()["paths"]["/otp"]["post"]["requestBody"]["content"].values()
    )
    taken = {"action": "send_otp", "email": ADDRESS}
    jsonschema.validate(taken, schema)
    assert post(taken).status_code == 200
    for refused in ({"action": "send_otp"}, taken | {"challenge": "yes"}, taken | {"action": "dance"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(refused, schema)
        assert post(refused).status_code == 400
