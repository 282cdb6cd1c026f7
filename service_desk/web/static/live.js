// Live pages: <section hx-ext="sse" sse-connect="/live/…"> around elements with
// hx-trigger="sse:changed, refresh". While the stream is gone they poll slowly ("refresh"); when it
// is back, once more, for what was missed.
(() => {
  const POLL_EVERY = 20000;
  const polls = new WeakMap();

  const refresh = (section) => {
    for (const part of section.querySelectorAll("[hx-trigger*=refresh]")) htmx.trigger(part, "refresh");
  };

  document.addEventListener("htmx:sseError", ({ target }) => {
    target.dataset.live = "poll";
    if (polls.has(target)) return;
    polls.set(target, setInterval(() => {
      if (target.isConnected) refresh(target);
      else clearInterval(polls.get(target));
    }, POLL_EVERY));
  });

  document.addEventListener("htmx:sseOpen", ({ target }) => {
    target.dataset.live = "open";
    if (!polls.has(target)) return;
    clearInterval(polls.get(target));
    polls.delete(target);
    refresh(target);
  });
})();
