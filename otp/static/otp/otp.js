"use strict";

// The pages work without this script.

const language = `${document.documentElement.lang}-u-nu-latn`; // the digits of the rest of the page
const status = document.querySelector("[role=status]");
const PENDING = 5000; // ms

// Screen readers announce changes of a status, but not what a page contains when it loads.
const notices = [...document.querySelectorAll(".notice")].map((notice) => notice.textContent.trim());
if (notices.length) setTimeout(() => (status.textContent = notices.join(" ")), 500);

// While a form is being sent, its button says so and doesn't send it again. After PENDING it can be pressed again, because
// no event reports that a request was stopped or failed.
for (const button of document.querySelectorAll("button[data-pending]")) {
  const { form, textContent: label } = button;
  let pending;
  const release = () => {
    clearTimeout(pending);
    pending = undefined;
    button.removeAttribute("aria-disabled");
    button.textContent = label;
  };
  form.addEventListener("submit", (event) => {
    if (pending) return event.preventDefault();
    pending = setTimeout(release, PENDING);
    button.setAttribute("aria-disabled", "true");
    button.textContent = status.textContent = button.dataset.pending;
  });
  form.addEventListener("input", release, { capture: true }); // before the code is submitted, below
  addEventListener("pageshow", release); // Back may restore the page with its script's state
}

// Submit the code as soon as it is complete: at the sixth digit, or if a text with one run of six digits is pasted.
const field = document.querySelector("input[autocomplete=one-time-code]");
field?.addEventListener("input", () => {
  const runs = (field.value.match(/\p{Nd}+/gu) ?? []).filter((run) => run.length === 6);
  const bare = field.value.replace(/[\s\p{Pd}\p{Cf}]/gu, "");
  if (new Set(runs).size === 1 || /^\p{Nd}{6}$/u.test(bare)) field.form.requestSubmit();
});

// Say when the code expires.
const form = field?.form;
if (form) {
  countDown(form.dataset.left, () => {}, () => {
    const expired = form.querySelector("[hidden].error");
    expired.hidden = false;
    status.textContent = expired.textContent;
  });
}

// "Send a new code" can't be pressed while the server would refuse it.
for (const sentence of document.querySelectorAll("[data-wait]")) {
  const timer = sentence.querySelector("[role=timer]");
  const button = sentence.parentElement.querySelector("button");
  button.disabled = true;
  countDown(sentence.dataset.wait, (left) => (timer.textContent = duration(left)), () => {
    sentence.textContent = sentence.dataset.ready;
    button.disabled = false;
  });
}

function countDown(seconds, each, end) {
  const over = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((over - Date.now()) / 1000);
    if (left <= 0) return end();
    each(left);
    setTimeout(tick, 500);
  };
  tick();
}

// Hours and minutes as in otp/pages/texts.py.
function duration(seconds) {
  const words = (number, unit) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(number));
  if (seconds > 2 * 3600) return words(seconds / 3600, "hour");
  if (seconds > 2 * 60) return words(seconds / 60, "minute");
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
