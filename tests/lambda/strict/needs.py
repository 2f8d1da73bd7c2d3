"""The permissions that a call needs, from AWS's reference, and those that services check in addition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from .calls import Call
from .cloudformation import default_settings
from .reference import resources

# Operations whose action has another name.
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
}
IN_TRANSACTION = {"ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}


@dataclass(frozen=True)
class Need:
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def needs(call: Call) -> Iterator[Need]:
    """The permissions that a call needs. Raises UnknownAction if the reference lacks the action."""
    if call.prefix == "dynamodb":
        yield from items(call)
    elif call.operation == "SendEmail":
        yield from sending(call.params)
    else:
        yield from (Need(action_of(call), each) for each in resources(action_of(call), values(call.params)))


def action_of(call: Call) -> str:
    if call.prefix == "apigateway":
        return f"apigateway:{call.method}"
    name = f"{call.prefix}:{call.operation}"
    return ACTIONS.get(name, name)


def values(params: Mapping[str, Any]) -> dict[str, str]:
    """The parts of ARNs by the reference's names, from the parameters of the operations that the site uses."""
    found = {name: value for name, value in params.items() if isinstance(value, str)}
    if path := found.get("Path"):
        found["ParameterNameWithoutLeadingSlash"] = path.removeprefix("/")
    if "PhoneNumber" in found:
        found["TopicName"] = ""  # an SMS has no resource: only "*" allows it
    return found


def items(call: Call) -> Iterator[Need]:
    """Permissions on tables. A transaction needs those of its operations; a query of an index needs only the index."""
    params = call.params
    if call.operation in ("TransactWriteItems", "TransactGetItems"):
        parts = [
            (IN_TRANSACTION.get(kind, f"{kind}Item"), part)
            for each in params["TransactItems"]
            for kind, part in each.items()
        ]
    elif call.operation in ("BatchGetItem", "BatchWriteItem"):
        parts = [(call.operation, {"TableName": table}) for table in params["RequestItems"]]
    else:
        parts = [(call.operation, params)]
    for operation, part in parts:
        *_, resource = resources(f"dynamodb:{operation}", {k: v for k, v in part.items() if isinstance(v, str)})
        yield Need(f"dynamodb:{operation}", resource)


def sending(params: Mapping[str, Any]) -> Iterator[Need]:
    """Permissions to send a mail. For a raw message, SES checks its older action too. It also checks the configuration
    set, including the identity's default, and in the sandbox, where this account is, the recipient's identity."""
    sender = parseaddr(params["FromEmailAddress"])[1]
    identity = sender.rpartition("@")[2]
    known = {"IdentityName": identity}
    if named := params.get("ConfigurationSetName") or default_settings(identity):
        known["ConfigurationSetName"] = named
    for action in ("ses:SendEmail", *(["ses:SendRawEmail"] if "Raw" in params["Content"] else [])):
        for resource in resources(action, known):
            yield Need(action, resource, {"ses:FromAddress": sender})
        for recipient in params["Destination"].get("ToAddresses", []):
            yield Need(action, next(iter(resources(action, {"IdentityName": recipient}))), {"ses:FromAddress": sender})
