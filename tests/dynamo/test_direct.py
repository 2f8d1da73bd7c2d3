"""What bypasses botocore's service model is sent as by boto3, and read as by boto3."""

import hashlib
import hmac
import json
import zlib
from datetime import UTC, datetime
from itertools import product
from unittest.mock import patch

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError
from hypothesis import given, settings
from hypothesis import strategies as some

from otp.dynamo.client import client
from otp.dynamo.direct import OPERATIONS, ItemOperations, serve_items
from otp.dynamo.signing import Signer, signing_key
from tests.dynamo.messages import ERRORS, MESSAGES, in_base64
from tests.support.faults import Raw
from tests.support.tiers import REQUIRED

MEMBERS = ("Error", "ResponseMetadata", "Item", "CancellationReasons")  # of an error, those that the layer reads
MANY = settings(deadline=None, max_examples=300 if REQUIRED else 15)


class Exchange:
    """A client whose requests aren't sent: each gets the next response."""

    def __init__(self, *, direct):
        self.request = None
        session = boto3.session.Session("AKID", "secret", "token", "eu-west-1")
        if direct:
            session.events.register("creating-client-class.dynamodb", serve_items)
        config = Config(parameter_validation=False, user_agent="otp", retries={"total_max_attempts": 1})
        self.client = session.client("dynamodb", endpoint_url="https://dynamodb.example", config=config)
        self.client._endpoint.http_session.send = self.send

    def send(self, request):
        self.request = request
        status, body = self.response
        headers = {"x-amz-crc32": str(zlib.crc32(body)), "x-amzn-requestid": "7"}
        return AWSResponse(request.url, status, headers, Raw(body))

    def ask(self, operation, params, status, answer):
        """What was sent, and what was read: the response, or the members of the error."""
        self.response = status, json.dumps(in_base64(answer)).encode()
        try:
            read = getattr(self.client, operation)(**params)
        except ClientError as error:
            read = {name: error.response.get(name) for name in MEMBERS} | {"type": type(error).__name__}
        read["ResponseMetadata"] = {name: read["ResponseMetadata"][name] for name in ("HTTPStatusCode", "RequestId")}
        sent, names = self.request, ("Content-Type", "X-Amz-Target", "X-Amz-Security-Token")
        return (sent.method, sent.url, [text(sent.headers[name]) for name in names], text(sent.body)), read


def text(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture(scope="module")
def both():
    """Our client, and boto3's own."""
    return Exchange(direct=True), Exchange(direct=False)


def test_all_operations_on_items_are_compared():
    assert {"".join(map(str.title, name.split("_"))) for name in MESSAGES} == OPERATIONS


@pytest.mark.parametrize("operation", MESSAGES)
def test_the_same_request_is_sent_and_the_same_values_are_read(both, operation):
    @MANY
    @given(*MESSAGES[operation])
    def compare(params, answer):
        ours, theirs = (each.ask(operation, params, 200, answer) for each in both)
        assert ours == theirs

    compare()


@pytest.mark.parametrize("operation", MESSAGES)
def test_the_same_error_is_raised(both, operation):
    @MANY
    @given(MESSAGES[operation][0], ERRORS, some.sampled_from([400, 500]))
    def compare(params, answer, status):
        ours, theirs = (each.ask(operation, params, status, answer) for each in both)
        assert ours == theirs

    compare()


def test_the_signature_is_that_of_aws_s_description(both):
    """Computed here by the steps of "Create a signed AWS API request"."""
    ours = both[0]
    ours.ask("get_item", {"TableName": "otp_users", "Key": {"é": {"B": b"\xff"}}}, 200, {})
    headers = {name.lower(): text(value) for name, value in ours.request.headers.items()} | {"host": "dynamodb.example"}
    credential, names, signature = (part.partition("=")[2] for part in headers["authorization"].split(", "))
    signed = names.split(";")
    scope = f"{headers['x-amz-date'][:8]}/eu-west-1/dynamodb/aws4_request"
    canonical = ["POST", "/", "", *(f"{name}:{headers[name]}" for name in signed), "", names, sha256(ours.request.body)]
    to_sign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256("\n".join(canonical).encode())]
    key = b"AWS4secret"
    for part in (*scope.split("/"), "\n".join(to_sign)):
        key = hmac.digest(key, part.encode(), "sha256")
    assert {"content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(signed)
    assert (credential, signature) == (f"AKID/{scope}", key.hex())


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def test_without_credentials_nothing_is_sent(both, monkeypatch):
    monkeypatch.setattr(both[0].client, "_get_credentials", lambda: None)
    monkeypatch.setattr(both[0], "request", None)
    with pytest.raises(NoCredentialsError):
        both[0].client.get_item(TableName="otp_users", Key={})
    assert both[0].request is None


@pytest.mark.parametrize("direct", [True, False])
def test_a_setting_leaves_boto3_as_it_is(settings, new_client, direct):
    settings.DYNAMO_DIRECT = direct
    assert isinstance(client(), ItemOperations) is direct


def test_the_key_that_is_kept_is_that_of_the_day_the_region_and_the_secret():
    signing_key.cache_clear()
    urls = ["https://dynamodb.example/", "http://[::1]:8000/", "https://Dynamodb.example:443/"]
    cases = list(product(["one", "two"], [18, 19], ["eu-west-1", "eu-west-2"], [None, "a token"], urls))
    for case in [*cases, *cases]:
        ours, theirs = (authorization(signer, *case) for signer in (Signer, SigV4Auth))
        assert ours == theirs
    signing_key.cache_clear()
    for number in (1, 2, 3):
        authorization(Signer, *cases[0])
        assert signing_key.cache_info().hits == number - 1


def authorization(signer, secret, day, region, token, url):
    """The header by which a signer signs a request."""
    headers = {"X-Amz-Target": "DynamoDB.GetItem", "User-Agent": "otp", "Content-Type": " a  b "}
    request = AWSRequest("POST", url, headers, b"{}")
    with patch("botocore.auth.get_current_datetime", return_value=datetime(2033, 5, day, tzinfo=UTC)):
        signer(Credentials("AKID", secret, token), "dynamodb", region).add_auth(request)
    return request.headers["Authorization"]


def test_a_second_client_of_the_session_is_made_like_the_first(new_client):
    found = [client.__wrapped__() for _ in range(2)]
    assert [type(each).__mro__.count(ItemOperations) for each in found] == [1, 1]
