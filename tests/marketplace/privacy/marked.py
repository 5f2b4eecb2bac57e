"""Homeowners whose every detail is a mark, and a record of what others are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pypdfium2  # type: ignore[import-untyped]  # it has no types

from tests.harness.accounts import unique
from tests.harness.marks import mentions
from tests.marketplace.payloads import PROPERTIES, house, ok

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tests.harness.accounts import Account, Accounts

# Not the centre of their cell, to the last digit.
POINT: Final = {"latitude": 45.517913, "longitude": -122.651247}
PHONE: Final = "+15035550119"
# How somebody may be reached, in words of their own.
REACHED: Final = ("jo.mark@example.com", "503-555-0119", "five zero three 555 0119", "4821 SE Marked Street")


@dataclass(frozen=True, slots=True)
class Marked:
    """A homeowner and their home, by what the address of a job reveals to its provider and what nothing ever does."""

    account: Account
    home: str
    id: str
    revealed: tuple[str, ...]
    hidden: tuple[str, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        return (*self.revealed, *self.hidden)


async def marked_homeowner(accounts: Accounts) -> Marked:
    """Return a homeowner whose name, address and notes nobody else has."""
    owner = await accounts.make()
    name, street, back, town, label, notes = (
        unique(f"mark{word}") for word in ("name", "street", "back", "town", "label", "notes")
    )
    ok(await owner.client.patch("/users/me", json={"full_name": name, "phone": PHONE}))
    address = {"line1": street, "line2": back, "city": town, "region": "OR", "postal_code": "97214", "country": "US"}
    home = house(label=label, address=address, notes=notes, coordinates=POINT)
    home_id = ok(await owner.client.post(PROPERTIES, json=home), 201)["id"]
    owner_id = ok(await owner.client.get("/users/me"))["id"]
    revealed = (name, street, back, town, PHONE, "97214", "45.517913", "122.651247")
    return Marked(owner, home_id, owner_id, revealed, (label, notes, owner.email, owner.username, home_id))


def seen(answer: httpx.Response) -> str:
    """Return what can be read in an answer; of a quote on paper, what stands on its pages."""
    content = answer.content
    if "quote-" in answer.headers.get("Content-Disposition", ""):
        text = "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content))
    else:
        text = content.decode("utf-8", "replace")
    return "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), text])


@dataclass(slots=True)
class Record:
    """Texts that somebody was told, each with the place that it came from."""

    _texts: list[tuple[str, str]] = field(default_factory=list)

    def follow(self, client: httpx.AsyncClient) -> None:
        """Keep each answer that the client gets from now on, errors as well."""

        async def keep(answer: httpx.Response) -> None:
            await answer.aread()
            self.add(f"{answer.status_code} {answer.request.method} {answer.request.url.path}", seen(answer))

        client.event_hooks["response"].append(keep)

    def add(self, place: str, text: str) -> None:
        self._texts.append((place, text))

    def find(self, marks: Iterable[str]) -> set[tuple[str, str]]:
        """Return which marks were told, and where."""
        marks = tuple(marks)
        return {(place, mark) for place, text in self._texts for mark in marks if mentions(text, mark)}

    def where(self, word: str) -> list[str]:
        """Return the places whose names hold a word."""
        return [place for place, _ in self._texts if word in place]
