"use strict";

const PURPOSES = {
  "/verify-email": {
    text: "Confirm your e-mail address with the password of the account.",
    label: "Password",
    autocomplete: "current-password",
    url: "/api/v1/auth/verify-email",
    body: (token, password) => ({ token, proof: { method: "PASSWORD", password } }),
    done: "The address is verified. You can close this page.",
  },
  "/reset-password": {
    text: "Choose a new password. Every session of the account ends.",
    label: "New password",
    autocomplete: "new-password",
    url: "/api/v1/auth/reset-password/confirm",
    body: (token, password) => ({ token, new_password: password }),
    done: "The password is changed. You can sign in with it now.",
  },
};

const purpose = PURPOSES[location.pathname];
const token = location.hash.slice(1);
const field = document.getElementById("password");
const form = document.getElementById("form");
const status = document.getElementById("status");

// The token leaves the address bar at once: history and screenshots would keep it.
history.replaceState(null, "", location.pathname);

function explain(problem) {
  const lines = [problem.detail, ...(problem.errors ?? []).map((error) => error.detail)];
  return lines.join("\n");
}

async function send() {
  const answer = await fetch(purpose.url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(purpose.body(token, field.value)),
  });
  if (answer.ok) {
    form.hidden = true;
    status.textContent = purpose.done;
  } else {
    status.textContent = explain(await answer.json());
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send().catch(() => {
    status.textContent = "The service did not answer.";
  });
});

document.getElementById("purpose").textContent = token ? purpose.text : "The link is incomplete: its token is missing.";
document.getElementById("label").textContent = purpose.label;
field.autocomplete = purpose.autocomplete;
form.hidden = !token;
