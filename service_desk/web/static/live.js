// Live pages: <section hx-ext="sse" sse-connect="/live/…"> around elements with
// hx-trigger="sse:changed, refresh". Without the stream they poll slowly ("refresh"), and once more
// when it is back, for what was missed. The bell refreshes with them.
(() => {
  const POLL_EVERY = 20000;
  const BELL_AFTER = 2000;
  const polls = new WeakMap();
  let bell;

  const refresh = (section) => {
    for (const part of section.querySelectorAll("[hx-trigger*=refresh]")) htmx.trigger(part, "refresh");
  };

  // Once for all messages within that time, the last one included.
  document.addEventListener("htmx:sseMessage", () => {
    bell ??= setTimeout(() => {
      bell = undefined;
      for (const each of document.querySelectorAll(".bell")) htmx.trigger(each, "refresh");
    }, BELL_AFTER);
  });

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
