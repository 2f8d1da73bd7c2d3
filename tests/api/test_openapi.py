"""The OpenAPI document describes what the code does."""

import re

import jsonschema
import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import validate

from otp.api.openapi import document
from otp.api.views import actions
from otp.tokens import keyring
from tests.support.api import (
    ADDRESS,
    PHONE,
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
from tests.support.openapi import validate as matches

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
    of_the_api = {f"/{path}" for path in paths if re.match(r"otp|\.well-known/jwks", path)} - {"/otp/docs"}
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
    """The codes of a schema, or of those that it refers to."""
    components = document.document()["components"]["schemas"]
    references = schema.get("discriminator", {}).get("mapping", {}).values()
    bodies = [components[each.rpartition("/")[2]] for each in references] or [schema]
    codes = [body.get("properties", {}).get("code", {}) for body in bodies]
    return {code["const"] for code in codes if "const" in code}


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


def request_body():
    return document.document()["paths"]["/otp"]["post"]["requestBody"]["content"]["application/json"]


def test_the_site_accepts_what_the_schema_of_bodies_accepts():
    schema = request_body()["schema"]
    taken = {"action": "send_otp", "email": ADDRESS}
    matches(taken, schema)
    assert post(taken).status_code == 200
    both = {"phone": PHONE}
    for refused in ({"action": "send_otp"}, taken | {"challenge": "yes"}, taken | {"action": "dance"}, taken | both):
        with pytest.raises(jsonschema.ValidationError):
            matches(refused, schema)
        assert post(refused).status_code == 400


def test_each_action_is_a_schema_that_the_field_action_selects():
    schema = request_body()["schema"]
    mapping = schema["discriminator"]["mapping"]
    assert list(mapping) == actions()
    assert [each["$ref"] for each in schema["oneOf"]] == list(mapping.values())
    components = document.document()["components"]["schemas"]
    for name, reference in mapping.items():
        body = components[reference.rpartition("/")[2]]
        assert (body["title"], body["properties"]["action"]) == (name, {"const": name})
        assert body["description"]


def test_there_is_an_example_of_each_action_which_is_well_formed():
    examples = request_body()["examples"]
    assert list(examples) == actions()
    for example in examples.values():
        matches(example["value"], request_body()["schema"])
        assert post(example["value"]).status_code != 400


def test_there_is_an_example_of_each_response_of_an_action():
    for status, response in documented().items():
        content = response["content"]["application/json"]
        expected = successes(content["schema"]) if status == "200" else words({status: response})
        assert set(content["examples"]) == expected
        for code, example in content["examples"].items():
            matches(example["value"], content["schema"])
            assert example["value"]["code"] == code


def test_every_operation_has_a_tag_a_summary_and_an_id_of_its_own():
    site = document.document()
    operations = [operation for methods in site["paths"].values() for operation in methods.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == {each["name"] for each in site["tags"]}
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_it_is_in_english_whatever_the_language_of_the_request():
    german, english = (Client().get("/otp/openapi.json", headers={"Accept-Language": each}) for each in ("de", "en"))
    assert german.content == english.content
