"""Roles that AWS would refuse to deploy or to serve with, and that moto alone accepts."""

import json

import boto3
import pytest

from deploy import release
from deploy.stack import assumed_by
from tests.support.api import ADDRESS

from .site import behind
from .strict.callers import Gateway
from .strict.reference import ACCOUNT, REGION
from .strict.standin import policies_of_role


def trust_only(*services):
    trust = json.dumps(assumed_by(*services))
    boto3.client("iam").update_assume_role_policy(RoleName="otp-prod", PolicyDocument=trust)


def test_a_role_that_lambda_alone_may_assume_gets_no_rules(account, package, stage, monkeypatch):
    monkeypatch.setattr(release, "PATIENCE", 0)
    trust_only("lambda.amazonaws.com", "apigateway.amazonaws.com")
    with pytest.raises(SystemExit, match=r"cannot be assumed by principal 'events\.amazonaws\.com'"):
        release.deploy(stage)


@pytest.mark.parametrize("kept", ["lambda.amazonaws.com", "events.amazonaws.com"])
def test_a_gateway_that_may_not_assume_the_role_answers_500(deployed, acting, kept):
    trust_only(kept)
    assert behind(Gateway(acting)).get("/").status == 500


def allow(name, *resources):
    """Give the named statement of the role's policy these resources, instead of those of `deploy.policy`."""
    (document,) = policies_of_role("otp-prod")
    for statement in document["Statement"]:
        if statement["Sid"] == name:
            statement["Resource"] = list(resources)
    boto3.client("iam").put_role_policy(RoleName="otp-prod", PolicyName="site", PolicyDocument=json.dumps(document))


def test_a_gateway_that_may_not_invoke_the_function_answers_500(deployed, acting):
    allow("Gateway", "arn:aws:lambda:another-function")
    assert behind(Gateway(acting)).get("/").status == 500


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        (["identity/otp.example"], "configuration-set/otp-prod"),  # the identity's default
        (["identity/otp.example", "configuration-set/otp-prod"], f"identity/{ADDRESS}"),  # in the sandbox
        ([], "identity/otp.example"),
    ],
)
def test_a_mail_that_the_role_may_not_send_is_logged_with_its_remedy(deployed, acting, aws, allowed, missing):
    allow("Mail", *(f"arn:aws:ses:{REGION}:{ACCOUNT}:{each}" for each in [*allowed, "identity/another.example"]))
    answer = behind(Gateway(acting)).post_json({"action": "send_otp", "email": ADDRESS})
    assert (answer.status, answer.json["code"]) == (503, "delivery_failed")
    assert {(need.action, need.resource.split(":", 5)[5]) for need in aws.denied} == {("ses:SendEmail", missing)}
    aws.denied.clear()
    log = acting.log.read_text()
    assert "make provision" in log
    assert ADDRESS not in log
