// The live queue: keys j, k and /, new rows marked, and the row being read stays in place.
(() => {
  const queue = document.getElementById("queue");
  const rows = () => [...queue.querySelectorAll("tbody tr")];
  const link = (row) => row?.querySelector("a.subject");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("details.filters").open = true;
      document.getElementById("f-q").focus();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const all = rows();
    const at = all.indexOf(document.activeElement.closest("tr"));
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
    link(next)?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  });

  let before = { known: new Set(), row: null, top: 0 };

  queue.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 200) event.detail.shouldSwap = false; // keep the old rows
    const visible = rows().find((row) => row.getBoundingClientRect().bottom > 60);
    before = {
      known: new Set(rows().map((row) => row.id)),
      row: visible?.id,
      top: visible?.getBoundingClientRect().top ?? 0,
    };
  });

  queue.addEventListener("htmx:afterSwap", () => {
    for (const row of rows()) if (!before.known.has(row.id)) row.classList.add("arrived");
    const row = window.scrollY > 0 && document.getElementById(before.row);
    if (row) window.scrollBy(0, row.getBoundingClientRect().top - before.top);
  });
})();
