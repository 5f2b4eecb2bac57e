"""Journey of the trade: two businesses quote, one of them once more, and one quote is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.journey.report import Person, Teller

_HOURS = {"description": "Tap fitted", "quantity_thousandths": 2000, "unit": "hour", "tax_basis_points": 0}
_TAP = {
    "description": "Mixer tap",
    "quantity_thousandths": 1000,
    "unit": "piece",
    "unit_price_minor": 12000,
    "tax_basis_points": 1000,
}


class Business(Protocol):
    """Provider of the story."""

    person: Person
    profile_id: str


def hire(teller: Teller, question: Mapping[str, Any], *, by: Person, businesses: tuple[Business, Business]) -> None:
    """Ask both businesses again and accept the better quote of the two."""
    teller.chapter("Hugo asks both again, compares what they offer, and accepts one quote")
    chosen, other = (one.person for one in businesses)
    recipients = [{"kind": "PROVIDER", "id": one.profile_id} for one in businesses]
    path = "/homeowners/inquiries"
    body = {**question, "recipients": recipients}
    asked = teller.done("he asks both", 201, f"POST {path}", by=by, json=body).json()
    path, inbox = f"{path}/{asked['id']}", f"/service-providers/inquiries/{asked['id']}/quotes"

    def quote(who: Person, what: str, price: int, **changes: object) -> dict[str, Any]:
        lines = [{**_HOURS, "unit_price_minor": price}, _TAP]
        offer = {"currency": "USD", "lines": lines, "valid_days": 14, **changes}
        written: dict[str, Any] = teller.done(f"{what} is written", 201, f"POST {inbox}", by=who, json=offer).json()
        sent: dict[str, Any] = teller.done("and sent", 200, f"POST /quotes/{written['id']}/send", by=who).json()
        return sent

    first = quote(chosen, "Rita's quote", 9000)
    teller.expect(first["gross_minor"] == 31200, "the service has added it up", found=first)
    quote(other, "Ron's quote", 7500)
    discount = {"kind": "PERCENT", "basis_points": 1000}
    better = quote(chosen, "Rita's better one", 8000, discount=discount, terms="Two years of warranty.")
    teller.expect(better["revises_id"] == first["id"], "it takes the place of the first", found=better)
    listed = teller.done("Hugo compares them", 200, f"GET {path}/quotes", by=by).json()["items"]
    found = [(one["state"], one["gross_minor"]) for one in listed]
    teller.expect(found == [("SENT", 26280), ("SENT", 28200), ("WITHDRAWN", 31200)], "two are open", found=found)
    gone = f"POST /quotes/{first['id']}/accept"
    teller.refused("accepting what was revised", 409, "invalid-transition", gone, by=by)
    seen = teller.done("he reads Rita's", 200, f"GET /quotes/{better['id']}", by=by)
    version = {"If-Match": seen.headers["etag"]}
    teller.done("and accepts it", 200, f"POST /quotes/{better['id']}/accept", by=by, headers=version)
    ended = teller.done("he looks at it", 200, f"GET {path}", by=by).json()
    states = (ended["state"], [one["state"] for one in ended["recipients"]])
    teller.expect(states == ("ACCEPTED", ["QUOTED", "LOST"]), "Rita is chosen", found=states)
