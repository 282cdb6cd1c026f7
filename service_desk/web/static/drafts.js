// An unsent text survives a reload of the page, for example when another form on it was sent. It is
// kept in this tab only, by ticket, until it is sent.
(() => {
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    const key = `draft:${area.dataset.draft}`;
    if (!area.value) area.value = sessionStorage.getItem(key) ?? "";
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    area.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
})();
