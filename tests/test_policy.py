"""The role's policy. `tests/support/policy.py` checks after all tests that it allows what the site does and no more."""

import boto3
import pytest

from deploy.policy import statements
from deploy.stage import Stage
from otpsite import parameters
from tests.support import policy


@pytest.fixture
def stage():
    return Stage.load("prod")


def test_only_a_stage_that_sends_sms_may_send_them(stage):
    assert not any("sns:Publish" in statement["Action"] for statement in statements(stage))
    assert any("sns:Publish" in statement["Action"] for statement in statements(policy.with_sms(stage)))


def test_reading_the_secrets_is_recorded(stage, embedded_aws):
    path = stage.secrets_parameter
    boto3.client("ssm").put_parameter(Name=f"{path}/OTP_KEYS", Value="a key", Type="SecureString")
    try:
        parameters.read(path)
    finally:
        boto3.client("ssm").delete_parameter(Name=f"{path}/OTP_KEYS")
    assert ("ssm:GetParametersByPath", f"parameter{path}") in policy.calls
