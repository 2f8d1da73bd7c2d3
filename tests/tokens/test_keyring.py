"""The signing keys, and access tokens as other services see them (threat 14)."""

import base64
import json
import subprocess
import sys

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.test import Client

from otp.conf import from_environment, private_keys
from otp.tokens import keyring
from tests.support.api import me, signed_in
from tests.support.clock import NOW
from tests.support.forgeries import FORGERIES, genuine

OLD, NEW = keyring.new_key(), keyring.new_key()
RSA = keyring.new_rsa_key()


def pem(private):
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(autouse=True)
def signing_key(settings, clock):
    settings.OTP_JWT_KEYS = [OLD]


def published():
    return Client().get("/.well-known/jwks.json")


# -- keys ------------------------------------------------------------------------------------------


def test_a_key_is_named_by_its_thumbprint():
    """The examples of RFC 8037, appendix A.3, and of RFC 7638, 3.1."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "sig"}
    assert keyring.thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
        "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
        "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert keyring.thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (OLD, "EdDSA"),
        (pem(keyring.key(OLD).private), "EdDSA"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "ES256"),
        (RSA, "RS256"),
        (pem(keyring.key(RSA).private), "RS256"),
    ],
)
def test_tokens_are_signed_by_ed25519_p256_or_rsa_from_jwk_or_pem(settings, text, algorithm):
    settings.OTP_JWT_KEYS = [text]
    token = signed_in()["access_token"]
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert me(token).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"kty": "OKP", "crv": "Ed25519"}',
        json.dumps(json.loads(OLD) | {"nbf": "tomorrow"}),
        json.dumps(json.loads(OLD) | {"nbf": True}),
        '{"kty": "oct", "k": "c2VjcmV0LXNlY3JldA"}',
        json.dumps(keyring.key(OLD).published),
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
        pem(rsa.generate_private_key(65537, 1024)),
        json.dumps({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        pem(ec.generate_private_key(ec.SECP384R1())),
        keyring.key(OLD).public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    ],
)
def test_an_unsuitable_private_key_is_refused_and_not_shown(text):
    with pytest.raises(keyring.InvalidKey) as refusal:
        keyring.key(text)
    assert len(str(refusal.value)) < 40
    assert refusal.value.__cause__ is None


def test_a_key_is_found_by_its_algorithm(settings):
    settings.OTP_JWT_KEYS = [OLD, RSA, keyring.new_rsa_key()]
    assert keyring.signing() == keyring.key(OLD)
    assert keyring.signing("RS256") == keyring.key(RSA)
    with pytest.raises(keyring.InvalidKey, match="no key for ES256"):
        keyring.signing("ES256")


def test_an_rsa_key_is_loaded_without_the_validation_that_the_checks_do():
    """A wrong private exponent signs wrongly, so it must be noticed before a deployment. Validating takes 40 ms."""
    wrong = json.dumps(json.loads(RSA) | {"d": json.loads(keyring.new_rsa_key())["d"]})
    assert keyring.key(wrong).kid == keyring.key(RSA).kid
    keyring.validate(RSA)
    with pytest.raises(keyring.InvalidKey, match="not a readable key"):
        keyring.validate(wrong)


def test_several_keys_are_read_from_the_environment():
    p256 = pem(ec.generate_private_key(ec.SECP256R1()))
    assert from_environment({"OTP_JWT_KEYS": f"{p256}\n{OLD}"}) == {"OTP_JWT_KEYS": [p256.strip(), OLD]}
    assert private_keys(f'{{"keys": [{OLD}, {NEW}]}}') == [OLD, NEW]
    with pytest.raises(ValueError, match="no key"):
        private_keys("hunter2")


def test_the_published_keys_are_public_and_cacheable(settings):
    settings.OTP_JWT_KEYS = [NEW, RSA, OLD]
    response = published()
    assert response["Cache-Control"] == "public, max-age=900"
    keys = response.json()["keys"]
    assert [key["kid"] for key in keys] == [keyring.key(each).kid for each in (NEW, RSA, OLD)]
    assert keys[0].keys() == keys[2].keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert keys[1].keys() == {"kty", "n", "e", "kid", "alg", "use"}


def test_without_keys_none_is_published(settings):
    settings.OTP_JWT_KEYS = []
    assert published().json() == {"keys": []}


# -- access tokens ---------------------------------------------------------------------------------


def test_an_access_token_has_subject_issuer_audience_and_expiry(settings):
    settings.OTP_JWT_ISSUER, settings.OTP_JWT_AUDIENCE = (
        "https://otp.example",
        ["https://a.example", "https://b.example"],
    )
    token = signed_in()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": keyring.key(OLD).kid, "typ": "at+jwt"}
    assert claims.keys() == {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "email"}
    assert (claims["iss"], claims["aud"]) == ("https://otp.example", ["https://a.example", "https://b.example"])
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (NOW, NOW, NOW + 600)


def test_a_genuine_token_is_accepted():
    assert me(genuine(signed_in()["access_token"])).status_code == 200


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_token_is_refused(forge):
    response = me(forge(signed_in()["access_token"]))
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer x y", "Bearer é", "bearer ..", "Bearer \0"]
)
def test_a_malformed_token_is_refused(header):
    assert Client().get("/otp/me", headers={"Authorization": header}).status_code == 401


def test_a_token_is_valid_for_ten_minutes(clock):
    token = signed_in()["access_token"]
    clock.shift(599)
    assert me(token).status_code == 200
    clock.shift(1)
    assert me(token).status_code == 401


def test_a_body_changed_after_signing_is_refused():
    head, body, signature = signed_in()["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"email": "other@example.com"}).encode()).rstrip(b"=")
    assert me(f"{head}.{forged.decode()}.{signature}").status_code == 401


# -- imports ---------------------------------------------------------------------------------------

WITHOUT_TOKENS = """
import sys, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from unittest import mock
from otp import rules
from tests.support.api import answer, ask
with mock.patch.object(rules, "code_of", lambda key, seed: "123456"):
    assert ask("import@example.com").status_code == 200
assert answer("000000", "import@example.com").status_code == 401
assert answer("123456", "import@example.com").status_code == 200
print(sorted({"jwt", "cryptography"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_sending_and_verifying_import_no_library_of_tokens():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TOKENS], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
