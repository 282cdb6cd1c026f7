// The handset: a chat keeps to its end, Enter sends, a call keeps what was said.
"use strict";

function toEnd() {
  for (const id of ["chat", "call-log"]) {
    const box = document.getElementById(id);
    if (box) box.scrollTop = box.scrollHeight;
  }
}

document.addEventListener("DOMContentLoaded", toEnd);
document.addEventListener("htmx:afterSettle", toEnd);
document.addEventListener("load", toEnd, true); // of pictures

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "call") return;
  const heard = event.detail.target.querySelector(".heard");
  if (heard) document.getElementById("call-log").append(heard);
});

// Photos alone are a message too.
document.addEventListener("change", (event) => {
  const chosen = event.target.closest(".attach input");
  if (!chosen) return;
  chosen.form.elements.body.required = chosen.files.length === 0;
  chosen.nextElementSibling.value = chosen.files.length || "";
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest(".composer textarea");
  if (!box || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  box.form.requestSubmit(box.form.querySelector(".send"));
});
