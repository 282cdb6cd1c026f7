// What is being written survives a reload of the page: another form on it was sent, or the tab was
// closed by mistake. Kept in this tab only, by ticket, until it is sent.
(() => {
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    const key = `draft:${area.dataset.draft}`;
    if (!area.value) area.value = sessionStorage.getItem(key) ?? "";
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    area.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
})();
