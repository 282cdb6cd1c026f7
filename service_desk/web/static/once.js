// A form is sent once: a second click before the response does nothing. One whose answer is a file
// (data-file) leaves its page where it is, and another file may be wanted at once.
"use strict";

const RESEND_AFTER = 8000; // milliseconds

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post") || "file" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  // There is no event for Stop, or for a lost network.
  setTimeout(() => delete form.dataset.sent, RESEND_AFTER);
});

// Back on this page, it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
