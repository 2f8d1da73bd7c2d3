"""What a caller has to be allowed for one call: by AWS's reference, and by what services ask beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from .calls import Call
from .reference import resources

# Operations that are allowed by an action of another name.
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


@dataclass
class Mail:
    """What SES knows of identities: who has which default configuration set, and whether this is the sandbox."""

    defaults: dict[str, str] = field(default_factory=dict)
    sandbox: bool = True


def needs(call: Call, mail: Mail) -> Iterator[Need]:
    """Raises UnknownAction for what the reference doesn't know."""
    if call.prefix == "dynamodb":
        yield from items(call)
    elif call.operation == "SendEmail":
        yield from sending(call.params, mail)
    else:
        yield from (Need(action_of(call), each) for each in resources(action_of(call), values(call.params)))


def action_of(call: Call) -> str:
    if call.prefix == "apigateway":
        return f"apigateway:{call.method}"
    name = f"{call.prefix}:{call.operation}"
    return ACTIONS.get(name, name)


def values(params: Mapping[str, Any]) -> dict[str, str]:
    """The parts of ARNs, as the reference calls them, out of the parameters of those operations that the site uses."""
    found = {name: value for name, value in params.items() if isinstance(value, str)}
    if path := found.get("Path"):
        found["ParameterNameWithoutLeadingSlash"] = path.removeprefix("/")
    if "PhoneNumber" in found:
        found["TopicName"] = ""  # of a text message no resource can be named: only "*" allows it
    return found


def items(call: Call) -> Iterator[Need]:
    """A transaction is allowed by what it does; an index is a resource of its own, and then the only one."""
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


def sending(params: Mapping[str, Any], mail: Mail) -> Iterator[Need]:
    """SES asks for its older action as well when a message comes whole, for the identity's default configuration set as
    for a named one, and in the sandbox for the identity of the recipient."""
    sender = parseaddr(params["FromEmailAddress"])[1]
    identity = sender.rpartition("@")[2]
    known = {"IdentityName": identity}
    if named := params.get("ConfigurationSetName") or mail.defaults.get(identity):
        known["ConfigurationSetName"] = named
    recipients = params["Destination"].get("ToAddresses", []) if mail.sandbox else []
    for action in ("ses:SendEmail", *(["ses:SendRawEmail"] if "Raw" in params["Content"] else [])):
        for resource in resources(action, known):
            yield Need(action, resource, {"ses:FromAddress": sender})
        for recipient in recipients:
            yield Need(action, next(iter(resources(action, {"IdentityName": recipient}))), {"ses:FromAddress": sender})
