"""The reverse proxy of production: nginx with the configuration that is shipped, filled in as its image does."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.gateways.smtp_server import Authority
from tests.harness.databases import ROOT
from tests.harness.nginx import nginx
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen

HOST: Final = "api.hestami.test"
_TEMPLATE: Final = ROOT / "docker" / "nginx" / "hestami.conf.template"


@contextmanager
def proxied(
    folder: Path, upstream: str, resolver: str = "127.0.0.1", *, beside: str = ""
) -> Iterator[tuple[str, httpx.AsyncClient]]:
    """Yield the address for plain HTTP, and a client of the host that speaks HTTPS.

    `beside` are blocks and directives of `http` that an operator may have there, too.
    """
    folder.mkdir()
    authority = Authority(folder, "proxy")
    authority.server_context(host=HOST)
    for name in ("tls_certificate", "tls_key"):
        (folder / name).write_bytes((folder / f"proxy-{HOST}.pem").read_bytes())
    with listen() as plain, listen() as secure:
        http, https = plain.getsockname()[1], secure.getsockname()[1]
    values = {
        "API_HOST": HOST,
        "HESTAMI_UPSTREAM": upstream,
        "NGINX_HTTP": f"127.0.0.1:{http}",
        "NGINX_HTTPS": f"127.0.0.1:{https}",
        "NGINX_RESOLVER": resolver,
        "NGINX_SECRETS": str(folder),
    }
    site = re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], _TEMPLATE.read_text(encoding="utf-8"))
    with nginx(folder, beside + site):
        yield f"http://127.0.0.1:{http}", client_of(authority.file, https)


def client_of(authority: Path, port: int, *, address: str | None = None) -> httpx.AsyncClient:
    """Return a client that trusts the authority of this file, and comes from an address of its own."""
    transport = httpx.AsyncHTTPTransport(
        verify=ssl.create_default_context(cafile=str(authority)), local_address=address
    )
    return httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{port}", headers={"Host": HOST}, transport=transport, timeout=PATIENCE
    )


def named(path: str) -> dict[str, Any]:
    """Return the arguments of a request whose certificate is checked for the host, though it goes to an address."""
    return {"url": path, "extensions": {"sni_hostname": HOST}}
