// openid-client: signs in, reads the claims, refreshes and revokes.
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const here = `http://127.0.0.1:${PORT}`;
const plain = { execute: [client.allowInsecureRequests] }; // the tests' site has no certificate
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, plain);
const app = express();
app.use(session({ secret: "a secret of the tests", resave: false, saveUninitialized: false }));

app.get("/", async (request, response) => {
  const verifier = client.randomPKCECodeVerifier();
  request.session.checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    maxAge: 3600,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${here}/callback`,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: request.session.checks.expectedState,
    nonce: request.session.checks.expectedNonce,
    max_age: "3600",
  });
  response.redirect(url.href);
});

app.get("/callback", async (request, response) => {
  const tokens = await client.authorizationCodeGrant(config, new URL(here + request.originalUrl), request.session.checks);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const person = await client.fetchUserInfo(config, refreshed.access_token, tokens.claims().sub);
  await client.tokenRevocation(config, refreshed.refresh_token);
  const ended = await client.refreshTokenGrant(config, refreshed.refresh_token).catch((error) => error.error);
  response.json({ email: person.email, claimed: tokens.claims().email, ended });
});

app.listen(PORT, "127.0.0.1");
