"""A service that accepts the access tokens of this site. With `make run` running:

ISSUER=http://127.0.0.1:8000 .venv/local/bin/flask --app examples/relying_service run --port 9000
curl 127.0.0.1:9000/hello -H "Authorization: Bearer $ACCESS_TOKEN"
"""

import os

import jwt
from flask import Flask, abort, request

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
REQUIRED = ["iss", "aud", "sub", "exp", "nbf"]

app = Flask(__name__)
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", lifespan=900)  # the max-age of the site's keys


@app.get("/hello")
def hello():
    person = signed_in()
    return {"id": person["sub"], "email": person["email"]}


def signed_in():
    """The claims of the request's access token. Identify users by `sub`: their address may change."""
    _, _, token = request.headers.get("Authorization", "").partition("Bearer ")
    try:
        key = keys.get_signing_key_from_jwt(token)
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            abort(401)
        limits = {"algorithms": ["EdDSA", "ES256"], "issuer": ISSUER, "audience": AUDIENCE}
        return jwt.decode(token, key, **limits, options={"require": REQUIRED})
    except jwt.PyJWTError:
        abort(401)
