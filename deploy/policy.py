"""What the function's role may do: exactly what the site does, on exactly its own tables, indexes, sender and secrets.

`tests/support/policy.py` compares this with every call that the site makes while the whole test suite runs, and
fails when either holds more than the other.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model

from otp.dynamo.indexes import indexes

from .stage import Stage

Statement = dict[str, Any]

# By model, what is done to its items. A transaction is allowed by what it does: PutItem, UpdateItem, DeleteItem.
ITEMS = {
    "otp.Code": ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem"),
    "otp.Address": ("BatchGetItem", "GetItem", "UpdateItem"),
    "otp.Counter": ("BatchGetItem", "UpdateItem"),
    "otp.Suppression": ("BatchGetItem", "DeleteItem", "GetItem", "PutItem"),
    "otp.Account": ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "UpdateItem"),
    "otp.LogEntry": ("BatchGetItem", "GetItem", "PutItem", "Query"),
    "otp.AuditEntry": ("GetItem", "PutItem"),
    "otp.Stat": ("BatchGetItem", "GetItem", "PutItem", "Query"),
    "otp.Session": ("BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"),
}
# Every declared index is there to be read, one page after the other.
INDEX = ("Query",)


def statements(stage: Stage) -> list[Statement]:
    """The statements of the role's policy, with CloudFormation's `Fn::Sub` in place of account and partition."""
    sending = [mail(stage), suppression_list(), *text_messages(stage)]
    return [*tables(stage), *sending, secrets(stage), log(stage), gateway(stage)]


def tables(stage: Stage) -> Iterable[Statement]:
    for label, actions in ITEMS.items():
        model = apps.get_model(label)
        table = f"table/{stage.table_prefix}{model._meta.db_table}"
        yield allow(
            [f"dynamodb:{action}" for action in actions], [arn(stage, "dynamodb", table)], model._meta.object_name
        )
        yield from reading(stage, model, table)


def reading(stage: Stage, model: type[Model], table: str) -> Iterable[Statement]:
    names = [arn(stage, "dynamodb", f"{table}/index/{index.name}") for index in indexes(model)]
    if names:
        yield allow([f"dynamodb:{action}" for action in INDEX], names, f"{model._meta.object_name}Indexes")


def mail(stage: Stage) -> Statement:
    """Mail from the stage's own address alone. SES asks for both actions when a message is sent whole, as ours are; for
    the identity's default configuration set too; and in the sandbox for the recipient's identity, whatever it is."""
    resources = [arn(stage, "ses", "identity/*"), arn(stage, "ses", f"configuration-set/{stage.function}")]
    condition = {"StringEquals": {"ses:FromAddress": stage.from_address}}
    return allow(["ses:SendEmail", "ses:SendRawEmail"], resources, "Mail") | {"Condition": condition}


def suppression_list() -> Statement:
    """What lifting in the admin does to the account's own list in SES, which is no resource that could be named."""
    return allow(["ses:DeleteSuppressedDestination"], ["*"], "SuppressionList")


def text_messages(stage: Stage) -> Iterable[Statement]:
    """SMS, where the stage sends them. A phone number is no resource of AWS's, so none can be named."""
    if stage.environment.get("OTP_SMS") == "1":
        yield allow(["sns:Publish"], ["*"], "TextMessages")


def secrets(stage: Stage) -> Statement:
    """The secrets' own path. Their key is the one that AWS keeps for Parameter Store, which asks for no permission."""
    return allow(["ssm:GetParametersByPath"], [arn(stage, "ssm", f"parameter{stage.secrets_parameter}")], "Secrets")


def log(stage: Stage) -> Statement:
    """What Lambda itself does in the role's name."""
    group = arn(stage, "logs", f"log-group:/aws/lambda/{stage.function}:log-stream:*")
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [group], "Log")


def gateway(stage: Stage) -> Statement:
    """What API Gateway does in the role's name: Zappa has it call the function with this very role."""
    return allow(["lambda:InvokeFunction"], [arn(stage, "lambda", f"function:{stage.function}")], "Gateway")


def allow(actions: list[str], resources: list[Any], name: str) -> Statement:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}


def arn(stage: Stage, service: str, resource: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:{stage.region}:${{AWS::AccountId}}:{resource}"}
