"""People of the journey."""

from __future__ import annotations

from dataclasses import dataclass

from hestami_client import AuthenticatedClient, models


@dataclass(slots=True)
class Person:
    """Person of the journey, with credentials and tokens."""

    name: str
    email: str
    password: str
    role: models.RegistrationRole
    _tokens: models.TokenPair | None = None
    _client: AuthenticatedClient | None = None

    def hold(self, tokens: models.TokenPair, client: AuthenticatedClient) -> None:
        """Keep new tokens, and the client that sends them."""
        self._tokens, self._client = tokens, client

    @property
    def refresh_token(self) -> str:
        """Return the refresh token of somebody who has signed in."""
        assert self._tokens is not None  # noqa: S101 - tells mypy what the steps before have set
        return self._tokens.refresh_token

    @property
    def client(self) -> AuthenticatedClient:
        """Return the client of somebody who has signed in."""
        assert self._client is not None  # noqa: S101 - tells mypy what the steps before have set
        return self._client
