// What the route handlers share: requests to the sign-in site, and the cookies that keep its tokens.

const SITE = process.env.OTP_SITE ?? "http://127.0.0.1:8000";
const SECURE = process.env.NODE_ENV === "production" ? "; Secure" : "";
const DAY = 24 * 60 * 60;
const NAMES = ["access_token", "refresh_token", "challenge"];

// Returns the site's answer to an action, with its status.
export async function act(body) {
  const response = await reach("/otp", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

export const me = (token) => reach("/otp/me", { headers: { Authorization: `Bearer ${token}` } });

const reach = (path, options) =>
  fetch(SITE + path, { ...options, cache: "no-store", signal: AbortSignal.timeout(10_000) }).catch(() =>
    Response.json({ message: "The sign-in can't be reached. Try again" }, { status: 503 }),
  );

export function cookie(request, name) {
  const all = (request.headers.get("cookie") ?? "").split("; ").map((each) => each.split("="));
  return all.find(([found]) => found === name)?.[1];
}

// A response that sets these cookies. No script of a page can read them, and no other site can send them with a POST.
export function reply(status, body, cookies = {}) {
  const response = Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
  for (const [name, value] of Object.entries(cookies)) {
    const age = value === "" ? 0 : 30 * DAY;
    response.headers.append("Set-Cookie", `${name}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${SECURE}`);
  }
  return response;
}

export const tokensOf = ({ access_token, refresh_token }) => ({ access_token, refresh_token, challenge: "" });
export const NONE = Object.fromEntries(NAMES.map((name) => [name, ""]));
