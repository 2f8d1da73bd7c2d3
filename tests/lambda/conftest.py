"""Fixtures: the packaged function, running on this machine beside the embedded AWS."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.package import PROJECT
from deploy.stage import ROOT, Stage
from tests.tiers import unavailable

from . import recorder
from .runtime import Function, function, runtime_client, unzip
from .site import Site

SECRETS = {"OTP_KEYS": "a-key-for-the-rehearsal-alone-of-more-than-32-characters"}


def pytest_configure(config: pytest.Config) -> None:
    """Record from the first test on, whatever folder it is in."""
    patch = pytest.MonkeyPatch()
    recorder.install(patch)
    config.add_cleanup(patch.undo)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back on all tests runs after them."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def built(name: str) -> Path:
    """A zip of `make rehearse`. One that is older than what it holds would prove nothing."""
    archive = ROOT / "build" / name
    sources = [
        ROOT / "requirements" / "lambda.txt",
        *(file for folder in PROJECT for file in (ROOT / folder).rglob("*.*")),
    ]
    if not archive.exists():
        unavailable(f"no build/{name} (make rehearse)")
    newest = max(file.stat().st_mtime for file in sources if "__pycache__" not in file.parts)
    if archive.stat().st_mtime < newest:
        unavailable(f"build/{name} is older than the code (make rehearse)")
    return archive


@pytest.fixture(scope="session")
def whole_suite(request: pytest.FixtureRequest) -> bool:
    options = request.config.option
    return request.config.args == request.config.getini("testpaths") and not (options.keyword or options.markexpr)


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
    if not find_spec("awslambdaric"):
        unavailable("AWS's runtime client isn't installed (make rehearse)")
    return runtime_client(tmp_path_factory.mktemp("runtime") / "client")


@pytest.fixture(scope="session")
def secrets(embedded_aws: str, stage: Stage) -> None:
    """What `docs/deploy.md` has its reader put into Parameter Store."""
    ssm = boto3.client("ssm")
    for name, value in SECRETS.items():
        ssm.put_parameter(Name=f"{stage.secrets_parameter}/{name}", Value=value, Type="SecureString")


@pytest.fixture(scope="session")
def start(
    code: Path, client_folder: Path, secrets: None, embedded_aws: str, stage: Stage, tmp_path_factory: Any
) -> Callable[..., Any]:
    """Start a function with a stage's own environment; more, or other, as given."""
    environment = {**stage.environment, "AWS_ENDPOINT_URL": embedded_aws}
    environment["OTP_ALLOWED_HOSTS"] += ",otp.example,.on.aws"

    def run(**more: str) -> Any:
        return function(code, client_folder, environment | more, tmp_path_factory.mktemp("log") / "log")

    return run


@pytest.fixture(scope="session")
def running(start: Callable[..., Any]) -> Iterator[Function]:
    with start() as running:
        yield running


@pytest.fixture
def site(running: Function) -> Site:
    """A visitor of the REST API at AWS's own address."""
    return Site(running)

