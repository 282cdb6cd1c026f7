// A form is sent once: a second click while the answer is on its way does nothing.
"use strict";

const PATIENCE = 8000; // milliseconds

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  // No event tells that the reader has pressed Stop, or that the network is gone.
  setTimeout(() => delete form.dataset.sent, PATIENCE);
});

// Back from where it led to, it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
