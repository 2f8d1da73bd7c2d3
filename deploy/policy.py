"""The policy of the function's role: exactly the calls that the site makes, on its own tables, indexes, sender and
secrets.

`tests/support/policy.py` compares it with every call that the site makes in the whole test suite, and fails if they
differ.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model

from otp.dynamo.indexes import indexes

from .stage import Stage

Statement = dict[str, Any]

# The operations on each model's items. A transaction needs the permissions of its PutItem, UpdateItem and DeleteItem.
ITEMS = {
    "otp.Code": ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem"),
    "otp.Address": ("BatchGetItem", "GetItem", "UpdateItem"),
    "otp.Block": ("BatchGetItem", "DeleteItem", "GetItem", "UpdateItem"),
    "otp.Counter": ("BatchGetItem", "UpdateItem"),
    "otp.Suppression": ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem"),
    "otp.Account": ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "UpdateItem"),
    "otp.LogEntry": ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    "otp.AuditEntry": ("GetItem", "PutItem"),
    "otp.Stat": ("BatchGetItem", "GetItem", "PutItem", "Query"),
    "otp.Session": ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
}
# Every declared index is queried.
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
    """Mail from the stage's own address. For raw messages, as the site sends, SES checks both actions. It also checks
    the identity's default configuration set, and in the sandbox the recipient's identity, which can be any."""
    resources = [arn(stage, "ses", "identity/*"), arn(stage, "ses", f"configuration-set/{stage.function}")]
    condition = {"StringEquals": {"ses:FromAddress": stage.from_address}}
    return allow(["ses:SendEmail", "ses:SendRawEmail"], resources, "Mail") | {"Condition": condition}


def suppression_list() -> Statement:
    """Lifting a suppression also removes it from the account's list in SES, which has no ARN."""
    return allow(["ses:DeleteSuppressedDestination"], ["*"], "SuppressionList")


def text_messages(stage: Stage) -> Iterable[Statement]:
    """SMS, if the stage sends them. Phone numbers have no ARN."""
    if stage.environment.get("OTP_SMS") == "1":
        yield allow(["sns:Publish"], ["*"], "TextMessages")


def secrets(stage: Stage) -> Statement:
    """The path of the secrets. They are encrypted with AWS's own key for Parameter Store, which needs no permission."""
    return allow(["ssm:GetParametersByPath"], [arn(stage, "ssm", f"parameter{stage.secrets_parameter}")], "Secrets")


def log(stage: Stage) -> Statement:
    """The log, which Lambda writes with this role."""
    group = arn(stage, "logs", f"log-group:/aws/lambda/{stage.function}:log-stream:*")
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [group], "Log")


def gateway(stage: Stage) -> Statement:
    """Invoking the function: Zappa has API Gateway call it with this role."""
    return allow(["lambda:InvokeFunction"], [arn(stage, "lambda", f"function:{stage.function}")], "Gateway")


def allow(actions: list[str], resources: list[Any], name: str) -> Statement:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}


def arn(stage: Stage, service: str, resource: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:{stage.region}:${{AWS::AccountId}}:{resource}"}
