// The sign-in of this browser: get a code, verify it, stay signed in, call APIs. README.md says what is kept where.
import { SITE } from "./config.js";

const KEY = "refresh_token";
let accessToken = null;

export const isSignedIn = () => localStorage.getItem(KEY) !== null;

// Calls `listener` when another tab has signed in or out.
export function onChange(listener) {
  addEventListener("storage", (event) => {
    if (event.key === KEY && (event.oldValue === null) !== (event.newValue === null)) {
      accessToken = null;
      listener();
    }
  });
}

export const sendCode = (email) => post({ action: "send_otp", email, challenge: true });

export async function verifyCode(email, challenge, otp) {
  const answer = await post({ action: "verify_otp", email, challenge, otp });
  if (answer.code === "otp_verified") keep(answer);
  return answer;
}

// fetch() with the access token. If that has expired, it is refreshed, and the request is made once more.
export async function authorizedFetch(url, options = {}) {
  if (!accessToken) await refresh(null);
  const used = accessToken;
  const response = await fetchWith(used, url, options);
  if (response.status !== 401) return response;
  await refresh(used);
  return isSignedIn() ? fetchWith(accessToken, url, options) : response;
}

export async function signOut() {
  const token = localStorage.getItem(KEY);
  forget();
  await post({ action: "sign_out", refresh_token: token });
}

// Replaces the access token `stale`. One tab at a time, or one of them would use a refresh token that is too old.
function refresh(stale) {
  return navigator.locks.request("refresh", async () => {
    const token = localStorage.getItem(KEY); // another tab may have replaced it while this one waited
    if (accessToken !== stale || token === null) return; // another call has refreshed meanwhile, or somebody signed out
    const answer = await post({ action: "refresh_token", refresh_token: token });
    if (answer.code === "refresh_token_invalid") forget();
    else if (answer.code !== "token_refreshed") throw new Error(answer.message); // still signed in: try again later
    else if (isSignedIn()) keep(answer); // unless somebody signed out meanwhile
  });
}

function keep(answer) {
  accessToken = answer.access_token;
  localStorage.setItem(KEY, answer.refresh_token);
}

function forget() {
  accessToken = null;
  localStorage.removeItem(KEY);
}

const fetchWith = (token, url, options) =>
  fetch(url, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });

// With the same Idempotency-Key the request counts once, even if its first response was lost.
async function post(body) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${SITE}/otp`, request).catch(() => fetch(`${SITE}/otp`, request));
  return response.json();
}
