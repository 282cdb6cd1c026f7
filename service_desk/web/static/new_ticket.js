// A ticket entered by keyboard: Down moves to the matching customers and their assets, Enter chooses
// one; Enter in a customer field moves on to the description; Ctrl+Enter opens the ticket.
"use strict";
(() => {
  const form = document.querySelector("form.ticket.new");
  const matches = document.getElementById("customer-matches");
  const asset = document.getElementById("asset");
  const contact = ["phone", "email", "name"].map((name) => form.elements[name]);
  const description = form.elements.description;
  const fields = (element) => JSON.parse(element.dataset.fill);

  const fill = (values) => {
    for (const [name, value] of Object.entries(values)) {
      const input = form.elements[name];
      if (input.value === value) continue;
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true })); // looks it up
    }
  };

  // A choice overwrites what was typed.
  matches.addEventListener("click", (event) => {
    const choice = event.target.closest("button[data-fill]");
    if (!choice) return;
    event.preventDefault();
    fill(fields(choice));
    description.focus();
  });

  // An asset fills in product and customer only where nothing is typed: the caller may not own it.
  asset.addEventListener("htmx:afterSwap", () => {
    const match = asset.querySelector("[data-fill]");
    if (!match) return;
    const { product, ...owner } = fields(match);
    if (!form.elements.product.value) fill({ product });
    if (contact.every((input) => !input.value)) fill(owner);
  });

  const move = (event, step) => {
    const stops = [...matches.querySelectorAll("button[data-fill]")];
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
    } else if (event.key === "Enter" && typing && !description.value) {
      event.preventDefault();
      description.focus();
    } else if (event.key === "ArrowDown" && (typing || matches.contains(event.target))) {
      move(event, 1);
    } else if (event.key === "ArrowUp" && matches.contains(event.target)) {
      move(event, -1);
    }
  });
})();
