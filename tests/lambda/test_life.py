"""A life cycle on the stricter AWS: provision, deploy, first staff, sign-in, job, update, rollback, undeploy."""

import json

import boto3
import pytest

from deploy import manage, release
from deploy.stack import assumed_by
from deploy.states import versions_of
from tests.support.api import ADDRESS

from . import site
from .conftest import pack
from .events import API_HOST, DOMAIN, rest, scheduled
from .site import Site
from .strict.callers import EventBridge, Gateway
from .strict.reference import ACCOUNT, REGION, service
from .strict.standin import policies_of_role


@pytest.fixture
def function(deployed, aws, start):
    """The deployed function, with the credentials of its role."""
    made = boto3.client("lambda").get_function(FunctionName="otp-prod")["Configuration"]
    access = {"AWS_ACCESS_KEY_ID": "the-function", "AWS_ENDPOINT_URL": aws.url}
    environment = made["Environment"]["Variables"]
    environment["OTP_ALLOWED_HOSTS"] += f",{DOMAIN}"  # as the guide says for a custom domain
    service("dynamodb")  # reads the reference, for which no request of the function waits then
    with start(**environment, **access) as running:
        aws.invoke = running.invoke
        yield running


def sign_in(function, host=API_HOST, address=ADDRESS):
    door = Site(Gateway(function), rest, host)
    assert address in site.sign_in(door, address).text
    return door


def test_a_life_cycle_from_provisioning_to_removal(deployed, function, package, aws, stage, capsys):
    release.check(stage)
    for number, host in enumerate((API_HOST, DOMAIN)):  # two people, because of the cooldown
        sign_in(function, host, f"person{number}@example.com")
    assert manage.run(stage, f"staff add {ADDRESS} --superuser") == 0
    assert "is now superuser" in capsys.readouterr().out
    assert sign_in(function).get("/admin/otp/logentry/").status == 200
    event = scheduled("otp-prod-otp.stats.rollup.roll_up")
    assert "Counted until" in EventBridge(function).fire(event)["output"]

    pack(package, "the second version")
    release.release(stage)  # an update
    assert sign_in(function, address="after@example.com").get("/healthz").text == "ok\n"
    release.rollback(stage)
    latest, third, second, first = versions_of(stage)
    assert latest["CodeSha256"] == third["CodeSha256"] == first["CodeSha256"] != second["CodeSha256"]
    assert sign_in(function, address="later@example.com").get("/healthz").text == "ok\n"

    for _ in range(2):  # the second time there is nothing to remove
        release.undeploy(stage)
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("events").list_rules()["Rules"] == []
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["otp-prod-base"]
    assert "otp_users" in boto3.client("dynamodb").list_tables()["TableNames"]
    assert aws.denied == []


def test_settings_in_parameter_store_are_checked_after_the_deployment(deployed, aws, watched, stage, capsys):
    """Those that the function doesn't check at its start."""
    parameter = f"{stage.secrets_parameter}/OTP_JWT_KEYS"
    boto3.client("ssm").put_parameter(Name=parameter, Value="no key", Type="SecureString")
    try:
        with watched() as running:
            aws.invoke = running.invoke
            with pytest.raises(SystemExit, match="its settings are at fault"):
                release.check(stage)
    finally:
        boto3.client("ssm").delete_parameter(Name=parameter)
    assert "otp.E020" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "status", "output"),
    [
        ("check", 0, "System check identified"),
        ("staff add no-address", 1, "Invalid email format"),
        ("staff dance", 1, "invalid choice"),
    ],
)
def test_a_command_answers_with_its_output_and_its_status(function, stage, capsys, command, status, output):
    assert manage.run(stage, command) == status
    assert output in capsys.readouterr().out


def test_a_command_that_is_not_listed_is_not_run(function, stage):
    with pytest.raises(SystemExit, match="doesn't handle such events"):
        manage.run(stage, "dynamo_sync")


# -- roles that AWS would refuse, and that moto alone accepts -----------------------------------------


def trust_only(*services):
    trust = json.dumps(assumed_by(*services))
    boto3.client("iam").update_assume_role_policy(RoleName="otp-prod", PolicyDocument=trust)


def test_a_role_that_lambda_alone_may_assume_gets_no_rules(account, package, stage, monkeypatch):
    monkeypatch.setattr(release, "PATIENCE", 0)
    trust_only("lambda.amazonaws.com", "apigateway.amazonaws.com")
    with pytest.raises(SystemExit, match=r"cannot be assumed by principal 'events\.amazonaws\.com'"):
        release.bring(stage)


@pytest.mark.parametrize("kept", ["lambda.amazonaws.com", "events.amazonaws.com"])
def test_a_gateway_that_may_not_assume_the_role_answers_500(deployed, function, kept):
    trust_only(kept)
    assert Site(Gateway(function)).get("/").status == 500


def allow(name, *resources):
    """Give the named statement of the role's policy these resources, instead of those of `deploy.policy`."""
    (document,) = policies_of_role("otp-prod")
    for statement in document["Statement"]:
        if statement["Sid"] == name:
            statement["Resource"] = list(resources)
    boto3.client("iam").put_role_policy(RoleName="otp-prod", PolicyName="site", PolicyDocument=json.dumps(document))


def test_a_gateway_that_may_not_invoke_the_function_answers_500(deployed, function):
    allow("Gateway", "arn:aws:lambda:another-function")
    assert Site(Gateway(function)).get("/").status == 500


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        (["identity/otp.example"], "configuration-set/otp-prod"),  # the identity's default
        (["identity/otp.example", "configuration-set/otp-prod"], f"identity/{ADDRESS}"),  # in the sandbox
        ([], "identity/otp.example"),
    ],
)
def test_a_mail_that_the_role_may_not_send_is_logged_with_its_remedy(deployed, function, aws, allowed, missing):
    allow("Mail", *(f"arn:aws:ses:{REGION}:{ACCOUNT}:{each}" for each in [*allowed, "identity/another.example"]))
    answer = Site(Gateway(function)).post_json({"action": "send_otp", "email": ADDRESS})
    assert (answer.status, answer.json["code"]) == (503, "delivery_failed")
    assert {(need.action, need.resource.split(":", 5)[5]) for need in aws.denied} == {("ses:SendEmail", missing)}
    aws.denied.clear()
    log = function.log.read_text()
    assert "make provision" in log
    assert ADDRESS not in log
