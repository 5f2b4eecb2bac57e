"use strict";

const PASSWORD = { label: "Password", type: "password", autocomplete: "current-password", minLength: 1, maxLength: 128 };
const NEW_PASSWORD = { label: "New password", type: "password", autocomplete: "new-password", minLength: 8, maxLength: 128 };
const EMAIL = { label: "E-mail address", type: "email", autocomplete: "email", minLength: 6, maxLength: 254 };

// What there is to ask and to send; `question: null` asks for nothing but the click.
const PURPOSES = {
  "/verify-email": {
    text: "Confirm your e-mail address with the password of the account.",
    question: PASSWORD,
    url: "api/v1/auth/verify-email",
    body: (token, password) => ({ token, password, ...(username.value === "" ? {} : { username: username.value }) }),
    done: "The address is verified. You can sign in now.",
  },
  "/reset-password": {
    text: "Choose a new password. Every session of the account ends.",
    question: NEW_PASSWORD,
    url: "api/v1/auth/reset-password/confirm",
    body: (token, password) => ({ token, new_password: password }),
    done: "The password is changed. You can sign in with it now.",
  },
  "/confirm-email": {
    text: "Confirm the new e-mail address with the password of the account. Every session of the account ends.",
    question: PASSWORD,
    url: "api/v1/users/me/email/confirm",
    body: (token, password) => ({ token, proof: { method: "PASSWORD", password } }),
    done: "The account has its new address. You can sign in with it now.",
  },
  "/restore-account": {
    text: "Open the account again, with everything that was in it.",
    question: null,
    url: "api/v1/auth/restore",
    body: (token) => ({ token }),
    done: "The account is open again. You can sign in now.",
  },
  "/forgot-password": {
    text: "Where shall the link go that sets a new password?",
    question: EMAIL,
    tokenless: true,
    url: "api/v1/auth/reset-password",
    body: (_token, email) => ({ email }),
    done: "If this address has an account, a link is on its way.",
  },
  "/unsubscribe": {
    text: "Get no more mails like that one.",
    question: null,
    url: "api/v1/unsubscribe/{token}",
    body: () => null,
    done: "No more such mails come. You can change that in your settings.",
  },
};

const purpose = PURPOSES[location.pathname.slice(location.pathname.lastIndexOf("/"))];
const token = location.hash.slice(1);
const field = document.getElementById("answer");
const username = document.getElementById("username");
const another = document.getElementById("another");
const button = document.getElementById("send");
const form = document.getElementById("form");
const status = document.getElementById("status");

// The token leaves the address bar at once: history and screenshots would keep it.
history.replaceState(null, "", location.pathname);

function explain(problem) {
  const lines = [problem.detail, ...(problem.errors ?? []).map((error) => error.detail)];
  return lines.join("\n");
}

async function send() {
  const answer = await fetch(purpose.url.replace("{token}", encodeURIComponent(token)), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(purpose.body(token, field.value)),
  });
  if (answer.ok) {
    form.hidden = true;
    status.textContent = purpose.done;
  } else {
    const problem = await answer.json();
    // Somebody verified the wished username first: the same link goes on with another one.
    another.hidden = another.hidden && !problem.type.endsWith("/username-taken");
    status.textContent = explain(problem);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // A second click would send the same once more, and be told that the link is used.
  button.disabled = true;
  send()
    .catch(() => {
      status.textContent = "The service did not answer.";
    })
    .finally(() => {
      button.disabled = false;
    });
});

const isComplete = token !== "" || purpose.tokenless === true;
document.getElementById("purpose").textContent = isComplete
  ? purpose.text
  : "The link is incomplete: its token is missing.";
if (purpose.question === null) {
  // A field that is hidden and required would keep the form from being sent, and could not say why.
  document.getElementById("question").hidden = true;
  field.required = false;
} else {
  const { label, ...attributes } = purpose.question;
  document.getElementById("label").textContent = label;
  Object.assign(field, attributes);
}
form.hidden = !isComplete;
