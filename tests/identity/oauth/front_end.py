"""Front end on loopback: the sign-in page of the clients' guide, and the account that is signed in."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_PAGE = """<!doctype html><title>A front end</title><link rel="icon" href="data:,">
<button id="sign-in">Sign in</button> <a id="standard">Sign in</a> <p id="told"></p>
<script type="module">
import { finishSignIn, signIn } from "/sign-in.js";
import { finishLink, link } from "/link.js";
const app = APP;
const linked = { ...app, redirectUri: location.origin + "/linked" };
const tell = (what) => { document.getElementById("told").textContent = what; };
window.beginLink = () => link(linked, sessionStorage.getItem("token"), "work");
window.ask = async (method, path) => {
  const headers = { Authorization: "Bearer " + sessionStorage.getItem("token") };
  const answer = await fetch(app.issuer + "/api/v1" + path, { method, headers });
  return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
};
document.getElementById("sign-in").onclick = () => signIn(app, "work").catch((error) => tell(error.message));
const verifier = "as-a-library-would-make-one-" + crypto.randomUUID();
const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
const standard = {
  response_type: "code",
  client_id: app.client,
  redirect_uri: app.redirectUri,
  state: crypto.randomUUID(),
  code_challenge: base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  code_challenge_method: "S256",
  provider: "work",
};
sessionStorage.setItem("sign-in " + standard.state, verifier);
document.getElementById("standard").href = app.issuer + "/api/v1/auth/authorize?" + new URLSearchParams(standard);
if (location.pathname === "/linked") {
  try {
    window.identity = await finishLink(linked, sessionStorage.getItem("token"));
    tell(identity.email);
  } catch (error) {
    tell(error.message);
  }
} else if (location.pathname === "/signed-in") {
  try {
    window.tokens = await finishSignIn(app);
    sessionStorage.setItem("token", tokens.access_token);
    tell((await ask("GET", "/users/me")).body.email);
  } catch (error) {
    tell(error.message);
  }
} else {
  tell("nobody");
}
</script>
"""


def front_end(*, sign_in: str, link: str, issuer: str, client: str, redirect_uri: str) -> Starlette:
    """Return its program, with the guide's modules as `sign_in` and `link`."""
    app = json.dumps({"issuer": issuer, "client": client, "redirectUri": redirect_uri})

    async def page(_request: Request) -> Response:
        return HTMLResponse(_PAGE.replace("APP", app))

    async def module(request: Request) -> Response:
        return Response(modules[request.url.path], media_type="text/javascript")

    modules = {"/sign-in.js": sign_in, "/link.js": link}
    pages = ("/", "/signed-in", "/linked")
    return Starlette(routes=[*(Route(path, module) for path in modules), *(Route(path, page) for path in pages)])
