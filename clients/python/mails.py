"""Reader of the folder of .eml files into which a service in development writes its mails."""

from __future__ import annotations

import email
import email.policy
import re
import time
from pathlib import Path

_TOKEN = re.compile(r"https?://[^\s<>\"#]+#([A-Za-z0-9._~-]+)")
_PATIENCE = 180.0
_LOOK_EVERY = 0.025


class Mailbox:
    """Folder of mails in which tokens of links are found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def token(self, address: str, *, after: int) -> str:
        """Wait for a mail to the address, beyond the first so many, and return the token of its link."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            tokens = self._tokens(address)
            if len(tokens) > after:
                return tokens[-1]
            time.sleep(_LOOK_EVERY)  # another process writes the folder: there is nothing else to wait on
        raise TimeoutError(f"no mail to {address} came into {self._folder} within {_PATIENCE:.0f} s")

    def count(self, address: str) -> int:
        """Return how many mails with a token the address has received so far."""
        return len(self._tokens(address))

    def _tokens(self, address: str) -> list[str]:
        """Return the tokens that were mailed to the address, oldest first: files are named by ids that grow."""
        found = []
        for file in sorted(self._folder.glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            plain = message.get_body(("plain",))
            if address in str(message["to"]) and plain is not None:
                found += _TOKEN.findall(plain.get_content())
        return found
