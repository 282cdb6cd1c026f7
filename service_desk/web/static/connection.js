// The page when its session has ended, or the desk or the network is gone: it says so and stays as it
// is, its countdowns stand still, and a form that was sent meanwhile goes out when all is back. Customers'
// pages have no session, and so no log-in on the banner.
"use strict";
(() => {
  const LOOK_EVERY = 3000; // milliseconds, while something is wrong
  const ASK_EVERY = 10000; // else
  const PATIENCE = 8000;
  const { body } = document;
  const template = document.getElementById("connection-template");
  if (!template) return; // nobody is logged in on this page of staff
  const banner = template.content.firstElementChild;
  const login = banner.querySelector("form");
  let waiting; // the form to send when all is back, and its button
  let timer;

  const read = ({ person }) => (!login ? "live" : person === null ? "ended" : String(person) === body.dataset.person ? "live" : "other");

  const ask = async () => {
    try {
      const answer = await fetch("/session", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      return answer.ok ? read(await answer.json()) : "down";
    } catch {
      return "down";
    }
  };

  // The answer is needed before the browser leaves the page, so this waits for it; on a desk that was
  // there a moment ago.
  const askNow = () => {
    try {
      const request = new XMLHttpRequest();
      request.open("GET", "/session", false);
      request.send();
      return request.status === 200 ? read(JSON.parse(request.responseText)) : "down";
    } catch {
      return "down";
    }
  };

  const show = (state) => {
    const before = body.dataset.connection;
    if (state === "live") delete body.dataset.connection;
    else body.dataset.connection = state;
    if (state !== "live" && !banner.isConnected) body.append(banner);
    banner.hidden = state === "live";
    banner.dataset.waiting = waiting ? "yes" : "";
    if (login) login.hidden = state === "down";
    for (const part of banner.querySelectorAll("[data-if]")) part.hidden = !part.dataset.if.split(" ").includes(state);
    for (const part of banner.querySelectorAll("[data-waiting-for]")) part.hidden = !waiting;
    if (before && state === "live") {
      for (const part of document.querySelectorAll("[hx-trigger*=refresh]")) htmx.trigger(part, "refresh");
    }
  };

  const send = () => {
    const { form, submitter } = waiting;
    waiting = undefined;
    form.dataset.reached = "yes";
    form.requestSubmit(submitter);
  };

  const look = async () => {
    clearTimeout(timer);
    const state = await ask();
    if (state === "live" && waiting) send();
    show(state);
    clearTimeout(timer);
    timer = setTimeout(look, state === "live" ? ASK_EVERY : LOOK_EVERY);
    return state;
  };

  // Before a form leaves the page, whoever will get it is asked; else the browser shows its own error,
  // and what was typed is gone.
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form === login || form.dataset.sent || form.getAttribute("action") === "/logout") return;
    if (form.dataset.reached) return void delete form.dataset.reached;
    const state = body.dataset.connection ?? askNow();
    if (state === "live") return;
    event.preventDefault();
    waiting = { form, submitter };
    show(state);
    look();
  });

  login?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = login.querySelector(".error");
    said.textContent = "";
    try {
      const answer = await fetch(login.action, { method: "POST", body: new URLSearchParams(new FormData(login)) });
      login.elements.password.value = "";
      if (new URL(answer.url).pathname !== "/session") {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        said.textContent = page.querySelector(".notice, .error, main")?.textContent.trim() ?? "";
      }
    } catch {
      // look() says it
    }
    look();
  });
  banner.querySelector("button[type=button]").addEventListener("click", () => {
    waiting = undefined;
    show(body.dataset.connection ?? "live");
  });

  const lookOnce = () => void (body.dataset.connection || look());
  for (const type of ["htmx:sendError", "htmx:sseError"]) document.addEventListener(type, lookOnce);
  document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
    if (xhr.status === 401 || xhr.status >= 500) lookOnce();
  });
  addEventListener("offline", look);
  addEventListener("online", look);
  timer = setTimeout(look, ASK_EVERY);
})();
