"""The example of an authorizer, packaged by the commands in its header and run as Lambda runs it."""

import os
import re
import shutil
import subprocess
import textwrap

import pytest

from otp.tokens import keyring
from tests.support.api import ADDRESS, signed_in

from .guide import BIN
from .runtime import ROOT, function, unzip

FOLDER = ROOT / "examples" / "api_gateway_authorizer"
EVENT = {"type": "TOKEN", "methodArn": "arn:aws:execute-api:ap-southeast-2:123456789012:abcdef1234/prod/GET/orders/7"}


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """The folder of the unzipped function."""
    copy = shutil.copytree(FOLDER, tmp_path_factory.mktemp("authorizer") / "api_gateway_authorizer")
    commands = re.search(r"(?:^ {4}.+\n)+", (copy / "authorizer.py").read_text("utf-8"), re.MULTILINE)[0]
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    command = ["bash", "-euo", "pipefail", "-c", textwrap.dedent(commands)]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return unzip(copy / "authorizer.zip", copy.parent / "code")


@pytest.fixture
def authorize(packaged, client_folder, live_site, settings, tmp_path):
    """A function that sends the header `Authorization` to the running authorizer, as API Gateway does."""
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [keyring.new_key()], live_site
    variables = {"ISSUER": live_site}
    with function(packaged, client_folder, variables, tmp_path / "log", handler="authorizer.handler") as running:
        yield lambda header: running.invoke({**EVENT, "authorizationToken": header})


def test_it_allows_the_api_to_somebody_who_is_signed_in(authorize):
    allowed = authorize(f"Bearer {signed_in()['access_token']}")
    (statement,) = allowed["policyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": "arn:aws:execute-api:ap-southeast-2:123456789012:abcdef1234/prod/*",
    }
    assert allowed["context"] == {"sub": allowed["principalId"], "address": ADDRESS}


@pytest.mark.parametrize("header", ["Bearer x", "Basic dTpw", "Bearer "])
def test_it_answers_unauthorized_in_the_one_word_that_becomes_a_401(authorize, header):
    with pytest.raises(RuntimeError, match=r"^Unauthorized: Unauthorized$"):
        authorize(header)
