// An unsent text survives reloads, failed sends and a closed tab. It belongs to one person, one ticket
// and one mode: what was typed as a note never comes back as a reply. It is kept in this browser until
// the desk says that it was taken (the cookie desk_sent holds the nonce of the form), until the person
// logs out, or for a week.
"use strict";
(() => {
  const KEPT_FOR = 7 * 86400000; // milliseconds: as long as a session lasts at most
  const person = document.body.dataset.person;
  const own = `draft:${person}:`;

  const read = (key) => JSON.parse(localStorage.getItem(key) ?? "null");
  const write = (key, value) => localStorage.setItem(key, JSON.stringify(value));
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith("draft:"));

  const forget = (which) => {
    for (const key of keys()) if (which(key, read(key))) localStorage.removeItem(key);
  };

  const taken = () => document.cookie.match(/(?:^|; )desk_sent=([\w-]+)/)?.[1];

  document.querySelector("form[action='/logout']")
    ?.addEventListener("submit", () => forget((key) => key.startsWith(own)));
  forget((_, draft) => Date.now() - draft.at > KEPT_FOR);

  const area = document.querySelector("textarea[data-draft]");
  if (!person || !area) return;
  const form = area.form;
  const ticket = `${own}${area.dataset.draft}:`;
  const modes = form.elements.mode;
  let shown = modes.value; // the mode whose text is in the box
  let untouched = false; // whether that text came along from another mode

  const text = (mode) => read(ticket + mode)?.text ?? "";
  const keep = (mode, value) => {
    if (value) write(ticket + mode, { text: value, at: Date.now() });
    else localStorage.removeItem(ticket + mode);
  };
  const show = (value) => {
    if (area.value === value) return;
    area.value = value;
    area.dispatchEvent(new Event("draft"));
  };

  // What another page of this browser sent, or this one before Back.
  const forgetSent = () => {
    const nonce = taken();
    if (nonce) forget((key, draft) => key.startsWith(own) && draft.sending === nonce);
  };

  const restore = () => {
    const drafts = keys().filter((key) => key.startsWith(ticket)).map((key) => [key, read(key).at]);
    const [latest] = drafts.sort((a, b) => b[1] - a[1])[0] ?? [];
    if (!latest) return;
    shown = modes.value = latest.slice(ticket.length);
    show(text(shown));
  };

  // What was begun as a reply may become a note or a call; once typed as that, it never becomes a
  // reply again.
  const choose = () => {
    const [before, value] = [shown, area.value];
    shown = modes.value;
    const kept = text(shown);
    if (!kept && value && (before === "reply" || untouched)) {
      untouched = true;
      keep(before, "");
      keep(shown, value);
    } else {
      untouched = false;
      show(kept);
    }
  };

  area.addEventListener("input", () => {
    untouched = false;
    keep(shown, area.value);
  });
  for (const radio of modes) radio.addEventListener("change", choose);
  form.addEventListener("submit", () => {
    if (!area.value) return;
    write(ticket + shown, { text: area.value, at: Date.now(), sending: form.elements.nonce.value });
  });

  // Sent, or typed on, in another tab: this one shows the same.
  addEventListener("storage", ({ key, oldValue }) => {
    if (key !== ticket + shown || area.value !== JSON.parse(oldValue ?? "{}").text) return;
    show(text(shown));
  });
  // Back on a page that the browser kept: what was sent is not there to be sent again.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    forgetSent();
    show(text(shown));
  });

  forgetSent();
  if (area.value) keep(shown, area.value); // refused: it comes back as it was typed
  else restore();
})();
