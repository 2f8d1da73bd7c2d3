"use strict";

// The pages work without this script.

// "Send a new code" is disabled, and counts down, while the server would refuse it.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const label = button.textContent;
  const end = Date.now() + button.dataset.wait * 1000;
  button.parentElement.querySelector(".hint")?.remove(); // the static version of the countdown
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    button.textContent = left > 0 ? button.dataset.waiting.replace("{time}", time) : label;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}

// Submit the code form once, as soon as six digits have been entered.
for (const form of document.querySelectorAll("form.code")) {
  const input = form.querySelector("input[autocomplete=one-time-code]");
  let submitted = false;
  input.addEventListener("input", () => {
    if (!submitted && input.value.match(/\p{Nd}/gu)?.length === 6) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    if (submitted) event.preventDefault();
    submitted = true;
  });
  addEventListener("pageshow", () => (submitted = false)); // Back may restore the page with its script state
}
