// oidc-client-ts in a page without a server of its own; this one only serves the files.
import express from "express";

const { PORT, ISSUER, CLIENT_ID } = process.env;
const page = `<!doctype html>
<title>App</title>
<pre></pre>
<button>Sign in in a pop-up</button>
<script src="/oidc-client-ts.js"></script>
<script type="module">
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(ISSUER)},
    client_id: ${JSON.stringify(CLIENT_ID)},
    redirect_uri: location.origin + "/callback",
    scope: "openid email",
    loadUserInfo: true,
  });
  async function show(user) {
    const renewed = await manager.signinSilent();
    const fresh = renewed.refresh_token !== user.refresh_token;
    document.querySelector("pre").textContent = JSON.stringify({ email: user.profile.email, fresh });
  }
  if (location.pathname === "/callback") {
    const user = await manager.signinCallback();
    if (user) await show(user); // in a pop-up there is none: its opener has it
  } else if (location.pathname === "/pop-up") {
    document.querySelector("button").onclick = async () => await show(await manager.signinPopup());
  } else await manager.signinRedirect();
</script>`;
const app = express();
app.get("/oidc-client-ts.js", (request, response) => {
  response.sendFile("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.js", { root: import.meta.dirname });
});
app.get(["/", "/callback", "/pop-up"], (request, response) => response.send(page));
app.listen(PORT, "127.0.0.1");
