// The pages behind the links of our mails. What stands behind the # of a link proves who calls: it is taken out of the
// address at once, so that neither history nor anybody who looks at the screen keeps it.
"use strict";

const main = document.querySelector("main");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const invitation = "/v1/invitations/" + location.pathname.split("/")[2];
const byToken = { "X-Invitation-Token": token };
let offer = {};

// Each page: what it begins with, and what its forms do. All give the state that is shown next.
const PAGES = {
  invitation: {
    begin: look,
    accept: async (given) => {
      const chosen = offer.known ? {} : { name: given.name, password: given.password, terms: offer.terms };
      const { status, code } = await call("POST", invitation + "/acceptance", chosen, byToken);
      return status < 300 ? "done" : status === 409 ? look() : complain(status, code);
    },
    again: async () => {
      const { status, code } = await call("POST", invitation + "/again", undefined, byToken);
      return status < 300 || code === "already_asked" ? "asked" : status === 409 ? look() : complain(status, code);
    },
  },
  "new-password": {
    begin: () => (token ? "choose" : "ask"),
    choose: async (given) => {
      const { status, code } = await call("POST", "/v1/auth/password/reset", { token, password: given.password });
      return status < 300 ? "done" : status === 404 ? "over" : complain(status, code);
    },
    ask: async (given) => {
      const { status, code } = await call("POST", "/v1/auth/password/forgotten", { email: given.email });
      return status < 300 ? "asked" : complain(status, code);
    },
  },
  unlock: {
    begin: () => (token ? "locked" : "broken"),
    unlock: async () => {
      const { status, code } = await call("POST", "/v1/auth/unlock", { token });
      return status < 300 ? "done" : status === 404 ? "over" : complain(status, code);
    },
  },
};

async function look() {
  const { status, body } = await call("GET", invitation, undefined, byToken);
  if (status !== 200) return status === 404 || status === 422 ? "broken" : "away";
  offer = body;
  say({ company: body.company_name, email: body.email, terms: body.terms });
  return body.state === "open" ? (body.known ? "known" : "new") : body.state;
}

async function call(method, path, body, headers) {
  try {
    const sent = { method, headers: { ...headers }, credentials: "omit", cache: "no-store" };
    if (body !== undefined) {
      sent.headers["Content-Type"] = "application/json";
      sent.body = JSON.stringify(body);
    }
    const answer = await fetch(path, sent);
    const told = answer.status === 204 ? {} : await answer.json();
    return { status: answer.status, body: told, code: told.code };
  } catch {
    return { status: 503, body: {}, code: "away" };
  }
}

function say(words) {
  for (const place of main.querySelectorAll("[data-said]")) place.textContent = words[place.dataset.said] ?? "";
}

// Nothing else is shown next: the form stays, with what is wrong.
function complain(status, code) {
  const known = main.querySelector(`[data-problem="${CSS.escape(code ?? "")}"]`);
  const place = status >= 429 ? "away" : known ? code : "failed";
  main.querySelector(`[data-problem="${place}"]`).hidden = false;
  return null;
}

function show(state) {
  if (state === null) return;
  for (const part of main.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  main.querySelector("form:not([hidden]) input")?.focus();
}

for (const form of main.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    for (const problem of main.querySelectorAll("[data-problem]")) problem.hidden = true;
    try {
      show(await PAGES[main.dataset.page][form.dataset.does](Object.fromEntries(new FormData(form))));
    } finally {
      button.disabled = false;
    }
  });
}

Promise.resolve(PAGES[main.dataset.page].begin()).then(show);
