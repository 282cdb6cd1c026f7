// Keeps every <time data-due="…"> counting, by the desk's clock (which demo mode moves), not ours.
(() => {
  const words = JSON.parse(document.body.dataset.countdown);
  let ahead = 0; // how far the desk's clock is ahead of this machine's, in ms

  const follow = (iso) => { ahead = Date.parse(iso) - Date.now(); };
  const fill = (form, values) => words[form].replace(/{(\w+)}/g, (_, name) => values[name]);

  // The same as formats.due_in in Python.
  const duration = (s) => {
    const [form, large, small] = s >= 86400 ? ["days", 86400, 3600] : ["hours", 3600, 60];
    if (s >= large) {
      const [a, b] = [Math.floor(s / large), Math.floor((s % large) / small)];
      return fill(b ? form : `whole_${form}`, { a, b });
    }
    if (s >= 600) return fill("minutes", { a: 0, b: Math.floor(s / 60) });
    return fill("seconds", { a: Math.floor(s / 60), b: s % 60 });
  };

  const tick = () => {
    const now = Date.now() + ahead;
    for (const element of document.querySelectorAll("time[data-due]")) {
      const left = Math.trunc((Date.parse(element.dataset.due) - now) / 1000);
      const tone = left < 0 ? "overdue" : left < 1800 ? "soon" : "later";
      const text = left < 0 ? fill("overdue", { duration: duration(-left) }) : duration(left);
      if (element.textContent !== text) element.textContent = text;
      element.className = `countdown ${tone}`;
    }
  };

  follow(document.body.dataset.now);
  tick();
  setInterval(tick, 1000);

  // A piece of a page that was fetched later brings its own data-now.
  document.addEventListener("htmx:afterSettle", (event) => {
    const dated = event.target.closest?.("[data-now]") ?? event.target.querySelector?.("[data-now]");
    if (dated && dated !== document.body) follow(dated.dataset.now);
    tick();
  });
})();
