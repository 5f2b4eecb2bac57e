"""Mailboxes in which the journeys find mails of the service; in development, a folder of .eml files."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, override

_TOKEN = re.compile(r"https?://[^\s<>\"#]+#([A-Za-z0-9._~-]+)")
_PATIENCE = 180.0
_LOOK_EVERY = 0.1


class Mailbox(Protocol):
    """Source of the mails that the service has sent."""

    def token(self, address: str, *, after: int) -> str:
        """Wait for a mail to the address, beyond the first so many, and return the token of its link."""
        ...

    def count(self, address: str) -> int:
        """Return how many mails with a token the address has received so far."""
        ...


class FolderMailbox(Mailbox):
    """Finds the token of a mailed link in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def token(self, address: str, *, after: int) -> str:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            tokens = list(self._tokens(address))
            if len(tokens) > after:
                return tokens[-1]
            time.sleep(_LOOK_EVERY)  # another process writes the folder: there is nothing else to wait on
        raise TimeoutError(f"no mail to {address} came into {self._folder} within {_PATIENCE:.0f} s")

    @override
    def count(self, address: str) -> int:
        return len(list(self._tokens(address)))

    def _tokens(self, address: str) -> Iterator[str]:
        """Walk the tokens that were mailed to the address, oldest first."""
        files = sorted(self._folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        for file in files:
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            plain = message.get_body(("plain",))
            if address in str(message["to"]) and plain is not None:
                found = _TOKEN.search(plain.get_content())
                if found:
                    yield found[1]
