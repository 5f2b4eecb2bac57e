"""Journey of the work: one job is changed and completed, and staff decide the dispute about another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.journey.news import follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.journey.report import Person, Teller
    from tests.journey.trade import Business

_STATEMENT = "The photos show that the second tap was not part of it. What was agreed is done."


def _newest(teller: Teller, side: str, by: Person) -> dict[str, Any]:
    found: dict[str, Any] = teller.done(
        "the job is there", 200, "GET /jobs", by=by, params={"side": side, "limit": "1"}
    ).json()["items"][0]
    return found


def carry_out(teller: Teller, *, by: Person, business: Business) -> None:
    """Begin, deliver, change and complete the job of the quote that was accepted last."""
    teller.chapter("Rita comes, and Hugo gets what was agreed")
    worker = business.person
    job = _newest(teller, "HOMEOWNER", by)
    path = f"/jobs/{job['id']}"
    slug = teller.done("her business has a page", 200, "GET /service-providers/profile", by=worker).json()["slug"]
    hours = [{"weekday": "TUESDAY", "starts": "08:00", "ends": "13:00"}]
    week = {"time_zone": "America/Los_Angeles", "weekly": hours}
    teller.done("she says when she works", 201, "PUT /service-providers/availability", by=worker, json=week)
    asked = {"from_date": "2090-03-14", "days": "1"}
    free = teller.done("Hugo looks when she is free", 200, f"GET /providers/{slug}/slots", params=asked).json()["items"]
    time = {"starts_at": free[0]["starts_at"], "ends_at": free[-1]["ends_at"]}
    agreed = teller.done("Rita sets a time", 200, f"PUT {path}/schedule", by=worker, json=time).json()
    teller.expect(agreed["proposal"] is None, "it holds at once, being far away", found=agreed)
    taken = teller.done("he looks again", 200, f"GET /providers/{slug}/slots", params=asked).json()["items"]
    teller.expect(taken == [], "the whole morning is taken", found=taken)
    teller.refused("Hugo reading his own address here", 403, "forbidden", f"GET {path}/address", by=by)
    place = teller.done("she reads where to go", 200, f"GET {path}/address", by=worker).json()
    teller.expect(place["address"]["line1"] == "1421 SE Alder Street", "it is Hugo's house", found=place)
    noted = teller.done("Hugo looks at his activity", 200, "GET /users/me/activity", by=by).json()["items"]
    teller.expect("job.address_read" in [one["event"] for one in noted], "he sees that it was read", found=noted)
    teller.refused("completing what has not begun", 409, "invalid-transition", f"POST {path}/complete", by=by)
    teller.done("she begins", 200, f"POST {path}/start", by=worker)
    teller.done("and says that it is done", 200, f"POST {path}/deliver", by=worker)
    drips = {"text": "It still drips at night."}
    teller.done("Hugo asks for changes", 200, f"POST {path}/request-changes", by=by, json=drips)
    teller.done("she delivers again", 200, f"POST {path}/deliver", by=worker)
    ended = teller.done("he accepts it", 200, f"POST {path}/complete", by=by).json()
    teller.expect(ended["state"] == "COMPLETED", "the job is completed", found=ended)
    _review(teller, path, slug, by=by, worker=worker)
    follow(teller, provider=worker)


def _review(teller: Teller, path: str, slug: str, *, by: Person, worker: Person) -> None:
    """Let both say how it was; neither reads the other's words first."""
    teller.chapter("Hugo and Rita say how it was")
    quiet = {"rating": 4, "punctuality": 3, "quality": 5, "value": 4, "text": "Quiet again, at the second try."}
    teller.done("Hugo reviews the job", 201, f"POST {path}/review", by=by, json=quiet)
    teller.refused("reviewing it again", 409, "already-reviewed", f"POST {path}/review", by=by, json=quiet)
    blind = teller.done("Rita looks", 200, f"GET {path}/reviews", by=worker).json()["items"]
    teller.expect(blind == [], "she does not read his words before he can read hers", found=blind)
    friendly = {"rating": 5, "text": "Friendly, and the way was free."}
    teller.done("she reviews Hugo", 201, f"POST {path}/review", by=worker, json=friendly)
    public = teller.until("both are published", f"GET /providers/{slug}/reviews", lambda page: len(page["items"]) == 1)
    teller.expect(public["items"][0]["text"] == quiet["text"], "everybody reads what Hugo wrote", found=public)
    sorry = {"text": "The first washer was of the wrong size. I came the next day."}
    teller.done("she replies to it", 200, f"POST {path}/reviews/reply", by=worker, json=sorry)
    shown = teller.done("somebody else opens her page", 200, f"GET /providers/{slug}").json()["rating"]
    rated = {"average": 4.0, "review_count": 1, "punctuality": 3.0, "quality": 5.0, "value": 4.0}
    teller.expect(shown == rated, "and sees the new rating", found=shown)


def dispute(teller: Teller, question: Mapping[str, Any], *, by: Person, business: Business, moderator: Person) -> None:
    """Let a second job end in a dispute, which staff decide."""
    teller.chapter("Hugo and Rita cannot agree about a second job, and staff decide")
    worker = business.person
    body = {**question, "recipients": [{"kind": "PROVIDER", "id": business.profile_id}]}
    asked = teller.done("he asks Rita once more", 201, "POST /homeowners/inquiries", by=by, json=body).json()
    lines = [
        {
            "description": "One tap",
            "quantity_thousandths": 1000,
            "unit": "job",
            "unit_price_minor": 9000,
            "tax_basis_points": 0,
        }
    ]
    quotes = f"POST /service-providers/inquiries/{asked['id']}/quotes"
    offer = {"currency": "USD", "lines": lines, "valid_days": 14}
    quote = teller.done("she quotes", 201, quotes, by=worker, json=offer).json()
    teller.done("and sends it", 200, f"POST /quotes/{quote['id']}/send", by=worker)
    teller.done("he accepts it", 200, f"POST /quotes/{quote['id']}/accept", by=by)
    path = f"/jobs/{_newest(teller, 'PROVIDER', worker)['id']}"
    teller.done("she begins", 200, f"POST {path}/start", by=worker)
    words = {"text": "The second tap was not changed."}
    teller.done("he opens a dispute", 200, f"POST {path}/dispute", by=by, json=words)
    teller.refused("delivering meanwhile", 409, "invalid-transition", f"POST {path}/deliver", by=worker)
    teller.sign_in(f"{moderator.name} logs in", moderator)
    waiting = teller.done("a moderator sees it", 200, "GET /admin/disputes", by=moderator).json()["items"]
    case = f"/admin/disputes/{waiting[-1]['id']}"
    decision = {"outcome": "COMPLETED", "statement": _STATEMENT}
    teller.done("and decides", 200, f"POST {case}/decision", by=moderator, json=decision)
    told = teller.done("Rita reads it", 200, f"GET {path}", by=worker).json()
    found = (told["state"], told["dispute"]["decision"]["statement"])
    teller.expect(found == ("COMPLETED", _STATEMENT), "with the reasons", found=told)
