// passport-openidconnect, which has no PKCE.
import express from "express";
import session from "express-session";
import passport from "passport";
import Strategy from "passport-openidconnect";

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const options = {
  issuer: ISSUER,
  authorizationURL: `${ISSUER}/oauth2/authorize`,
  tokenURL: `${ISSUER}/oauth2/token`,
  userInfoURL: `${ISSUER}/oauth2/userinfo`,
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  callbackURL: `http://127.0.0.1:${PORT}/callback`,
  scope: ["email"],
};
passport.use(new Strategy(options, (issuer, profile, done) => done(null, profile)));
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
const app = express();
app.use(session({ secret: "a secret of the tests", resave: false, saveUninitialized: false }));
app.use(passport.initialize());
app.get("/", passport.authenticate("openidconnect"));
app.get("/callback", passport.authenticate("openidconnect"), (request, response) => {
  response.json({ email: request.user.emails[0].value });
});
app.listen(PORT, "127.0.0.1");
