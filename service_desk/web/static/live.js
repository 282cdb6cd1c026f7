// Live pages: <section hx-ext="sse" sse-connect="/live/…"> around elements with
// hx-trigger="sse:changed, refresh". While the stream is gone they poll slowly ("refresh"); when it
// is back, once more, for what was missed. The bell listens along.
(() => {
  const POLL_EVERY = 20000;
  const BELL_AFTER = 2000;
  const polls = new WeakMap();
  let bell;

  const refresh = (section) => {
    for (const part of section.querySelectorAll("[hx-trigger*=refresh]")) htmx.trigger(part, "refresh");
  };

  // Once for all that comes in that time: the last of it counts too.
  document.addEventListener("htmx:sseMessage", () => {
    bell ??= setTimeout(() => {
      bell = undefined;
      for (const one of document.querySelectorAll(".bell")) htmx.trigger(one, "refresh");
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
