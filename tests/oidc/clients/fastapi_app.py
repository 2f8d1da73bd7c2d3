"""FastAPI with Authlib."""

import os

import uvicorn
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="a secret of the tests that is long enough", session_cookie="app")
site = OAuth().register(
    "site",
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
)


@app.get("/")
async def home(request: Request):
    if person := request.session.get("person"):
        return {"email": person["email"]}
    return await site.authorize_redirect(request, request.url_for("callback"))


@app.get("/callback")
async def callback(request: Request):
    tokens = await site.authorize_access_token(request)
    request.session["person"] = tokens["userinfo"]
    return RedirectResponse("/")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
