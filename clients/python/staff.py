"""Moderator of the story: of the demo, or HESTAMI_STAFF (e-mail, space, password)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.sessions import login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from report import Teller


@contextmanager
def moderator(teller: Teller, url: str) -> Iterator[AuthenticatedClient]:
    """Sign a moderator in."""
    email, _, password = os.environ.get("HESTAMI_STAFF", "ada.admin@example.com Maple-Street-42").partition(" ")
    with Client(base_url=url) as stranger:
        answer = login.sync_detailed(client=stranger, body=models.LoginRequest(login=email, password=password))
    tokens = teller.done("a moderator signs in", answer, models.TokenPair)
    with AuthenticatedClient(base_url=url, token=tokens.access_token) as staff:
        yield staff
