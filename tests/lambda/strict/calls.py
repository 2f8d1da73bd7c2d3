"""Parses a request to AWS with botocore's models: its operation and parameters."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

# Signing names that differ from the name of botocore's model.
MODELS = {"ses": "sesv2", "monitoring": "cloudwatch"}


class UnknownOperation(Exception):
    """The request matches no operation of AWS."""


@dataclass(frozen=True)
class Call:
    """A request. `key`: the caller's access key; `prefix`: the service's name in policies and ARNs."""

    key: str
    prefix: str
    model: OperationModel
    params: dict[str, Any]

    @property
    def operation(self) -> str:
        return self.model.name

    @property
    def protocol(self) -> str:
        return self.model.service_model.protocol

    @property
    def method(self) -> str:
        return self.model.http["method"]

    @property
    def changes(self) -> bool:
        """Whether the operation's name is one of those that change something."""
        return not self.operation.startswith(("Describe", "Get", "Head", "List", "Query", "Batch", "Scan"))


def read(environ: Mapping[str, Any], body: bytes) -> Call:
    """The call that a request makes. Raises UnknownOperation."""
    signed = re.search(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    if not signed:
        raise UnknownOperation(f"unsigned: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    key, prefix = signed.groups()
    model = service(MODELS.get(prefix, prefix))
    operation, params = operation_of(model, environ, body)
    return Call(key, prefix, operation, params)


@cache
def service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def operation_of(model: ServiceModel, environ: Mapping[str, Any], body: bytes) -> tuple[OperationModel, dict[str, Any]]:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return model.operation_model(target.rpartition(".")[2]), json.loads(body)
    if cbor := re.fullmatch(r"/service/\w+/operation/(\w+)", environ["PATH_INFO"]):
        return model.operation_model(cbor[1]), {}
    form = parse_qs(body.decode()) if model.protocol == "query" else {}
    if "Action" in form:
        return model.operation_model(form["Action"][0]), {name: values[-1] for name, values in form.items()}
    found = sorted(routes(model, environ), key=lambda route: len(route[0].http["requestUri"]))
    if not found:
        raise UnknownOperation(f"{model.service_name}: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    operation, values = found[-1]
    return operation, values | (json.loads(body) if body[:1] == b"{" else {})


def routes(model: ServiceModel, environ: Mapping[str, Any]) -> Iterator[tuple[OperationModel, dict[str, str]]]:
    """The REST operations that match a request."""
    given = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        needed = dict(parse_qsl(query, keep_blank_values=True))
        found = pattern(path).fullmatch(environ["PATH_INFO"])
        if found and operation.http["method"] == environ["REQUEST_METHOD"] and needed.items() <= given.items():
            yield operation, given | named(operation, [unquote(value) for value in found.groups()], path)


@cache
def pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", path)
    return re.compile("".join(part_pattern(part) for part in parts) + "/?")


def part_pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return "(.+)" if part.endswith("+}") else "([^/]+)"


def named(operation: OperationModel, values: list[str], path: str) -> dict[str, str]:
    """The parameters in a path, by the names of the operation's parameters."""
    members = operation.input_shape.members if operation.input_shape else {}
    names = {shape.serialization.get("name", name): name for name, shape in members.items()}
    return {
        names.get(place, place): value for place, value in zip(re.findall(r"\{(\w+)\+?\}", path), values, strict=True)
    }
