"""The OpenAPI document describes what the code does."""

import re

import jsonschema
import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import validate

from otp.api.openapi import document
from otp.tokens import keyring
from tests.support.api import (
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
from tests.support.error_codes import DONE, refusals
from tests.support.openapi import conforms, documented

NOT_OF_AN_OPERATION = {"method_not_allowed"}
OPERATIONS = [("/otp", "post"), ("/otp/staff/figures", "get"), ("/otp/staff/log", "get")]


@pytest.fixture(autouse=True)
def all_switched_on(settings):
    settings.OTP_JWT_KEYS, settings.OTP_SMS = [keyring.new_key()], True


def words(responses):
    schemas = [each["content"]["application/json"]["schema"] for each in responses.values()]
    return {word for schema in schemas for word in schema.get("properties", {}).get("code", {}).get("enum", [])}


def test_the_document_is_openapi_3_1():
    document = Client().get("/otp/openapi.json")
    assert document["Cache-Control"] == "public, max-age=300"
    assert document.json()["openapi"] == "3.1.0"
    validate(document.json())


def test_without_tokens_they_are_not_in_it(settings):
    settings.OTP_JWT_KEYS = []
    validate(document.document())
    text = str(document.document())
    assert "refresh_token'" not in text
    assert "/otp/me" not in text
    assert "/otp/staff" not in text


def test_without_sms_phones_are_not_in_it(settings):
    settings.OTP_SMS = False
    validate(document.document())
    assert not {"phone_invalid", "phone_country", "sms_limited", "address_ambiguous"} & words(documented())
    assert "'phone'" not in str(document.document())


def test_every_path_of_the_api_is_in_it():
    paths = routes(get_resolver("otp.urls"))
    of_the_api = {f"/{path}" for path in paths if re.match(r"otp|\.well-known", path)} - {"/otp/docs"}
    assert set(document.document()["paths"]) == of_the_api


def routes(resolver, prefix=""):
    """Every path below a resolver, including those of its includes."""
    for entry in resolver.url_patterns:
        path = f"{prefix}{entry.pattern}"
        yield from routes(entry, path) if hasattr(entry, "url_patterns") else [path]


def test_its_refusals_and_statuses_are_those_of_the_code():
    promised = {
        (word, int(status))
        for operation in OPERATIONS
        for status, each in documented(*operation).items()
        for word in words({status: each})
        if status != "200"
    }
    assert promised == {(word, status) for word, status in refusals().items() if word not in NOT_OF_AN_OPERATION}


def successes(schema):
    """The codes of a schema and of its `oneOf`."""
    found = (
        {schema["properties"]["code"]["const"]} if "const" in schema.get("properties", {}).get("code", {}) else set()
    )
    return found.union(*map(successes, schema.get("oneOf", [])))


def test_its_successes_are_those_of_the_code():
    paths = document.document()["paths"].values()
    bodies = [operation["responses"]["200"]["content"] for each in paths for operation in each.values()]
    assert set.union(*(successes(body["application/json"]["schema"]) for body in bodies)) == DONE


def test_responses_about_codes_and_tokens_conform():
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


def test_responses_about_sms_conform():
    assert conforms(ask_by_phone()).status_code == 200
    assert conforms(answer_by_phone("x")).status_code == 401
    assert conforms(ask_by_phone("+1")).status_code == 400
    assert conforms(ask_by_phone("+14155550123")).json()["code"] == "phone_country"
    assert conforms(ask_by_phone(email=ADDRESS)).json()["code"] == "address_ambiguous"


def test_the_site_accepts_what_the_schema_of_bodies_accepts():
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
