// POST {"email": "…", "otp": "…"} signs in, GET says who is signed in, DELETE signs out.
import { NONE, act, cookie, me, reply, tokensOf } from "../../../lib/site.js";

export async function POST(request) {
  const { email, otp } = await request.json();
  const challenge = cookie(request, "challenge");
  if (!challenge) return reply(400, { message: "Request a code first" });
  const answer = await act({ action: "verify_otp", email, otp, challenge });
  const { status, message, code } = answer;
  return reply(status, { message, code }, code === "otp_verified" ? tokensOf(answer) : {});
}

export async function GET(request) {
  const token = cookie(request, "access_token");
  const response = token && (await me(token));
  if (response && response.status !== 401) return said(response);
  const answer = await act({ action: "refresh_token", refresh_token: cookie(request, "refresh_token") });
  // Only these two mean that nobody is signed in. After any other failure the cookies are kept and used again.
  const isSignedOut = ["refresh_token_invalid", "refresh_token_required"].includes(answer.code);
  if (isSignedOut) return reply(401, { message: "Signed out" }, NONE);
  if (answer.code !== "token_refreshed") return reply(answer.status, { message: answer.message });
  return said(await me(answer.access_token), tokensOf(answer));
}

async function said(response, cookies = {}) {
  const { sub, email, message } = await response.json();
  return reply(response.status, { sub, email, message }, cookies);
}

export async function DELETE(request) {
  const token = cookie(request, "refresh_token");
  if (token) await act({ action: "sign_out", refresh_token: token });
  return reply(200, { message: "Signed out" }, NONE);
}
