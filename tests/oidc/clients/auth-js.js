// Auth.js for Express.
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

const { PORT, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const config = {
  providers: [{ id: "otp", name: "OTP", type: "oidc", issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  secret: "a secret of the tests that is long enough",
  trustHost: true,
};
const app = express();
app.use("/auth", ExpressAuth(config));
app.get("/", async (request, response) => {
  const session = await getSession(request, config);
  if (session) response.json({ email: session.user.email });
  else response.redirect("/auth/signin");
});
app.listen(PORT, "127.0.0.1");
