"""Deployments with faults of AWS's control plane: delays, conflicts, lost responses, and an end after any call."""

import json
import time
from contextlib import suppress

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from deploy import commandline, release
from deploy.stack import template
from deploy.states import is_deployed, stack_status

from .strict.standin import Ended


def site_is_whole(stage):
    """Assert that everything is as after a deployment without faults."""
    client = boto3.client("apigateway")
    (api,) = client.get_rest_apis()["items"]
    gateway = client.get_stage(restApiId=api["id"], stageName="prod")
    rules = boto3.client("events").list_rules()["Rules"]
    names = {rule["Name"] for rule in rules}
    targets = [boto3.client("events").list_targets_by_rule(Rule=name)["Targets"] for name in names]
    return (
        is_deployed(stage),
        bool(api["binaryMediaTypes"]),  # moto doesn't store which
        "throttlingRateLimit" in gateway["methodSettings"]["*/*"],
        gateway["accessLogSettings"]["destinationArn"].endswith(stage.access_log),
        sorted(names),
        [len(each) for each in targets],
    )


WHOLE = (
    True,
    True,
    True,
    True,
    ["otp-prod-otp.stats.rollup.roll_up", "otp-prod-zappa-keep-warm-handler.keep_warm_callback"],
    [1, 1],
)

FAULTS = {
    "the role isn't known to Lambda yet": (
        "CreateFunction",
        "InvalidParameterValueException",
        "it cannot be assumed",
        2,
    ),
    "nor to EventBridge": ("PutRule", "ValidationException", "it cannot be assumed", 1),
    "the function is being changed": ("AddPermission", "ResourceConflictException", "An update is in progress", 1),
    "the gateway takes one deployment in five seconds": ("CreateDeployment", "TooManyRequestsException", "Too Many", 3),
    "the gateway's stage is busy": ("UpdateStage", "TooManyRequestsException", "Too Many", 2),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_first_deployment_waits_out(account, package, stage, fault):
    operation, code, message, times = fault
    account.faults.refuse(operation, code, message, times=times)
    release.deploy(stage)
    assert account.faults.met == [operation] * times
    assert site_is_whole(stage) == WHOLE


def test_an_update_waits_out_another_one(account, deployed, stage):
    account.faults.refuse("UpdateFunctionCode", "ResourceConflictException", "An update is in progress", times=2)
    account.faults.refuse("UpdateFunctionConfiguration", "ResourceConflictException", "An update is in progress")
    release.deploy(stage)
    assert len(account.faults.met) == 3
    assert site_is_whole(stage) == WHOLE


def test_a_permanent_fault_is_reported(account, package, stage):
    account.faults.refuse("CreateFunction", "CodeStorageExceededException", "Code storage limit exceeded", times=9)
    with pytest.raises(SystemExit, match=r"zappa deploy failed: .*Code storage limit exceeded"):
        release.deploy(stage)


def test_a_temporary_fault_that_lasts_is_reported(account, package, stage, monkeypatch):
    monkeypatch.setattr(release, "PATIENCE", 0)
    account.faults.refuse("CreateFunction", "ResourceConflictException", "Busy", times=9)
    with pytest.raises(SystemExit, match=r"AWS still says: .*Busy"):
        release.deploy(stage)


def test_a_stack_that_is_rolled_back_between_two_polls_is_created_again(account, package, stage, monkeypatch):
    """Zappa alone would poll forever."""
    naps = iter(range(10))

    def overdue_after_ten(seconds):
        if next(naps, None) is None:
            raise commandline.Overdue

    monkeypatch.setattr(time, "sleep", overdue_after_ten)
    account.faults.stack_status("otp-prod", "ROLLBACK_COMPLETE", until="DeleteStack")
    with pytest.raises(SystemExit, match="Run this again: it goes on"):
        release.deploy(stage)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    release.deploy(stage)
    assert "DeleteStack" in account.faults.seen
    assert site_is_whole(stage) == WHOLE


def test_a_deployment_that_takes_too_long_is_ended():
    def work():
        with commandline.within(0.01):
            while True:
                pass

    with pytest.raises(commandline.Overdue):
        work()


def test_a_stack_that_needs_manual_repair_is_reported(account, deployed, stage):
    account.faults.stack_status("otp-prod", "UPDATE_ROLLBACK_FAILED", until="never")
    with pytest.raises(SystemExit, match="continue-update-rollback --stack-name otp-prod"):
        release.deploy(stage)


def ended(made, after, make):
    """A `_make_api_call` that records calls that can change something, and raises Ended after a number of them."""

    def call(client, operation, request):
        if len(made) == after:
            raise Ended
        answer = make(client, operation, request)
        if not operation.startswith(("Describe", "Get", "Head", "List")):
            made.append(operation)
        return answer

    return call


def end_after_each(work, stage, prepare=lambda: None):
    """Run `work` again and again, ended after its first changing call, then after its second, and so on. Yields that
    call each time, so that the test can complete the work."""
    for number in range(1, 100):
        prepare()
        made = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", ended(made, number, BaseClient._make_api_call))
            with suppress(Ended):
                work(stage)
        if len(made) < number:
            return
        yield f"{number} {made[-1]}"


def test_a_deployment_that_is_ended_after_any_of_its_calls_goes_on(account, package, stage):
    ends = 0
    for end in end_after_each(release.deploy, stage, prepare=lambda: release.undeploy(stage)):
        release.deploy(stage)
        assert site_is_whole(stage) == WHOLE, end
        ends += 1
    assert ends > 12


def test_an_update_that_is_ended_after_any_of_its_calls_goes_on(account, deployed, stage):
    ends = 0
    for end in end_after_each(release.deploy, stage):
        release.deploy(stage)
        assert site_is_whole(stage) == WHOLE, end
        ends += 1
    assert ends > 12


def test_an_undeployment_that_is_ended_after_any_of_its_calls_goes_on(account, package, stage):
    ends = 0
    for end in end_after_each(release.undeploy, stage, prepare=lambda: release.deploy(stage)):
        release.undeploy(stage)
        assert boto3.client("lambda").list_functions()["Functions"] == [], end
        assert boto3.client("events").list_rules()["Rules"] == [], end
        assert stack_status(stage, stage.function) is None, end
        ends += 1
    assert ends >= 6


def test_the_base_stack_is_deleted_and_made_again(account, stage, tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(template(stage)))
    for _ in range(2):  # the second time there is nothing to do
        release.provision(stage, file)
    boto3.client("cloudformation").delete_stack(StackName=stage.base_stack)
    with pytest.raises(ClientError, match="otp-prod"):
        boto3.client("iam").get_role(RoleName="otp-prod")
    release.provision(stage, file)
    assert boto3.client("iam").get_role(RoleName="otp-prod")
