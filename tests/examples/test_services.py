"""The services among the examples accept the site's tokens and refuse forgeries (threat 14)."""

import importlib.util
import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from otp.local import embedded
from otp.tokens import keyring
from tests.examples.conftest import EXAMPLES, KEY, running
from tests.support.api import ADDRESS, PHONE, answer_by_phone, ask_by_phone, me, signed_in
from tests.support.forgeries import FORGERIES, genuine, parts, signed
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.slow

FLASK = EXAMPLES / "relying_service.py"
FASTAPI = EXAMPLES / "fastapi_service" / "service.py"
AUTHORIZER = EXAMPLES / "api_gateway_authorizer" / "authorizer.py"
PROGRAMS = {FLASK: "flask", FASTAPI: "uvicorn"}
METHOD_ARN = "arn:aws:execute-api:ap-southeast-2:123456789012:abcdef1234/prod/GET/orders/7"
P256 = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RSA = keyring.new_rsa_key()
NOWHERE = "http://127.0.0.1:9"  # the discard port, where nothing listens


def http(url):
    """A function that returns status, body and headers of /hello for the value of its header `Authorization`."""

    def hello(header):
        request = Request(f"{url}/hello", headers={"Authorization": header} if header else {})
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, {}

    return hello


def load(file, issuer, monkeypatch):
    monkeypatch.setenv("ISSUER", issuer)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gateway(authorizer):
    """A function that does with the authorizer's result what API Gateway does."""

    def hello(header):
        if not header:
            return 401, {}
        event = {"type": "TOKEN", "authorizationToken": header, "methodArn": METHOD_ARN}
        try:
            allowed = json.loads(json.dumps(authorizer.handler(event, None)))
        except (authorizer.Unauthorized, jwt.PyJWTError) as error:
            return (401 if str(error) == "Unauthorized" else 500), {}
        (statement,) = allowed["policyDocument"]["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
        assert statement["Resource"] == "arn:aws:execute-api:ap-southeast-2:123456789012:abcdef1234/prod/*"
        assert allowed["principalId"] == allowed["context"]["sub"]
        return 200, {"id": allowed["context"]["sub"], "address": allowed["context"]["address"]}

    return hello


@pytest.fixture(scope="module", params=[FLASK, FASTAPI, AUTHORIZER], ids=lambda file: file.stem)
def served(request, live_site):
    """Each example in turn, configured for the running site. The first two run as their headers say."""
    if request.param == AUTHORIZER:
        with pytest.MonkeyPatch.context() as monkeypatch:
            yield gateway(load(AUTHORIZER, live_site, monkeypatch))
    else:
        with running(request.param, PROGRAMS[request.param], ISSUER=live_site) as url:
            yield http(url)


@pytest.fixture
def hello(served, issuer):
    return served


def test_an_access_token_is_accepted(hello):
    token = signed_in()["access_token"]
    assert hello(f"Bearer {token}") == (200, {"id": me(token).json()["sub"], "address": ADDRESS})
    assert hello(f"Bearer {genuine(token)}")[0] == 200
    assert hello(f"bearer {token}")[0] == 200
    assert hello(f"BEARER {token}")[0] == 200


def test_the_token_of_a_phone_account_is_accepted(hello, settings):
    settings.OTP_SMS = True
    ask_by_phone()
    (sms,) = embedded.sns().sms_messages.values()
    token = answer_by_phone(re.search(r"\d{6}", sms[1])[0]).json()["access_token"]
    assert hello(f"Bearer {token}") == (200, {"id": me(token).json()["sub"], "address": PHONE})


@pytest.mark.parametrize("file", [FLASK, AUTHORIZER], ids=lambda file: file.stem)
@pytest.mark.parametrize("key", [P256, RSA], ids=["P-256", "RSA"])
def test_a_token_of_each_algorithm_is_accepted(issuer, settings, monkeypatch, file, key):
    settings.OTP_JWT_KEYS = [key]
    header = f"Bearer {signed_in()['access_token']}"
    module = load(file, issuer, monkeypatch)
    if file == FLASK:
        assert module.app.test_client().get("/hello", headers={"Authorization": header}).status_code == 200
    else:
        assert gateway(module)(header)[0] == 200


def test_a_forgery_and_everything_else_is_refused(hello):
    answered = signed_in()
    token = answered["access_token"]
    for forge in FORGERIES:
        assert hello(f"Bearer {forge(token)}")[0] == 401, forge.__name__
    for header in ("", "Bearer", "Bearer ", "Bearer x", "Basic dTpw", token, f"Bearer {answered['refresh_token']}"):
        assert hello(header)[0] == 401, header


@pytest.mark.parametrize(
    ("claim", "seconds", "status"), [("nbf", 20, 200), ("nbf", 90, 401), ("exp", -20, 200), ("exp", -90, 401)]
)
def test_clocks_may_differ_by_half_a_minute(hello, claim, seconds, status):
    header, claims = parts(signed_in()["access_token"])
    token = signed(header, claims | {claim: claims["iat"] + seconds})
    assert hello(f"Bearer {token}")[0] == status


def test_tokens_are_accepted_while_keys_rotate(issuer, settings, monkeypatch):
    """The new key is published before it signs, and the old one while tokens of it are valid."""
    new = keyring.new_key()
    service = load(FLASK, issuer, monkeypatch).app.test_client()

    def status(address):
        return service.get(
            "/hello", headers={"Authorization": f"Bearer {signed_in(address)['access_token']}"}
        ).status_code

    settings.OTP_JWT_KEYS = [KEY, new]
    assert status(ADDRESS) == 200
    settings.OTP_JWT_KEYS = [new, KEY]
    assert status("other@example.com") == 200


@pytest.mark.parametrize("file", [FLASK, FASTAPI], ids=lambda file: file.stem)
def test_without_the_site_s_keys_the_answer_is_503(issuer, file):
    token = signed_in()["access_token"]
    with running(file, PROGRAMS[file], ISSUER=NOWHERE) as url:
        assert http(url)(f"Bearer {token}")[0] == 503
        assert http(url)("Bearer x")[0] == 401


def test_without_the_site_s_keys_the_gateway_answers_500(issuer, monkeypatch):
    hello = gateway(load(AUTHORIZER, NOWHERE, monkeypatch))
    assert hello(f"Bearer {signed_in()['access_token']}")[0] == 500
    assert hello("Bearer x")[0] == 401
