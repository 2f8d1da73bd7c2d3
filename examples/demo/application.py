"""An application that signs people in with the site: Flask, and Authlib on its stock configuration."""

import os
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, redirect, render_template, session, url_for
from werkzeug import Response


def make(name: str, issuer: str, client_id: str, client_secret: str) -> Flask:
    app = Flask(__name__)
    app.secret_key = os.urandom(32)
    app.config["SESSION_COOKIE_NAME"] = client_id  # cookies don't tell ports apart
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    site = OAuth(app).register(
        "site",
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_id=client_id,
        client_secret=client_secret,
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
    )
    tokens: dict[str, dict[str, str]] = {}  # by the id in the cookie, which is too small for them

    def forget() -> dict[str, str]:
        """End the session of this application; returns its tokens."""
        return tokens.pop(session.pop("id", ""), {})

    @app.get("/")
    def home() -> str:
        """Ask the site each time who this is, so that signing out there or elsewhere signs out here too."""
        person = None
        if token := tokens.get(session.get("id", "")):
            answer = site.get(site.load_server_metadata()["userinfo_endpoint"], token=token)
            if answer.ok:
                person = answer.json()
            else:
                forget()
        return render_template("home.html", name=name, kind=client_id, person=person)

    @app.get("/sign-in")
    def sign_in() -> Response:
        return site.authorize_redirect(url_for("callback", _external=True))

    @app.get("/callback")
    def callback() -> Response:
        try:
            granted = site.authorize_access_token()
        except OAuthError:  # cancelled, for example
            return redirect(url_for("home"))
        session["id"] = os.urandom(16).hex()
        tokens[session["id"]] = granted
        return redirect(url_for("home"))

    @app.post("/sign-out")
    def sign_out() -> Response:
        forget()
        return redirect(url_for("home"))

    @app.post("/sign-out-of-all")
    def sign_out_of_all() -> Response:
        """Forget the tokens here, and have the site end its own session, on which those of all applications depend."""
        hint = {"id_token_hint": forget().get("id_token", "")}
        query = urlencode(hint | {"post_logout_redirect_uri": url_for("home", _external=True)})
        return redirect(f"{site.load_server_metadata()['end_session_endpoint']}?{query}")

    return app
