// The handset: a chat stays scrolled to its end, Enter sends, a call keeps its earlier prompts.
"use strict";

function scrollToEnd() {
  for (const id of ["chat", "call-log"]) {
    const box = document.getElementById(id);
    if (box) box.scrollTop = box.scrollHeight;
  }
}

document.addEventListener("DOMContentLoaded", scrollToEnd);
document.addEventListener("htmx:afterSettle", scrollToEnd);
document.addEventListener("load", scrollToEnd, true); // of pictures

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "call") return;
  const prompt = event.detail.target.querySelector(".call-prompt");
  if (prompt) document.getElementById("call-log").append(prompt);
});

// A message may consist of photos only.
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
