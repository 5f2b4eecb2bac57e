"""Requests that would succeed, and the resources that were prepared for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.contract.contract_operations import FORM, MULTIPART
from tests.contract.scenario import Person
from tests.harness.contract import Operation

type Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """Result of an entry: the prepared ids, body and sender of a request."""

    by: Person | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """Request that is about to be sent, and would succeed unchanged."""

    operation: Operation
    by: Person | None
    ids: Mapping[str, str]
    media_type: str | None
    body: Body
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return the path with its ids filled in."""
        return self.operation.path.format(**self.ids)

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Send the request."""
        headers = {**(self.by.headers if self.by else {}), **self.headers}
        content = None
        if self.media_type == MULTIPART and self.body:
            return await client.request(
                self.operation.method, self.path, params=self.query or None, headers=headers, files=self.parts()
            )
        if self.media_type is not None:
            headers["Content-Type"] = self.media_type
            content = urlencode(self.body) if self.media_type == FORM else json.dumps(self.body, default=repr)
        if self.media_type == MULTIPART:
            # httpx sends no form without parts.
            headers["Content-Type"], content = f"{MULTIPART}; boundary=x", "--x--\r\n"
        return await client.request(
            self.operation.method, self.path, params=self.query or None, headers=headers, content=content
        )

    def parts(self) -> list[tuple[str, tuple[str | None, bytes | str]]]:
        """Return the parts of a form: what is of bytes is a file."""
        return [
            (name, ("file", value) if isinstance(value, bytes) else (None, str(value)))
            for name, value in self.body.items()
        ]
