"""A Flask service that accepts the access tokens of this site. With `make run` running, in this folder:

pip install flask "pyjwt[crypto]"
ISSUER=http://127.0.0.1:8000 flask --app relying_service run --port 9000
curl 127.0.0.1:9000/hello -H "Authorization: Bearer $ACCESS_TOKEN"
"""

import os

import jwt
from flask import Flask, abort, request

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
REQUIRED = ["iss", "aud", "sub", "exp", "nbf"]
ALGORITHMS = ["EdDSA", "ES256", "RS256"]  # the site uses one of them; a published key works with its own only
LEEWAY = 30  # seconds by which the clocks of both machines may differ

app = Flask(__name__)
# The site's keys have a max-age of 900 seconds.
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", lifespan=900, timeout=3)


@app.get("/hello")
def hello():
    person = signed_in()
    return {"id": person["sub"], "address": person.get("email") or person["phone_number"]}


def signed_in():
    """The claims of the request's access token. Identify people by `sub`: their address may change."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        abort(401)
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            abort(401)
        key = keys.get_signing_key_from_jwt(token)
        limits = {"algorithms": ALGORITHMS, "issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY}
        return jwt.decode(token, key, **limits, options={"require": REQUIRED})
    except jwt.PyJWKClientConnectionError:
        abort(503)  # the token may be fine: with 401 the client would sign its user out
    except jwt.PyJWTError:
        abort(401)
