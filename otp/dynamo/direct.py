"""Sends the requests about items without botocore's service model, which takes two thirds of a request's CPU time.

The model layer writes and reads DynamoDB's own JSON, so there is nothing to convert but bytes. boto3's client keeps its
credentials, endpoint, connections, timeouts, exceptions and all other operations; `signing` signs. Of botocore's
events, `provide-client-params` and `after-call` are sent. `DYNAMO_DIRECT = False` leaves boto3 as it is.
"""

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ChecksumError

from .signing import Signer

OPERATIONS = {
    *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
    *("TransactWriteItems", "UpdateItem"),
}

Json = dict[str, Any]


class ItemOperations:
    """Comes before botocore's own class among the bases of a DynamoDB client."""

    meta: Any
    exceptions: Any
    _endpoint: Any
    _get_credentials: Callable[[], Any]

    def _make_api_call(self, operation_name: str, api_params: Json) -> Json:
        """Make a request; one attempt. Raises what boto3's client raises."""
        if operation_name not in OPERATIONS:
            return super()._make_api_call(operation_name, api_params)  # type: ignore[misc]
        model = self.meta.service_model.operation_model(operation_name)
        self.meta.events.emit(f"provide-client-params.dynamodb.{operation_name}", params=api_params, model=model)
        response = self._endpoint.http_session.send(self._signed(operation_name, api_params))
        check_body(response.headers, response.status_code, response.content)
        answer = _decoded(response.content)
        answer["ResponseMetadata"] = {
            "HTTPStatusCode": response.status_code,
            "RequestId": response.headers.get("x-amzn-requestid", ""),
        }
        event = f"after-call.dynamodb.{operation_name}"
        self.meta.events.emit(event, http_response=response, parsed=answer, model=model, context={})
        if response.status_code >= 300:
            raise self._error(operation_name, answer)
        return answer

    def _signed(self, operation: str, params: Json) -> Any:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "User-Agent": self.meta.config.user_agent,
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        body = json.dumps(params, default=_base64).encode()
        request = AWSRequest("POST", f"{self.meta.endpoint_url.rstrip('/')}/", headers, body)
        credentials = self._get_credentials()
        frozen = credentials and credentials.get_frozen_credentials()
        Signer(frozen, "dynamodb", self.meta.region_name).add_auth(request)
        return request.prepare()

    def _error(self, operation: str, answer: Json) -> Exception:
        """The exception of an error response, with its members, such as `Item`."""
        code = str(answer.pop("__type", answer["ResponseMetadata"]["HTTPStatusCode"])).rpartition("#")[2]
        message = answer.get("message", answer.get("Message", ""))
        kind: type[Exception] = self.exceptions.from_code(code)
        return kind({"Error": {"Code": code, "Message": message}, **answer}, operation)


def serve_items(base_classes: list[type], **event: Any) -> None:
    """A handler of the event `creating-client-class.dynamodb`, sent by boto3's session."""
    base_classes.insert(0, ItemOperations)


def check_answer(response_dict: Json, **event: Any) -> None:
    """A handler of the event `before-parse`, for boto3's own operations."""
    check_body(response_dict["headers"], response_dict["status_code"], response_dict["body"])


def check_body(headers: Any, status: int, body: bytes) -> None:
    """Raises ChecksumError if a body was changed or cut off: botocore reads half a body as an empty one.

    DynamoDB sends a checksum with each answer, so a 200 without one comes from a proxy or the like.
    """
    sent, arrived = headers.get("x-amz-crc32"), str(zlib.crc32(body))
    stranger = sent is None and status == 200
    if stranger or sent not in (None, arrived):
        raise ChecksumError(checksum_type="crc32", expected_checksum=sent, actual_checksum=arrived)


def _base64(value: Any) -> str:
    """For json: the value of an attribute of type B, or of one in a BS."""
    return base64.b64encode(value).decode()


def _decoded(body: bytes) -> Json:
    """The object of a body. A page of a proxy counts as an empty one; its status says enough."""
    try:
        found = json.loads(body, object_hook=_with_bytes if b'"B' in body else None)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_bytes(each: Json) -> Json:
    """For json: decode the value of an attribute. Other objects hold no text, or texts only, under these names."""
    match each:
        case {"B": str(text)} if len(each) == 1:
            return {"B": base64.b64decode(text)}
        case {"BS": [str(), *_] as texts} if len(each) == 1:
            return {"BS": [base64.b64decode(text) for text in texts]}
    return each
