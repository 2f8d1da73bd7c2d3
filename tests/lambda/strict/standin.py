"""The stand-in: a WSGI application that passes a call to moto if AWS would allow it."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .answers import Answer, refusal
from .calls import Call, UnknownOperation, read
from .faults import Faults
from .needs import Need, needs
from .policies import Policy, allows, trusts
from .reference import ACCOUNT, REGION, UnknownAction

ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
CODE = "/code/"  # the path of a version's code; Lambda returns an address of S3
OPERATOR = "local"  # the access key of the person who deploys, from the tests' environment
BARE = re.compile("/function(:|%3A)")
ROLE = re.compile(r"arn:aws:iam::\d+:role/([\w+=,.@/-]+)")
# By service, AWS's error for a role that the service may not assume.
NOT_ASSUMABLE = {
    "lambda": ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
    "events": ("ValidationException", "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."),
}


class Ended(BaseException):
    """The deploying process was ended here."""


@dataclass
class StandIn:
    """`roles` maps access keys to the roles that they act as. `unknown` should be empty at the end of every test."""

    moto: Callable[..., Iterable[bytes]]
    url: str = ""
    invoke: Callable[[Any], Any] | None = None  # calls the function, if one runs
    roles: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    unknown: list[str] = field(default_factory=list)
    denied: list[Need] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self.answer(environ, body)
        start_response(f"{answer.status} of-the-stand-in", list(answer.headers.items()))
        return [answer.body]

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        if environ["PATH_INFO"].startswith(CODE):
            return Answer(200, {}, function(environ["PATH_INFO"].removeprefix(CODE)).code_bytes)
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", "/") and "HTTP_AUTHORIZATION" not in environ:
            return Answer(200, {"Content-Type": "text/plain"}, b"healthy")  # as the services say to anyone
        try:
            call = read(environ, body)
            refused = self.refused(call)
        except (UnknownOperation, UnknownAction) as unknown:
            self.unknown.append(str(unknown))
            return Answer(501, {"Content-Type": "text/plain"}, f"The stand-in doesn't know: {unknown}".encode())
        return refused or self.faults.answer(call, lambda: self.carry_out(call, environ, body))

    def refused(self, call: Call) -> Answer | None:
        policies = self.policies_of(call.key)
        if policies is None:
            return refusal(call, "UnrecognizedClientException", "The security token in the request is invalid.", 403)
        wanted = list(needs(call)) if policies != [ADMINISTRATOR] else []
        for need in wanted:
            if not allows(policies, need.action, need.resource, need.context):
                self.denied.append(need)
                message = (
                    f"{self.roles[call.key]} is not authorized to perform: {need.action} on resource: {need.resource}"
                )
                return refusal(call, "AccessDeniedException", message, 400 if call.protocol == "json" else 403)
        return self.untrusted(call)

    def policies_of(self, key: str) -> list[Policy] | None:
        """The policies of the caller with an access key; None if the key is unknown."""
        if key == OPERATOR:
            return [ADMINISTRATOR]
        return policies_of_role(self.roles[key]) if key in self.roles else None

    def untrusted(self, call: Call) -> Answer | None:
        """The refusal, if the call gives the service a role that it may not assume; None otherwise."""
        for role in handed(call.params):
            if call.prefix in NOT_ASSUMABLE and not trusts(trust_of(role), f"{call.prefix}.amazonaws.com"):
                code, message = NOT_ASSUMABLE[call.prefix]
                return refusal(call, code, message.format(role=role))
        return None

    def carry_out(self, call: Call, environ: dict[str, Any], body: bytes) -> Answer:
        if call.operation == "Invoke":
            return self.invoked(json.loads(body))
        if call.operation == "ListFunctionUrlConfigs":  # moto lacks it
            return Answer(200, {"Content-Type": "application/json"}, b'{"FunctionUrlConfigs": []}')
        if call.operation == "DeleteStack":
            delete_gateway(call.params["StackName"])
        answer = self.of_moto(environ, body)
        if call.operation == "GetFunction" and answer.status == 200:  # moto gives no address of the code
            return answer.changed(lambda found: found.update(Code={"Location": self.url + CODE + arn_of(found)}))
        if call.operation == "UpdateFunctionCode" and "Architectures" in call.params:  # moto ignores them
            function(call.params["FunctionName"]).architectures = call.params["Architectures"]
        if answer.status == 501 or b"not yet implemented" in answer.body.lower():
            self.unknown.append(f"moto lacks {call.prefix} {call.operation}")
        return answer

    def of_moto(self, environ: dict[str, Any], body: bytes) -> Answer:
        started: dict[str, Any] = {}
        # Lambda takes a name as the end of its ARN, as Zappa gives it; moto takes the bare one.
        bare = {name: BARE.sub("/", environ[name]) for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI")}

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started.update(status=int(status.split()[0]), headers=dict(headers))

        content = b"".join(self.moto(environ | bare | {"wsgi.input": io.BytesIO(body)}, start_response))
        return Answer(started["status"], started["headers"], content)

    def invoked(self, event: Any) -> Answer:
        """Lambda's Invoke: the function's response, or its error with status 200 and the header for errors."""
        assert self.invoke, "no function is running"
        try:
            payload, headers = self.invoke(event), {}
        except RuntimeError as error:
            payload, headers = {"errorMessage": str(error)}, {"X-Amz-Function-Error": "Unhandled"}
        log = base64.b64encode(b"START\nEND\n").decode()
        headers |= {"Content-Type": "application/json", "X-Amz-Log-Result": log}
        return Answer(200, headers, json.dumps(payload).encode())


def arn_of(function: Any) -> str:
    return function["Configuration"]["FunctionArn"]


def function(name: str) -> Any:
    """moto's function, or a version of it, by its name or ARN."""
    from moto.awslambda.models import lambda_backends

    return lambda_backends[ACCOUNT][REGION].get_function(name)


def delete_gateway(name: str) -> None:
    """Delete the REST APIs of a deleted stack, which moto keeps. Zappa's API has the stack's name."""
    from moto.apigateway.models import apigateway_backends

    apis = apigateway_backends[ACCOUNT][REGION].apis
    for key in [key for key, api in apis.items() if api.name == name]:
        del apis[key]


def handed(params: Any) -> Iterator[str]:
    """The ARNs of roles anywhere in an operation's parameters."""
    if isinstance(params, dict):
        params = list(params.values())
    if isinstance(params, list):
        for each in params:
            yield from handed(each)
    elif isinstance(params, str) and ROLE.fullmatch(params):
        yield params


def role(arn_or_name: str) -> Any:
    """moto's object of a role. Raises LookupError if there is none."""
    from moto.iam.models import iam_backends

    name = arn_or_name.rpartition("/")[2]
    return next(each for each in iam_backends[ACCOUNT]["aws"].roles.values() if each.name == name)


def trust_of(arn_or_name: str) -> Policy:
    trust = role(arn_or_name).assume_role_policy_document
    return json.loads(trust) if isinstance(trust, str) else trust


def policies_of_role(arn_or_name: str) -> list[Policy]:
    found = role(arn_or_name)
    inline = [json.loads(each) if isinstance(each, str) else each for each in found.policies.values()]
    return [*inline, *(json.loads(each.document) for each in found.managed_policies.values())]
