"use strict";

// Two comforts. Without them the pages work just as well.

// The button that sends a new code counts down to when the server will take it.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const label = button.textContent;
  const end = Date.now() + button.dataset.wait * 1000;
  button.parentElement.querySelector(".hint")?.remove(); // says the same, but stands still
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    button.textContent = left > 0 ? button.dataset.waiting.replace("{time}", time) : label;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}

// Six digits are a code: sent as soon as they are there, once.
for (const form of document.querySelectorAll("form.code")) {
  const input = form.querySelector("input[autocomplete=one-time-code]");
  let sent = false;
  input.addEventListener("input", () => {
    if (!sent && input.value.match(/\p{Nd}/gu)?.length === 6) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false)); // Back shows the page as it was left
}
