"""Compares responses with the OpenAPI document."""

import jsonschema

from otp.api.openapi import document


def documented(path="/otp", method="post"):
    return document.document()["paths"][path][method]["responses"]


def conforms(response, path="/otp", method="post"):
    """Whether a response matches the document's schema for its status."""
    schema = documented(path, method)[str(response.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(response.json(), schema, cls=jsonschema.Draft202012Validator)
    return response
