"""Fixtures: an account on the stricter AWS, provisioned, and with the site deployed in it."""

import json
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy import release
from deploy.stack import template
from deploy.stage import Stage
from tests.tiers import unavailable

from .strict.serving import forget, standing_in
from .strict.standin import StandIn

BIN = Path(sys.executable).parent
IN_MOTO = ("AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::SNS::Topic")


@pytest.fixture
def aws(embedded_aws: str, secrets: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """An empty account on the stricter AWS, which is what every client finds while a test uses it."""
    forget()
    with standing_in() as stand_in:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stand_in.url)
        yield stand_in


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two polls, neither we nor Zappa nor botocore."""
    if not (BIN / "zappa").exists():
        unavailable("the command lines of Zappa, AWS and cfn-lint aren't installed (make rehearse)")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def base(stage: Stage) -> str:
    """Of the base stack's template, what moto knows."""
    resources = {name: each for name, each in template(stage)["Resources"].items() if each["Type"] in IN_MOTO}
    return json.dumps({"Resources": resources})


@pytest.fixture
def account(aws: StandIn, at_once: None, base: str, stage: Stage) -> Iterator[StandIn]:
    """Provisioned; the sender by hand, as the template has it."""
    boto3.client("cloudformation").create_stack(StackName=stage.base_stack, TemplateBody=base)
    mail = template(stage)["Resources"]
    identity, settings = mail["Sender"]["Properties"]["EmailIdentity"], mail["MailSettings"]["Properties"]["Name"]
    client = boto3.client("sesv2")
    client.create_email_identity(EmailIdentity=identity, ConfigurationSetName=settings)
    aws.roles["the-function"] = stage.settings["role_name"]
    yield aws
    client.delete_email_identity(EmailIdentity=identity)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zip that is small, since nothing unpacks it: the function that runs is the real one."""
    path = tmp_path / "lambda.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otpsite/handler.py", "")
    monkeypatch.setattr(release, "PACKAGE", path)
    return path


@pytest.fixture
def deployed(account: StandIn, package: Path, stage: Stage) -> Any:
    release.bring(stage)
    return stage
