"""The role's policy, held against what the site asks of AWS. These run last, when all else has been asked."""

from dataclasses import replace

import pytest

from deploy.policy import statements
from otpsite import parameters
from tests.support.verbs import answer, ask, mailed_code

from . import recorder

pytestmark = pytest.mark.last

BY_LAMBDA = "log-group:"  # what Lambda does in the role's name, which no test can see


@pytest.fixture(autouse=True)
def a_sign_in_and_the_secrets(secrets, stage):
    """So that there is something to compare when these run by themselves."""
    ask()
    answer(mailed_code())
    parameters.read(stage.secrets_parameter)


@pytest.fixture
def granted(stage):
    """To a stage with everything on."""
    return {
        (action, resource)
        for statement in statements(with_sms(stage))
        for action in statement["Action"]
        for resource in map(own_part, statement["Resource"])
        if not resource.startswith(BY_LAMBDA)
    }


def with_sms(stage):
    return replace(stage, settings=stage.settings | {"aws_environment_variables": stage.environment | {"OTP_SMS": "1"}})


def own_part(arn):
    return arn if arn == "*" else arn["Fn::Sub"].partition("${AWS::AccountId}:")[2]


def test_only_a_stage_that_sends_sms_may_send_them(stage):
    assert not any("sns:Publish" in statement["Action"] for statement in statements(stage))
    assert any("sns:Publish" in statement["Action"] for statement in statements(with_sms(stage)))


def test_the_role_may_do_all_that_the_site_does(granted):
    assert recorder.calls - granted == set()


def test_the_role_may_do_nothing_else(granted, whole_suite):
    if not whole_suite:
        pytest.skip("only a part of the tests ran, so not all that the site does was seen")
    assert granted - recorder.calls == set()
