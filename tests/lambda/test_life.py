"""A whole life on the stricter AWS: provision, deploy, first staff, sign-in, job, update, rollback, undeploy."""

import json

import boto3
import pytest

from deploy import manage, release
from deploy.stack import policy
from tests.support.api import ADDRESS, mailed_code

from .events import API_HOST, DOMAIN, rest, scheduled
from .site import Site
from .strict.callers import EventBridge, Gateway

NO_MAIL = {"Effect": "Deny", "Action": "ses:*", "Resource": "*"}


@pytest.fixture
def function(deployed, aws, start):
    """The function as it was deployed, with the credentials of its role."""
    made = boto3.client("lambda").get_function(FunctionName="otp-prod")["Configuration"]
    access = {"AWS_ACCESS_KEY_ID": "the-function", "AWS_ENDPOINT_URL": aws.url}
    environment = made["Environment"]["Variables"]
    environment["OTP_ALLOWED_HOSTS"] += f",{DOMAIN}"  # as the guide says of a domain
    with start(**environment, **access) as running:
        aws.invoke = running.invoke
        yield running


def sign_in(function, host=API_HOST, address=ADDRESS):
    door = Site(Gateway(function), rest, host)
    page = door.get("/")
    assert page.status == 200, page.text
    page = door.follow(door.post("/", {**page.hidden, "email": address}))
    page = door.follow(door.post("/verify/", {**page.hidden, "code": mailed_code(address)}))
    assert address in page.text
    return door


def test_a_life(deployed, function, aws, stage, capsys):
    for number, host in enumerate((API_HOST, DOMAIN)):  # an address has to wait for its second code
        sign_in(function, host, f"person{number}@example.com")
    assert manage.run(stage, f"staff add {ADDRESS} --superuser") == 0
    assert "is now superuser" in capsys.readouterr().out
    assert sign_in(function).get("/admin/otp/logentry/").status == 200
    event = scheduled("otp-prod-otp.stats.rollup.roll_up")
    assert "Counted until" in EventBridge(function).fire(event)["output"]

    release.release(stage)  # an update
    assert sign_in(function, address="after@example.com").get("/healthz").text == "ok\n"
    versions = boto3.client("lambda").list_versions_by_function(FunctionName="otp-prod")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]

    for _ in range(2):  # the second time nothing is left to remove
        release.undeploy(stage)
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("events").list_rules()["Rules"] == []
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["otp-prod-base"]
    assert "otp_users" in boto3.client("dynamodb").list_tables()["TableNames"]
    assert (aws.unknown, aws.denied) == ([], [])


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


@pytest.mark.parametrize("kept", ["lambda.amazonaws.com", "events.amazonaws.com"])
def test_a_gateway_that_may_not_call_the_function_answers_500(deployed, function, kept):
    """What the stand-in is for: on moto alone all of this looks well."""
    trust = policy([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [kept]}}])
    boto3.client("iam").update_assume_role_policy(RoleName="otp-prod", PolicyDocument=json.dumps(trust))
    assert Site(Gateway(function)).get("/").status == 500


def test_a_mail_that_the_role_may_not_send_is_told_with_its_remedy(deployed, function, aws):
    boto3.client("iam").put_role_policy(
        RoleName="otp-prod", PolicyName="no", PolicyDocument=json.dumps(policy([NO_MAIL]))
    )
    answer = Site(Gateway(function)).post_json({"action": "send_otp", "email": ADDRESS})
    assert (answer.status, answer.json["code"]) == (503, "delivery_failed")
    assert {need.action for need in aws.denied} == {"ses:SendEmail"}
    aws.denied.clear()
    log = function.log.read_text()
    assert "make provision" in log
    assert ADDRESS not in log
