"""Lambda, and the callers of the function on AWS: the gateway and EventBridge, if roles and policies allow it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3

from .policies import allows, trusts
from .reference import ACCOUNT, GATEWAYS, REGION
from .standin import policies_of_role, trust_of

Event = dict[str, Any]


@dataclass
class Lambda:
    """Runs the code and the environment that the function has at the time, in a new process when they change.

    `start` starts a process with the code at an address, and an environment.
    """

    start: Callable[[str, dict[str, str]], AbstractContextManager[Any]]
    name: str = "otp-prod"
    process: ExitStack = field(default_factory=ExitStack)
    version: Any = None
    running: Any = None

    def invoke(self, event: Event) -> Any:
        found = boto3.client("lambda").get_function(FunctionName=self.name)
        code, environment = found["Configuration"]["CodeSha256"], found["Configuration"]["Environment"]["Variables"]
        if self.version != (code, environment):
            self.process.close()
            self.running = self.process.enter_context(self.start(found["Code"]["Location"], environment))
            self.version = code, environment
        return self.running.invoke(event)


@dataclass
class Gateway:
    """Wraps a function: if the gateway may not call it, the response is 500, as on AWS."""

    function: Any
    name: str = "otp-prod"
    stage: str = "prod"

    def invoke(self, event: Event) -> Event:
        if not self.serves(event["requestContext"]["domainName"]):
            return {"statusCode": 403, "body": '{"message": "Forbidden"}'}
        if not all(may_invoke(method, self.name) for method in methods(self.name)):
            return {"statusCode": 500, "body": '{"message": "Internal server error"}'}
        return self.function.invoke(event)

    @property
    def host(self) -> str:
        """API Gateway's own host name of the function's API, or "" if there is none."""
        apis = boto3.client("apigateway").get_rest_apis()["items"]
        return next((f"{api['id']}{GATEWAYS}" for api in apis if api["name"] == self.name), "")

    def serves(self, host: str) -> bool:
        """Whether the stage is deployed, and the host is its own or a domain that is mapped to it."""
        client, api = boto3.client("apigateway"), self.host.removesuffix(GATEWAYS)
        if not api or self.stage not in [each["stageName"] for each in client.get_stages(restApiId=api)["item"]]:
            return False
        if host not in [each["domainName"] for each in client.get_domain_names()["items"]]:
            return host == self.host
        mappings = client.get_base_path_mappings(domainName=host)["items"]
        return [(each["restApiId"], each["stage"]) for each in mappings] == [(api, self.stage)]


def methods(stack: str) -> list[Any]:
    """The methods in the template of the gateway, because moto doesn't store their roles."""
    template = boto3.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
    return [each["Properties"] for each in resources.values() if each["Type"] == "AWS::ApiGateway::Method"]


def may_invoke(method: Any, function: str) -> bool:
    """Whether the gateway may invoke the function: by the integration's role, or else by the function's policy."""
    arn, integration = function_arn(function), method["Integration"]
    if arn not in integration["Uri"]:
        return False
    if role := integration.get("Credentials"):
        trusted = trusts(trust_of(role), "apigateway.amazonaws.com")
        return trusted and allows(policies_of_role(role), "lambda:InvokeFunction", arn)
    return permitted(function, "apigateway.amazonaws.com", {})


@dataclass
class EventBridge:
    function: Any
    name: str = "otp-prod"

    def fire(self, event: Event) -> Any:
        """Send a rule's event to the function. Raises AssertionError if AWS wouldn't."""
        (rule,) = event["resources"]
        targets = boto3.client("events").list_targets_by_rule(Rule=rule.rpartition("/")[2])["Targets"]
        assert [each["Arn"] for each in targets] == [function_arn(self.name)]
        assert permitted(self.name, "events.amazonaws.com", {"aws:SourceArn": rule, "aws:SourceAccount": ACCOUNT})
        return self.function.invoke(event)


def permitted(function: str, service: str, context: dict[str, str]) -> bool:
    """Whether the function's policy allows a service to invoke it."""
    policy = json.loads(boto3.client("lambda").get_policy(FunctionName=function)["Policy"])
    of_service = [each for each in policy["Statement"] if each["Principal"] == {"Service": service}]
    return allows([{"Statement": of_service}], "lambda:InvokeFunction", function_arn(function), context)


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
