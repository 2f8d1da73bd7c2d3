"""Reading secrets from Parameter Store: all of a path, or an error with the reason."""

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured

from otpsite import parameters

pytestmark = pytest.mark.slow

PATH = "/otp/test"


@pytest.fixture
def store(embedded_aws):
    ssm = boto3.client("ssm")
    stored = []

    def put(name, value):
        stored.append(f"{PATH}/{name}")
        ssm.put_parameter(Name=stored[-1], Value=value, Type="SecureString")

    yield put
    for name in stored:
        ssm.delete_parameter(Name=name)


def test_all_parameters_under_the_path_are_read(store):
    """More than one page: Parameter Store returns ten at a time."""
    for number in range(12):
        store(f"NAME_{number}", f"value {number}")
    assert parameters.read(PATH) == {f"NAME_{number}": f"value {number}" for number in range(12)}


def test_no_parameters_are_an_error(embedded_aws):
    with pytest.raises(ImproperlyConfigured, match="There are no secrets under /otp/test in Parameter Store"):
        parameters.read(PATH)


def test_an_unreachable_store_is_an_error(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    with pytest.raises(ImproperlyConfigured, match=r"under /otp/test .* can't be read: EndpointConnectionError"):
        parameters.read(PATH)
