"""The result of a deployment: function, gateway and rules match the settings, and the guide's commands work."""

import json
import subprocess
from dataclasses import replace

import boto3
import pytest

from deploy import commandline, gateway, plan, release
from deploy.stack import template
from deploy.stage import Stage
from deploy.states import versions_of

from . import guide
from .conftest import pack
from .guide import BIN
from .strict.callers import methods
from .strict.faults import ALWAYS


def test_the_template_is_sound(at_once, stage, tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(template(stage)))
    linted = subprocess.run([BIN / "cfn-lint", file], capture_output=True, text=True)
    assert linted.stdout == ""
    assert linted.returncode == 0


def test_the_base_stack_prints_the_dns_records_of_the_sender(account, stage):
    (made,) = boto3.client("cloudformation").describe_stacks(StackName=stage.base_stack)["Stacks"]
    printed = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
    assert printed["Record1"] == "token1._domainkey.otp.example CNAME token1.dkim.amazonses.com"
    assert set(printed) == {"Record1", "Record2", "Record3", "AlarmTopic", "MailEventsTopic"}


def test_ses_reports_each_delivery_only_if_the_setting_is_on(stage):
    """Each would be one more call of the gateway."""
    with_deliveries = Stage(
        stage.name, {**stage.settings, "aws_environment_variables": {**stage.environment, "OTP_DELIVERY_EVENTS": "1"}}
    )
    events = ["bounce", "complaint", "deliveryDelay"]
    for each, types in ((stage, events), (with_deliveries, [*events, "delivery"])):
        destination = template(each)["Resources"]["MailEventsDestination"]["Properties"]["EventDestination"]
        assert destination["MatchingEventTypes"] == types


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
    logged = set(json.loads(log["format"]).values())
    assert not {word for word in logged if any(part in word.lower() for part in ("path", "ip", "query", "agent"))}
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


@pytest.mark.parametrize(("setting", "value"), [("runtime", "python3.9"), ("architecture", "sparc")])
def test_a_lambda_that_nothing_was_built_for_is_refused(stage, tmp_path, setting, value):
    settings = tmp_path / "zappa_settings.json"
    settings.write_text(json.dumps({"prod": stage.settings | {setting: value}}))
    with pytest.raises(SystemExit, match=f"{setting} is '{value}': choose one of"):
        Stage.load("prod", settings)


@pytest.fixture
def other_runtime(stage, tmp_path, monkeypatch):
    """The stage with another runtime and architecture, in the settings that Zappa reads as well."""
    other = changed(stage, runtime="python3.13", architecture="arm64")
    settings = tmp_path / "zappa_settings.json"
    settings.write_text(json.dumps({"prod": other.settings}))
    monkeypatch.setattr(commandline, "SETTINGS", settings)
    return other


def test_an_update_changes_runtime_and_architecture(deployed, other_runtime):
    release.deploy(other_runtime)
    function = boto3.client("lambda").get_function(FunctionName="otp-prod")["Configuration"]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_a_rollback_goes_back_by_versions(deployed, package, stage):
    for code in ("second", "third"):
        pack(package, code)
        release.deploy(stage)
    release.rollback(stage, 2)
    latest, *published = versions_of(stage)
    assert [each["Version"] for each in published] == ["4", "3", "2", "1"]
    assert latest["CodeSha256"] == published[0]["CodeSha256"] == published[3]["CodeSha256"]


def test_a_rollback_to_what_was_never_deployed_is_refused(deployed, stage):
    with pytest.raises(SystemExit, match="has only 1 versions"):
        release.rollback(stage)


def test_a_rollback_to_another_runtime_is_refused(deployed, package, other_runtime):
    pack(package, "second")
    release.deploy(other_runtime)
    with pytest.raises(SystemExit, match=r"Runtime 'python3\.11' instead of 'python3\.13'"):
        release.rollback(other_runtime)


def test_a_rollback_whose_code_can_not_be_read_says_so(account, deployed, package, stage):
    pack(package, "second")
    release.deploy(stage)
    nowhere = {"Location": f"{account.url}/nothing"}
    account.faults.change("GetFunction", lambda found: found.update(Code=nowhere), times=ALWAYS)
    with pytest.raises(SystemExit, match="The code of version 1 can't be read"):
        release.rollback(stage)
    account.unknown.clear()  # that address


def planned(stage, package, base, tmp_path, capsys):
    file = tmp_path / "base.json"
    file.write_text(json.dumps(base))
    capsys.readouterr()
    plan.show(stage, package, file)
    return capsys.readouterr().out.splitlines()


def test_a_dry_run_says_what_would_change_and_changes_nothing(account, package, stage, tmp_path, capsys, monkeypatch):
    base = template(stage)
    assert planned(stage, package, base, tmp_path, capsys) == ["otp-prod: function and gateway would be made"]
    release.deploy(stage)
    before = len(account.faults.seen)
    same = ["Function, gateway and base stack are up to date."]
    assert planned(stage, package, base, tmp_path, capsys) == same
    package.write_bytes(b"other code")
    monkeypatch.setattr(gateway, "RATE", 9)
    other = changed(
        stage,
        events=[],
        keep_warm_expression="rate(2 minutes)",
        memory_size=512,
        architecture="arm64",
        aws_environment_variables=stage.environment | {"OTP_SITE_NAME": "Other"},
    )
    fewer = {"Resources": {name: each for name, each in base["Resources"].items() if name != "BounceRate"}}
    assert planned(other, package, fewer, tmp_path, capsys) == [
        "otp-prod-base: BounceRate would be removed (make provision)",
        "otp-prod: other code would be deployed",
        "otp-prod: architecture would be 'arm64' instead of 'x86_64'",
        "otp-prod: memory_size would be 512 instead of 256",
        "otp-prod: OTP_SITE_NAME would be 'Other' instead of 'otp.example'",
        "otp-prod: throttlingRateLimit of the gateway would be 9 instead of 400.0",
        "otp-prod: rule otp.stats.rollup.roll_up would be None instead of 'rate(1 minute)'",
        "otp-prod: rule zappa-keep-warm-handler.keep_warm_callback would be 'rate(2 minutes)' "
        "instead of 'rate(4 minutes)'",
    ]
    calls = account.faults.seen[before:]
    assert {each for each in calls if not each.startswith(("Describe", "Get", "List"))} == set()


def test_the_commands_of_the_guide_run(deployed, stage):
    """In the guide's order, except those that it marks as needing the real AWS."""
    boto3.client("ssm").delete_parameter(Name=f"{stage.secrets_parameter}/OTP_KEYS")
    for block in guide.BLOCKS:
        guide.run(block)
