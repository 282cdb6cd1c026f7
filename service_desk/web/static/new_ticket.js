// An agent's own entry by keyboard: Down goes to the customers that fit and to their units, Enter
// takes one; Enter in a field of the customer goes on to the words; Ctrl+Enter opens the ticket.
"use strict";
(() => {
  const form = document.querySelector("form.ticket.new");
  const found = document.getElementById("found");
  const unit = document.getElementById("unit");
  const contact = ["phone", "email", "name"].map((name) => form.elements[name]);
  const words = form.elements.description;
  const said = (element) => JSON.parse(element.dataset.fill);

  const fill = (values) => {
    for (const [name, value] of Object.entries(values)) {
      const input = form.elements[name];
      if (input.value === value) continue;
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true })); // what it names is looked up
    }
  };

  // Chosen: that is who it is, or what it is about, whatever was typed.
  found.addEventListener("click", (event) => {
    const choice = event.target.closest("button[data-fill]");
    if (!choice) return;
    event.preventDefault();
    fill(said(choice));
    words.focus();
  });

  // A unit tells product and customer only where nothing is typed: its owner may not be who calls.
  unit.addEventListener("htmx:afterSwap", () => {
    const told = unit.querySelector("[data-fill]");
    if (!told) return;
    const { product, ...owner } = said(told);
    if (!form.elements.product.value) fill({ product });
    if (contact.every((input) => !input.value)) fill(owner);
  });

  const move = (event, step) => {
    const stops = [...found.querySelectorAll("button[data-fill]")];
    const next = stops.indexOf(document.activeElement) + step;
    if (!stops.length || next >= stops.length) return;
    event.preventDefault();
    (stops[next] ?? contact[0]).focus();
  };

  form.addEventListener("keydown", (event) => {
    const typing = contact.includes(event.target);
    if (event.isComposing) return; // Enter and arrows are the input method's
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Enter" && typing && !words.value) {
      event.preventDefault();
      words.focus();
    } else if (event.key === "ArrowDown" && (typing || found.contains(event.target))) {
      move(event, 1);
    } else if (event.key === "ArrowUp" && found.contains(event.target)) {
      move(event, -1);
    }
  });
})();
