"""Management commands on the deployed function, as `make manage` runs them."""

import boto3
import pytest

from deploy import manage, release


@pytest.fixture
def set_parameter(aws, stage):
    """A function that stores a setting in Parameter Store."""
    client, names = boto3.client("ssm"), []

    def set_parameter(name, value):
        names.append(f"{stage.secrets_parameter}/{name}")
        client.put_parameter(Name=names[-1], Value=value, Type="SecureString")

    yield set_parameter
    client.delete_parameters(Names=names)


@pytest.fixture
def checked(deployed, aws, watched, stage):
    """Have a new process of the function check its settings, as the end of a deployment does."""

    def invoke(event):
        with watched() as running:
            return running.invoke(event)

    aws.invoke = invoke
    return lambda: release.check_settings(stage)


def test_settings_in_parameter_store_are_checked_after_the_deployment(checked, set_parameter, capsys):
    set_parameter("OTP_LIFETIME", "1200")
    set_parameter("OTP_MAX_ATTEMPTS", "1")  # so few that the function starts
    with pytest.raises(SystemExit, match="its settings are wrong"):
        checked()
    assert "otp.W001" in capsys.readouterr().out


def test_settings_with_which_the_function_does_not_start_are_reported(checked, set_parameter):
    set_parameter("OTP_SNS_TOPICS", "no ARN")
    with pytest.raises(SystemExit, match=r"unsafe settings:\n.*otp\.E014"):
        checked()


@pytest.mark.parametrize(
    ("command", "status", "output"),
    [
        ("check", 0, "System check identified"),
        ("staff add no-address", 1, "Invalid email format"),
        ("staff dance", 1, "invalid choice"),
    ],
)
def test_a_command_answers_with_its_output_and_its_status(acting, stage, capsys, command, status, output):
    assert manage.run(stage, command) == status
    assert output in capsys.readouterr().out


def test_a_command_that_is_not_listed_is_not_run(acting, stage):
    with pytest.raises(SystemExit, match="doesn't handle such events"):
        manage.run(stage, "dynamo_sync")
