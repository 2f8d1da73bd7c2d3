"""The result of a deployment: function, gateway and rules match the settings, and the guide's commands work."""

import json
import os
import re
import subprocess
from dataclasses import replace

import boto3
import pytest

from deploy import gateway, plan, release
from deploy.stack import template
from deploy.stage import ROOT, Stage

from .conftest import BIN
from .strict.callers import methods

PLAIN_BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE | re.DOTALL)
CERTIFICATE = "arn:aws:acm:ap-southeast-2:123456789012:certificate/1"


def test_the_template_is_sound(at_once, stage, tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(template(stage)))
    linted = subprocess.run([BIN / "cfn-lint", file], capture_output=True, text=True)
    assert linted.stdout == ""
    assert linted.returncode == 0


def test_the_function_and_its_rules_are_as_the_settings_say(deployed, package, stage):
    function = boto3.client("lambda").get_function(FunctionName="otp-prod")["Configuration"]
    assert function["Handler"] == "otpsite.handler.handle"
    assert function["Runtime"] == stage.settings["runtime"]
    assert function["Architectures"] == [stage.settings["architecture"]]
    assert function["Role"].endswith(":role/otp-prod")
    assert function["Timeout"] == 10
    assert function["MemorySize"] == stage.settings["memory_size"]
    assert function["CodeSize"] == package.stat().st_size
    assert function["Environment"]["Variables"] == stage.environment
    assert not {"OTP_KEYS", "OTP_LOCAL"} & set(stage.environment)
    rules = boto3.client("events").list_rules()["Rules"]
    assert {rule["Name"]: rule["ScheduleExpression"] for rule in rules} == {
        "otp-prod-zappa-keep-warm-handler.keep_warm_callback": "rate(4 minutes)",
        "otp-prod-otp.stats.rollup.roll_up": "rate(1 minute)",
    }


def test_the_gateway_is_regional_throttled_and_logs_nothing_private(deployed, stage):
    client = boto3.client("apigateway")
    (api,) = client.get_rest_apis()["items"]
    made = client.get_stage(restApiId=api["id"], stageName="prod")
    settings, log = made["methodSettings"]["*/*"], made["accessLogSettings"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (gateway.RATE, gateway.BURST)
    assert settings["dataTraceEnabled"] is False
    assert settings["metricsEnabled"] is False  # metrics per method cost money; those of the API are free
    assert log["destinationArn"].endswith(f":log-group:{stage.access_log}")
    told = set(json.loads(log["format"]).values())
    assert not {word for word in told if any(part in word.lower() for part in ("path", "ip", "query", "agent"))}
    whole = boto3.client("cloudformation").get_template(StackName="otp-prod")["TemplateBody"]
    assert plan.resources(whole)["Api"]["Properties"]["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert {method["HttpMethod"] for method in methods("otp-prod")} == {"ANY"}


def test_the_address_is_the_domain_or_else_that_of_the_gateway(deployed, stage):
    assert release.address(stage).endswith(".execute-api.ap-southeast-2.amazonaws.com/prod/")
    assert release.address(changed(stage, domain="otp.example")) == "https://otp.example/"


def changed(stage, **settings):
    return replace(stage, settings=stage.settings | settings)


def test_a_function_url_is_refused_by_name(stage, tmp_path):
    settings = tmp_path / "zappa_settings.json"
    settings.write_text(json.dumps({"prod": stage.settings | {"function_url_enabled": True}}))
    with pytest.raises(SystemExit, match="function_url_enabled"):
        Stage.load("prod", settings)


def planned(stage, package, base, tmp_path, capsys):
    file = tmp_path / "base.json"
    file.write_text(base)
    capsys.readouterr()
    plan.show(stage, package, file)
    return capsys.readouterr().out.splitlines()


def test_a_dry_run_says_what_would_change_and_changes_nothing(account, package, base, stage, tmp_path, capsys):
    assert planned(stage, package, base, tmp_path, capsys) == ["otp-prod: function and gateway would be made"]
    release.bring(stage)
    before = len(account.faults.seen)
    same = ["Function, gateway and base stack are up to date."]
    assert planned(stage, package, base, tmp_path, capsys) == same
    package.write_bytes(b"other code")
    other = changed(stage, memory_size=512, aws_environment_variables=stage.environment | {"OTP_SITE_NAME": "Other"})
    fewer = json.dumps({"Resources": {name: each for name, each in plan.resources(base).items() if name != "Alarms"}})
    assert planned(other, package, fewer, tmp_path, capsys) == [
        "otp-prod-base: Alarms would be removed (make provision)",
        "otp-prod: other code would be deployed",
        "otp-prod: memory_size would be 512 instead of 256",
        "otp-prod: OTP_SITE_NAME would be 'Other' instead of 'otp.example'",
    ]
    asked = account.faults.seen[before:]
    assert {each for each in asked if not each.startswith(("Describe", "Get"))} == set()


def test_the_commands_of_the_guide_run(deployed, stage):
    """In the guide's order, except those that it marks as needing the real AWS."""
    boto3.client("ssm").delete_parameter(Name=f"{stage.secrets_parameter}/OTP_KEYS")
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "CERTIFICATE": CERTIFICATE}
    for block in PLAIN_BLOCKS:
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, block + done.stderr
