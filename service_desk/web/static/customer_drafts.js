// What a customer has typed survives a reload, until it was sent or the tab is closed: the telephone or
// the computer may be somebody else's.
"use strict";
(() => {
  const form = document.querySelector("form[data-kept]");
  if (!form) return;
  const key = `typed:${location.pathname}`;
  const fields = [...form.querySelectorAll("textarea, input:is([type=text], [type=tel], [type=email], :not([type]))")]
    .filter((field) => !field.closest(".honeypot"));

  const keep = () => sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));

  if (form.dataset.kept === "taken") for (const one of Object.keys(sessionStorage)) sessionStorage.removeItem(one);
  const typed = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  for (const field of fields) if (!field.value) field.value = typed[field.name] ?? "";
  form.addEventListener("input", keep);
})();
