"""A life cycle on the stricter AWS, by the guide's commands: from `make provision` to `make undeploy`."""

import io
import json
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.response import addinfourl

import boto3
import pytest

from deploy import commandline, release
from deploy import stage as stages
from deploy.stage import ROOT
from deploy.states import versions_of
from tests.support.api import ADDRESS

from . import guide, site
from .events import DOMAIN, Request, rest, scheduled
from .runtime import function as running_function
from .runtime import unzip
from .strict.callers import EventBridge, Gateway, Lambda
from .strict.reference import GATEWAYS, service


@pytest.fixture
def function(aws, client_folder, tmp_path):
    """The function that is deployed at the time: its code, its environment, and the credentials of its role."""

    def start(code, environment):
        archive, task = tmp_path / "deployed.zip", tmp_path / "task"
        with urllib.request.urlopen(code) as answer:
            archive.write_bytes(answer.read())
        shutil.rmtree(task, ignore_errors=True)
        access = {"AWS_ACCESS_KEY_ID": "the-function", "AWS_ENDPOINT_URL": aws.url}
        return running_function(unzip(archive, task), client_folder, environment | access, tmp_path / "log")

    service("dynamodb")  # reads the reference, for which no request of the function waits then
    deployed = Lambda(start)
    aws.invoke = deployed.invoke
    with deployed.process:
        yield deployed


class Internet(urllib.request.HTTPSHandler):
    """Takes https requests to the gateway."""

    def __init__(self, gateway):
        super().__init__()
        self.gateway = gateway

    def https_open(self, request):
        path = request.selector.removeprefix("/prod") if request.host.endswith(GATEWAYS) else request.selector
        answer = site.read(self.gateway.invoke(rest(Request("GET", path, {}), request.host)))
        response = addinfourl(io.BytesIO(answer.body), answer.headers, request.full_url, answer.status)
        response.msg = ""
        return response


@pytest.fixture
def internet(function):
    urllib.request.install_opener(urllib.request.build_opener(Internet(Gateway(function))))
    yield
    urllib.request.install_opener(None)


@pytest.fixture
def make(tmp_path):
    """Run a target of the Makefile with the packages of this environment."""
    (tmp_path / "venv").mkdir()
    lock = tmp_path / "venv" / "deploy"
    lock.symlink_to(sys.prefix)

    def make(target, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
        options = [f"{name}={value}" for name, value in {"VENV": lock.parent, **variables}.items()]
        command = ["make", target, f"--assume-old={lock / 'installed'}", *options]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return make


@pytest.fixture
def run_release(at_once, archive, tmp_path, monkeypatch):
    """Run `python -m deploy.release prod` with options, in this process, which needn't wait between two polls."""
    monkeypatch.setattr(release, "PACKAGE", Path(shutil.copy(archive, tmp_path / "lambda.zip")))

    def run(*options):
        monkeypatch.setattr(sys, "argv", ["deploy.release", "prod", *options])
        release.main()

    return run


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    """A function that writes the settings of the stage into a file, which is used from then on."""
    file = tmp_path / "zappa_settings.json"

    def write(stage):
        file.write_text(json.dumps({stage.name: stage.settings}))
        monkeypatch.setattr(stages, "SETTINGS", file)
        monkeypatch.setattr(commandline, "SETTINGS", file)

    return write


def at_domain(stage):
    """The stage with a domain, as the guide says."""
    environment = stage.environment | {"OTP_ALLOWED_HOSTS": f"{DOMAIN},{stage.environment['OTP_ALLOWED_HOSTS']}"}
    return replace(stage, settings=stage.settings | {"domain": DOMAIN, "aws_environment_variables": environment})


def sign_in(function, address, host=None):
    door = site.behind(Gateway(function), host)
    assert address in site.sign_in(door, address).text
    return door


def test_a_life_cycle_from_provisioning_to_removal(
    make, run_release, internet, function, aws, stage, settings_file, capsys
):
    assert "Successfully created/updated stack - otp-prod-base" in make("provision", STAGE="prod")
    run_release()
    assert f"https://{Gateway(function).host}/prod/ is up" in capsys.readouterr().out

    staff = make("manage", STAGE="prod", ARGS=f"staff add {ADDRESS} --superuser")
    assert "is now superuser" in staff
    assert sign_in(function, ADDRESS).get("/admin/otp/logentry/").status == 200

    guide.run_the_one_with("create-domain-name")
    settings_file(at_domain(stage))
    run_release()
    assert f"https://{DOMAIN}/ is up" in capsys.readouterr().out
    sign_in(function, "domain@example.com", DOMAIN)

    event = scheduled("otp-prod-otp.stats.rollup.roll_up")
    assert "Counted until" in EventBridge(function).fire(event)["output"]

    with zipfile.ZipFile(release.PACKAGE, "a") as package:
        package.writestr("brand/templates/failure.html", "the second version")
    run_release()
    assert sign_in(function, "after@example.com").get("/no-such-page").text == "the second version"
    run_release("--rollback", "1")
    assert "the second version" not in sign_in(function, "later@example.com").get("/no-such-page").text
    latest, *published = versions_of(stage)
    assert latest["CodeSha256"] == published[0]["CodeSha256"] == published[-1]["CodeSha256"]
    assert latest["CodeSha256"] != published[1]["CodeSha256"]

    for _ in range(2):  # the second time there is nothing to remove
        run_release("--undeploy")
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("events").list_rules()["Rules"] == []
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["otp-prod-base"]
    assert "otp_users" in boto3.client("dynamodb").list_tables()["TableNames"]
    boto3.client("cloudformation").delete_stack(StackName=stage.base_stack)
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert aws.denied == []
