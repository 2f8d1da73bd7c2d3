"""Converts HTTP requests to the events of API Gateway and Function URLs."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .strict.reference import GATEWAYS

API_HOST = f"abc123{GATEWAYS}"  # where the stage is a part of the path
URL_HOST = "abc123.lambda-url.ap-southeast-2.on.aws"
DOMAIN = "otp.example"
IP = "198.51.100.7"

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    method: str
    url: str  # path and query as in the event: without the stage
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        return urlsplit(self.url).query


def encoded(body: bytes, binary: bool) -> Event:
    if not body:
        return {"body": None, "isBase64Encoded": False}
    text = base64.b64encode(body).decode() if binary else body.decode()
    return {"body": text, "isBase64Encoded": binary}


def rest(request: Request, host: str = API_HOST, binary: bool = True) -> Event:
    """An event of a REST API: payload 1.0. With binary media types, which Zappa sets, bodies are in base64."""
    headers = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443", **request.headers}
    headers["X-Forwarded-For"] = ", ".join(filter(None, [headers.get("X-Forwarded-For"), IP, "192.0.2.1"]))
    query = parse_qs(request.query, keep_blank_values=True)
    stage_path = f"/prod{request.path}" if host.endswith(GATEWAYS) else request.path
    return {
        "resource": "/{proxy+}",
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": request.path[1:]},
        "stageVariables": None,
        "requestContext": {
            "stage": "prod",
            "path": stage_path,
            "httpMethod": request.method,
            "requestId": "gateway-1",
            "identity": {"sourceIp": IP, "userAgent": headers.get("User-Agent")},
            "domainName": host,
            "apiId": "abc123",
        },
        **encoded(request.body, binary),
    }


def http_api(request: Request, host: str = API_HOST, binary: bool = True, stage: str = "prod") -> Event:
    """An event of an HTTP API: payload 2.0. At AWS's own address, the path begins with the stage."""
    headers = {"host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    headers |= {name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"}
    headers["x-forwarded-for"] = ",".join(filter(None, [headers.get("x-forwarded-for"), IP]))
    path = f"/{stage}{request.path}" if host.endswith(GATEWAYS) and stage != "$default" else request.path
    cookie = request.headers.get("Cookie")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        **({"cookies": cookie.split("; ")} if cookie else {}),
        "headers": headers,
        "requestContext": {
            "stage": stage,
            "requestId": "gateway-2",
            "http": {"method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": IP, "userAgent": ""},
            "domainName": host,
            "apiId": "abc123",
        },
        **encoded(request.body, binary),
    }


def function_url(request: Request, host: str = URL_HOST, binary: bool = True) -> Event:
    """An event of a Function URL: payload 2.0 with the stage $default."""
    return http_api(request, host, binary, stage="$default")


def scheduled(rule: str) -> Event:
    """An event of an EventBridge rule, with the name that Zappa gives it."""
    return {
        "version": "0",
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "resources": [f"arn:aws:events:ap-southeast-2:123456789012:rule/{rule}"],
        "detail": {},
    }
