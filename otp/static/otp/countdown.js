"use strict";

// Count down the remaining time of each code. Without this script the times stay as rendered.
for (const time of document.querySelectorAll("time[data-left]")) {
  const end = Date.now() + time.dataset.left * 1000;
  const tick = () => {
    const left = Math.max(Math.ceil((end - Date.now()) / 1000), 0);
    time.textContent = left ? `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "expired";
    if (left) setTimeout(tick, 500);
  };
  tick();
}
