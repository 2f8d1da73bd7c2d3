import { SITE } from "./config.js";
import * as session from "./session.js";

const find = (id) => document.getElementById(id);
let asked = null; // the address and the challenge of the code that was sent

function show(step, message = "") {
  for (const each of ["address", "code", "account"]) find(each).hidden = each !== step;
  find("message").textContent = message;
}

async function showAccount() {
  if (!session.isSignedIn()) return show("address");
  try {
    const response = await session.authorizedFetch(`${SITE}/otp/me`);
    const person = await response.json();
    if (!session.isSignedIn()) return show("address", "Please sign in again.");
    if (!response.ok) return show("account", person.message);
    find("who").textContent = person.email;
    show("account");
  } catch {
    show("account", "The site can't be reached. Try again.");
  }
}

find("address").addEventListener("submit", async (event) => {
  event.preventDefault();
  const email = find("email").value;
  const answer = await session.sendCode(email);
  if (answer.code !== "otp_sent") return show("address", answer.message);
  asked = { email, challenge: answer.challenge };
  find("otp").value = "";
  show("code", `We sent a code to ${email}.`);
});

find("code").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await session.verifyCode(asked.email, asked.challenge, find("otp").value);
  if (answer.code !== "otp_verified") return show("code", answer.message);
  await showAccount();
});

find("reload").addEventListener("click", showAccount);
find("sign-out").addEventListener("click", async () => {
  const ended = session.signOut();
  show("address");
  await ended;
});

session.onChange(showAccount);
showAccount();
