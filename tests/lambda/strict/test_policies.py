"""The evaluator of policies, with cases from IAM's documentation, and the resources of the reference."""

import pytest

from .policies import UnsupportedPolicy, allows, trusts
from .reference import UnknownAction, resources

TABLE = "arn:aws:dynamodb:ap-southeast-2:123456789012:table/otp_codes"
IDENTITY = "arn:aws:ses:ap-southeast-2:123456789012:identity/otp.example"
CODES_BY_TIME = f"{TABLE}/index/codes_by_time"


def one(effect, actions, on, condition=None):
    return {"Effect": effect, "Action": actions, "Resource": on} | ({"Condition": condition} if condition else {})


READ = one("Allow", "dynamodb:GetItem", TABLE)
MAIL = one("Allow", ["ses:SendEmail"], [IDENTITY], {"StringEquals": {"ses:FromAddress": "a@otp.example"}})
TWO_KEYS = one("Allow", "*", "*", {"StringEquals": {"a": "1"}, "StringLike": {"b": ["x*", "y?"]}})

# (statements, action, resource, context, whether it is allowed)
CASES = {
    "nothing is allowed by itself": ([], "dynamodb:GetItem", TABLE, {}, False),
    "what a statement names": ([READ], "dynamodb:GetItem", TABLE, {}, True),
    "an action without regard to case": ([READ], "DynamoDB:getitem", TABLE, {}, True),
    "a resource with regard to case": ([READ], "dynamodb:GetItem", TABLE.upper(), {}, False),
    "another action": ([READ], "dynamodb:PutItem", TABLE, {}, False),
    "another table": ([READ], "dynamodb:GetItem", f"{TABLE}2", {}, False),
    "an index is not its table": ([one("Allow", "dynamodb:*", TABLE)], "dynamodb:Query", CODES_BY_TIME, {}, False),
    "a star crosses slashes": ([one("Allow", "*", f"{TABLE}/*")], "dynamodb:Query", CODES_BY_TIME, {}, True),
    "a question mark is one character": ([one("Allow", "*", f"{TABLE}?")], "dynamodb:GetItem", TABLE, {}, False),
    "a dot is a dot": ([one("Allow", "*", "otp.example")], "a:B", "otpxexample", {}, False),
    "a denial wins": ([READ, one("Deny", "dynamodb:*", "*")], "dynamodb:GetItem", TABLE, {}, False),
    "a denial elsewhere doesn't": ([READ, one("Deny", "ses:*", "*")], "dynamodb:GetItem", TABLE, {}, True),
    "a condition that holds": ([MAIL], "ses:SendEmail", IDENTITY, {"ses:FromAddress": "a@otp.example"}, True),
    "a key without regard to case": ([MAIL], "ses:SendEmail", IDENTITY, {"SES:fromaddress": "a@otp.example"}, True),
    "a condition that doesn't": ([MAIL], "ses:SendEmail", IDENTITY, {"ses:FromAddress": "b@otp.example"}, False),
    "a condition on what the request lacks": ([MAIL], "ses:SendEmail", IDENTITY, {}, False),
    "all of several conditions": ([TWO_KEYS], "a:B", "c", {"a": "1", "b": "yz"}, True),
    "and not some": ([TWO_KEYS], "a:B", "c", {"a": "1", "b": "z"}, False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_evaluator(case):
    statements, action, resource, context, allowed = case
    assert allows([{"Statement": statements}], action, resource, context) is allowed


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "ses:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"a": "1"}}},
    ],
)
def test_the_evaluator_refuses_unsupported_policies(statement):
    with pytest.raises(UnsupportedPolicy):
        allows([{"Statement": [statement]}], "a:B", "c", {"a": "1"})


def test_a_trust_policy_names_its_service():
    trust = {"Statement": [one("Allow", "sts:AssumeRole", "*") | {"Principal": {"Service": "lambda.amazonaws.com"}}]}
    assert trusts(trust, "lambda.amazonaws.com")
    assert not trusts(trust, "events.amazonaws.com")


@pytest.mark.parametrize(
    ("action", "values", "expected"),
    [
        ("dynamodb:GetItem", {"TableName": "otp_codes"}, [TABLE]),
        ("dynamodb:Query", {"TableName": "otp_codes", "IndexName": "codes_by_time"}, [TABLE, CODES_BY_TIME]),
        ("ses:SendEmail", {"IdentityName": "otp.example"}, [IDENTITY]),
        ("ses:DeleteSuppressedDestination", {}, ["*"]),
    ],
)
def test_an_action_is_checked_against_the_resources_of_the_reference(action, values, expected):
    assert list(resources(action, values)) == expected


@pytest.mark.parametrize("action", ["ses:NoSuchAction", "dynamodb:GetItem"])
def test_an_action_or_resource_that_is_unknown_is_an_error(action):
    with pytest.raises(UnknownAction):
        list(resources(action, {}))
