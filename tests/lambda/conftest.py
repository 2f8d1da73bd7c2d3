"""Fixtures: the packaged function, which uses the embedded AWS; and an account on the stricter AWS to deploy to."""

import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import loaders

from deploy import release
from deploy.package import PROJECT
from deploy.stack import template
from deploy.stage import ROOT, Stage
from tests.support.tiers import unavailable

from .guide import BIN
from .runtime import Function, function, runtime_client, unzip
from .site import Site
from .strict.reference import service
from .strict.serving import forget, standing_in
from .strict.standin import OPERATOR, StandIn

# No browser runs here, and `manage.py check --deploy`, which a deployment starts, refuses the variable.
os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)

SECRETS = {"OTP_KEYS": "a-key-for-the-rehearsal-alone-of-more-than-32-characters"}


def built(name: str) -> Path:
    """A zip that `make rehearse` built. Fails if its sources are newer, because testing it would prove nothing."""
    archive = ROOT / "build" / name
    sources = [
        ROOT / "requirements" / "lambda.txt",
        ROOT / "deploy" / "package.py",
        *(file for folder in PROJECT for file in (ROOT / folder).rglob("*.*")),
    ]
    if not archive.exists():
        unavailable(f"no build/{name} (make rehearse)")
    newest = max(file.stat().st_mtime for file in sources if "__pycache__" not in file.parts)
    if archive.stat().st_mtime < newest:
        unavailable(f"build/{name} is older than the code (make rehearse)")
    return archive


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage.load("prod")


@pytest.fixture(scope="session")
def archive() -> Path:
    return built("lambda.zip")


@pytest.fixture(scope="session")
def code(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzip(archive, tmp_path_factory.mktemp("lambda") / "task")


@pytest.fixture(scope="session")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runtime_client(tmp_path_factory.mktemp("runtime") / "client")


@pytest.fixture(scope="session")
def secrets(embedded_aws: str, stage: Stage) -> None:
    """Put the secrets of `docs/deploy.md` into Parameter Store."""
    ssm = boto3.client("ssm")
    for name, value in SECRETS.items():
        ssm.put_parameter(Name=f"{stage.secrets_parameter}/{name}", Value=value, Type="SecureString")


@pytest.fixture(scope="session")
def environment(secrets: None, embedded_aws: str, stage: Stage) -> dict[str, str]:
    """The function's environment, with every host name that it is tested at."""
    hosts = f"{stage.environment['OTP_ALLOWED_HOSTS']},otp.example,.on.aws"
    return {**stage.environment, "OTP_ALLOWED_HOSTS": hosts, "AWS_ENDPOINT_URL": embedded_aws}


@pytest.fixture(scope="session")
def start(code: Path, client_folder: Path, environment: dict[str, str], tmp_path_factory: Any) -> Callable[..., Any]:
    """A function that starts the packaged one with its stage's environment, changed by keyword arguments."""

    def run(**more: str) -> Any:
        return function(code, client_folder, environment | more, tmp_path_factory.mktemp("log") / "log")

    return run


@pytest.fixture(scope="session")
def running(start: Callable[..., Any]) -> Iterator[Function]:
    with start() as running:
        yield running


@pytest.fixture
def site(running: Function) -> Site:
    """A client of the REST API at AWS's own address."""
    return Site(running)


@pytest.fixture
def aws(embedded_aws: str, secrets: None, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """An empty account on the stricter AWS. All clients use it during the test."""
    forget()
    with standing_in() as stand_in:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stand_in.url)
        stand_in.roles["the-function"] = stage.settings["role_name"]
        yield stand_in
    assert stand_in.unknown == []


@pytest.fixture
def watched(aws: StandIn, start: Callable[..., Any]) -> Callable[..., Any]:
    """Start a function that asks the stricter AWS, as somebody who may do everything."""
    return partial(start, AWS_ENDPOINT_URL=aws.url, AWS_ACCESS_KEY_ID=OPERATOR)


one_loader = cache(loaders.create_loader)


def one_client_each(make: Callable[..., Any]) -> Callable[..., Any]:
    """`Zappa.boto_client`, whose clients are made once a service."""
    made: dict[str, Any] = {}

    def boto_client(zappa: Any, service: str, *args: Any, **options: Any) -> Any:
        if service not in made:
            made[service] = make(zappa, service, *args, **options)
        return made[service]

    return boto_client


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll without delays, in this project, Zappa and botocore. Make the clients of Zappa once a test."""
    if not (BIN / "zappa").exists():
        unavailable("the command lines of Zappa, AWS and cfn-lint aren't installed (make rehearse)")
    from zappa.core import Zappa

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    # Each of Zappa's commands makes sixteen clients, which is two thirds of its CPU time.
    monkeypatch.setattr(loaders, "create_loader", one_loader)
    monkeypatch.setattr(Zappa, "boto_client", one_client_each(Zappa.boto_client))


@pytest.fixture
def account(aws: StandIn, at_once: None, stage: Stage) -> StandIn:
    """An account with the base stack."""
    boto3.client("cloudformation").create_stack(StackName=stage.base_stack, TemplateBody=json.dumps(template(stage)))
    return aws


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small zip to deploy. Nothing unpacks it, because the function that runs is started from the real zip."""
    path = tmp_path / "lambda.zip"
    pack(path, "the first version")
    monkeypatch.setattr(release, "PACKAGE", path)
    return path


def pack(path: Path, code: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otpsite/handler.py", f"# {code}\n")


@pytest.fixture
def deployed(account: StandIn, package: Path, stage: Stage) -> Any:
    release.deploy(stage)
    return stage


@pytest.fixture
def acting(deployed: Stage, aws: StandIn, start: Callable[..., Any]) -> Iterator[Function]:
    """The function from the zip, with the environment that was deployed and the credentials of its role."""
    made = boto3.client("lambda").get_function(FunctionName=deployed.function)["Configuration"]
    access = {"AWS_ACCESS_KEY_ID": "the-function", "AWS_ENDPOINT_URL": aws.url}
    service("dynamodb")  # reads the reference, for which no request of the function waits then
    with start(**made["Environment"]["Variables"], **access) as running:
        aws.invoke = running.invoke
        yield running
