"""Zappa's deploy, update, status and undeploy, against moto's AWS: what is there afterwards.

moto forgets what kind of endpoint a gateway has and with which role it calls: those are read in Zappa's own template.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from deploy import gateway, release
from deploy.stack import template
from deploy.stage import ROOT
from tests.support.tiers import unavailable

ZAPPA = Path(sys.executable).parent / "zappa"
PLAIN_BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE | re.DOTALL)
CERTIFICATE = "arn:aws:acm:ap-southeast-2:123456789012:certificate/1"
IN_MOTO = ("AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::SNS::Topic")


def no_function_urls(request, full_url, headers):
    """ListFunctionUrlConfigs, which moto lacks and `zappa update` asks for."""
    return 200, {}, json.dumps({"FunctionUrlConfigs": []})


@pytest.fixture(scope="module")
def command_lines():
    if not ZAPPA.exists():
        unavailable("the command lines of Zappa, AWS and cfn-lint aren't installed (make rehearse)")


@pytest.fixture(scope="module")
def account(command_lines, embedded_aws, secrets, stage, tmp_path_factory):
    """An account that was provisioned: of the template, what moto knows."""
    from moto.awslambda.urls import url_paths

    url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls$"] = no_function_urls
    whole = template(stage)["Resources"]
    known = {name: each for name, each in whole.items() if each["Type"] in IN_MOTO}
    file = tmp_path_factory.mktemp("stack") / "stack.json"
    file.write_text(json.dumps({"Resources": known}))
    for _ in range(2):  # the second time nothing is left to do
        release.provision(stage, file)


@pytest.fixture(scope="module")
def deployed(account, archive, stage):
    assert not release.is_deployed(stage)
    release.release(stage)
    assert release.is_deployed(stage)
    return stage


@pytest.fixture
def function(deployed):
    return boto3.client("lambda").get_function(FunctionName="otp-prod")["Configuration"]


@pytest.fixture
def gateway_stage(deployed):
    client = boto3.client("apigateway")
    (api,) = client.get_rest_apis()["items"]
    return client.get_stage(restApiId=api["id"], stageName="prod")


def zappa(*words):
    command = [str(ZAPPA), words[0], "prod", *words[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_template_is_sound(command_lines, stage, tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(template(stage)))
    linted = subprocess.run([ZAPPA.parent / "cfn-lint", file], capture_output=True, text=True)
    assert linted.stdout == ""
    assert linted.returncode == 0


def test_the_function_is_as_the_settings_say(function, archive, stage):
    assert function["Handler"] == "otpsite.handler.handle"
    assert function["Runtime"] == "python3.11"
    assert function["Role"].endswith(":role/otp-prod")
    assert function["Timeout"] == 10
    assert function["MemorySize"] == stage.settings["memory_size"]
    assert function["CodeSize"] == archive.stat().st_size


def test_the_function_is_given_no_secret(function, stage):
    assert function["Environment"]["Variables"] == stage.environment
    assert not {"OTP_KEYS", "OTP_LOCAL"} & set(stage.environment)


def test_the_gateway_is_throttled(gateway_stage):
    settings = gateway_stage["methodSettings"]["*/*"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (gateway.RATE, gateway.BURST)
    assert settings["dataTraceEnabled"] is False


def test_the_access_log_has_no_query_no_path_and_no_address(gateway_stage, stage):
    log = gateway_stage["accessLogSettings"]
    assert log["destinationArn"].endswith(f":log-group:{stage.access_log}")
    told = set(json.loads(log["format"]).values())
    assert not {word for word in told if any(part in word.lower() for part in ("path", "ip", "query", "agent"))}


def test_a_second_deployment_is_an_update_and_leaves_the_gateway_throttled(deployed, stage):
    release.release(stage)
    client = boto3.client("apigateway")
    (api,) = client.get_rest_apis()["items"]
    settings = client.get_stage(restApiId=api["id"], stageName="prod")["methodSettings"]["*/*"]
    assert settings["throttlingRateLimit"] == gateway.RATE


def test_the_function_is_kept_warm_and_counts_the_log_every_hour(deployed):
    rules = boto3.client("events").list_rules()["Rules"]
    assert {rule["Name"]: rule["ScheduleExpression"] for rule in rules} == {
        "otp-prod-zappa-keep-warm-handler.keep_warm_callback": "rate(4 minutes)",
        "otp-prod-otp.stats.rollup.roll_up": "cron(6 * * * ? *)",
    }


def test_the_address_is_the_domain_or_else_that_of_the_gateway(deployed, stage):
    assert release.address(stage).endswith(".execute-api.ap-southeast-2.amazonaws.com/prod/")


def test_status_names_what_is_deployed(deployed):
    status = zappa("status")
    assert "otp-prod" in status
    assert "python3.11" in status


def test_the_gateway_is_regional_and_calls_with_the_role(deployed, tmp_path):
    arn = "arn:aws:lambda:ap-southeast-2:123456789012:function:otp-prod"
    role = "arn:aws:iam::123456789012:role/otp-prod"
    output = tmp_path / "template.json"
    zappa("template", "--lambda-arn", arn, "--role-arn", role, "--output", str(output))
    resources = json.loads(output.read_text())["Resources"]
    assert resources["Api"]["Properties"]["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    methods = [each for each in resources.values() if each["Type"] == "AWS::ApiGateway::Method"]
    assert {each["Properties"]["Integration"]["Credentials"] for each in methods} == {role}
    assert {each["Properties"]["HttpMethod"] for each in methods} == {"ANY"}


@pytest.fixture(scope="module")
def without_secrets(deployed, stage):
    boto3.client("ssm").delete_parameter(Name=f"{stage.secrets_parameter}/OTP_KEYS")


@pytest.mark.parametrize("block", PLAIN_BLOCKS, ids=lambda block: block.split("\n")[0][:50])
def test_a_command_of_the_guide_runs(without_secrets, block):
    """In the guide's own order, all but those that it marks as needing AWS itself."""
    environment = os.environ | {"PATH": f"{ZAPPA.parent}:{os.environ['PATH']}", "CERTIFICATE": CERTIFICATE}
    command = ["bash", "-euo", "pipefail", "-c", block]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_undeploy_removes_function_and_gateway_and_leaves_all_else(deployed, stage):
    """The last one here: the others need what it removes."""
    zappa("undeploy", "--yes")
    assert not release.is_deployed(stage)
    left = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in left] == ["otp-prod-base"]  # the gateway's own stack is gone
    assert "otp_users" in boto3.client("dynamodb").list_tables()["TableNames"]
