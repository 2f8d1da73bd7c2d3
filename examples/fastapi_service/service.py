"""A FastAPI service that accepts the access tokens of this site. With `make run` running, in this folder:

pip install -r requirements.txt
ISSUER=http://127.0.0.1:8000 uvicorn service:app --port 9001
curl 127.0.0.1:9001/hello -H "Authorization: Bearer $ACCESS_TOKEN"
"""

import os
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
REQUIRED = ["iss", "aud", "sub", "exp", "nbf"]
ALGORITHMS = ["EdDSA", "ES256", "RS256"]  # the site uses one of them; a published key works with its own only
LEEWAY = 30  # seconds by which the clocks of both machines may differ

app = FastAPI()
# The site's keys have a max-age of 900 seconds.
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", lifespan=900, timeout=3)
bearer = HTTPBearer(auto_error=False)
refusal = HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def signed_in(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> dict[str, Any]:
    """The claims of the request's access token. Identify people by `sub`: their address may change.

    Not `async`: FastAPI runs it in a thread, so that fetching the keys blocks no other request.
    """
    if credentials is None:
        raise refusal
    token = credentials.credentials
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise refusal
        key = keys.get_signing_key_from_jwt(token)
        limits = {"algorithms": ALGORITHMS, "issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY}
        return jwt.decode(token, key, **limits, options={"require": REQUIRED})
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503) from error  # the token may be fine: with 401 the client would sign its user out
    except jwt.PyJWTError as error:
        raise refusal from error


Person = Annotated[dict[str, Any], Depends(signed_in)]


@app.get("/hello")
def hello(person: Person) -> dict[str, str]:
    return {"id": person["sub"], "address": person.get("email") or person["phone_number"]}
