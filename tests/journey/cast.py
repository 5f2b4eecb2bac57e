"""Cast of the first story, and what its chapters hand on to one another."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.journey.mailbox import Mailbox
from tests.journey.report import Person, Teller

CURRENCY = "USD"
PRICE = 12900


@dataclass(slots=True)
class Story:
    """People of the story, what they have made so far, and who reports on it."""

    teller: Teller
    mailbox: Mailbox
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    pat: Person = field(init=False)
    homer: Person = field(init=False)
    nora: Person = field(init=False)
    service: dict[str, Any] = field(init=False)
    home: str = field(init=False)

    def __post_init__(self) -> None:
        self.pat = self._person("Pat the provider", "Gravel-Path-2031", "SERVICE_PROVIDER")
        self.homer = self._person("Homer the homeowner", "Copper-Kettle-58", "HOMEOWNER")
        self.nora = self._person("Nora the neighbour", "Willow-Fence-64", "HOMEOWNER")

    def _person(self, name: str, password: str, role: str) -> Person:
        return Person(name, f"{name.split(maxsplit=1)[0].lower()}.{self.mark}@example.com", password, [role])
