"""A Lambda authorizer that lets requests with an access token of this site into a REST API of API Gateway.

API Gateway's own JWT authorizers don't verify Ed25519 signatures, which this site makes by default.

    pip install --target package -r requirements.txt
    cp authorizer.py package && cd package && python -m zipfile -c ../authorizer.zip *

Create a function of it with the handler `authorizer.handler` and the environment variable ISSUER, and in the API an
authorizer of type TOKEN with the token source `Authorization`. Requests without that header get 401 from API Gateway
itself. Behind the authorizer, a Lambda function finds the person in `event["requestContext"]["authorizer"]`.
"""

import os

import jwt

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
REQUIRED = ["iss", "aud", "sub", "exp", "nbf"]
ALGORITHMS = ["EdDSA", "ES256", "RS256"]  # the site uses one of them; a published key works with its own only
LEEWAY = 30  # seconds by which the clocks of both machines may differ

# Outside the handler, so that the next calls use the same keys. 900: the max-age of the site's keys.
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", lifespan=900, timeout=3)


def handler(event, context):
    """Returns a policy that allows the API. Raises Unauthorized, or another error if the keys can't be fetched."""
    person = signed_in(event["authorizationToken"])
    return {
        "principalId": person["sub"],
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": whole_api(event["methodArn"])}
            ],
        },
        "context": {"sub": person["sub"], "address": person.get("email") or person["phone_number"]},
    }


def signed_in(header):
    """The claims of an access token. Identify people by `sub`: their address may change."""
    scheme, _, token = header.partition(" ")
    try:
        if scheme.lower() != "bearer" or jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise Unauthorized
        key = keys.get_signing_key_from_jwt(token)
        limits = {"algorithms": ALGORITHMS, "issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY}
        return jwt.decode(token, key, **limits, options={"require": REQUIRED})
    except jwt.PyJWKClientConnectionError:
        raise  # API Gateway answers 500: the token may be fine, and with 401 the client would sign its user out
    except jwt.PyJWTError as error:
        raise Unauthorized from error


class Unauthorized(Exception):
    """API Gateway answers 401 if the message of an authorizer's error is exactly this word."""

    def __init__(self):
        super().__init__("Unauthorized")


def whole_api(method_arn):
    """All methods of the API's stage: API Gateway caches the policy and uses it for the token's next requests too."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*"
