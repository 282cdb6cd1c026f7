// Updates every <time data-due="…"> by the desk's clock (which demo mode moves), not the browser's.
(() => {
  const formats = JSON.parse(document.body.dataset.countdown);
  let deskTime = 0; // the desk's latest time that we know, and
  let ahead = 0; // how far it was ahead of this machine's clock, in ms

  // Each fragment that is fetched later has its own data-now.
  const follow = () => {
    for (const { dataset } of document.querySelectorAll("[data-now]")) {
      const now = Date.parse(dataset.now);
      if (now > deskTime) [deskTime, ahead] = [now, now - Date.now()];
    }
  };
  const fill = (form, values) => formats[form].replace(/{(\w+)}/g, (_, name) => values[name]);

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
    if (document.body.dataset.connection) return; // not live: static/connection.js says so
    const now = Date.now() + ahead;
    for (const element of document.querySelectorAll("time[data-due]")) {
      const left = Math.trunc((Date.parse(element.dataset.due) - now) / 1000);
      const tone = left < 0 ? "overdue" : left < 1800 ? "soon" : "later";
      const text = left < 0 ? fill("overdue", { duration: duration(-left) }) : duration(left);
      if (element.textContent !== text) element.textContent = text;
      element.className = `countdown ${tone}`;
    }
  };

  follow();
  tick();
  setInterval(tick, 1000);

  for (const event of ["htmx:afterSettle", "htmx:oobAfterSwap"]) {
    document.addEventListener(event, () => { follow(); tick(); });
  }
})();
