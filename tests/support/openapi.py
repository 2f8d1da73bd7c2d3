"""Compares responses with the OpenAPI document."""

import jsonschema

from otp.api.openapi import document


def validate(instance, schema):
    """Raise jsonschema.ValidationError unless an instance matches a schema of the document."""
    within = {**schema, "components": document.document()["components"]}  # which its references begin with
    jsonschema.validate(instance, within, cls=jsonschema.Draft202012Validator)


def documented(path="/otp", method="post"):
    return document.document()["paths"][path][method]["responses"]


def conforms(response, path="/otp", method="post"):
    """Whether a response matches the document's schema for its status."""
    schema = documented(path, method)[str(response.status_code)]["content"]["application/json"]["schema"]
    validate(response.json(), schema)
    return response
