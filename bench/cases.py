"""Cases that are measured: the bytes of each request, and the check that all servers give the same answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.seed import PASSWORD, Sessions
from bench.servers import Server

_CATEGORIES: Final = ("plumbing", "electrical", "heating-cooling", "roofing-gutters", "carpentry-repairs", "remodeling")
_BOUNDS: Final = (20_000, 45_000)
_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
# What one create cannot have in common with another.
_OWN: Final = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    title: str
    status: int
    requests: list[bytes]
    limit_target: float
    """Requests a second, as a share of those of the limit baseline."""
    idiomatic_target: float
    """Requests a second, as a multiple of those of the idiomatic baseline."""


def cases(sessions: Sessions) -> list[Case]:
    tokens = sessions["tokens"]
    searches = [
        f"/api/v1/services?category={category}&currency=USD&max_price_minor={bound}&sort=price&limit=20"
        for category in _CATEGORIES
        for bound in _BOUNDS
    ]
    return [
        Case("catalogue", "GET /services, 20 of 100,000", 200, [request("GET", path) for path in searches], 0.5, 4.5),
        Case(
            "me",
            "GET /users/me, with its session",
            200,
            [request("GET", "/api/v1/users/me", token=token) for token in tokens],
            0.5,
            6.0,
        ),
        Case(
            "create",
            "POST /homeowners/properties",
            201,
            [
                request("POST", "/api/v1/homeowners/properties", token=token, body=property_body(number))
                for number, token in enumerate(tokens)
            ],
            0.3,
            4.0,
        ),
    ]


def logins(sessions: Sessions) -> list[bytes]:
    return [
        request("POST", "/api/v1/auth/login", body={"login": login, "password": PASSWORD})
        for login in sessions["logins"]
    ]


def request(
    method: str, path: str, *, token: str | None = None, body: dict[str, Any] | None = None, coding: str | None = None
) -> bytes:
    """Return the request as a proxy passes it on."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: api.hestami.test",
        f"User-Agent: {_AGENT}",
        "Accept: application/json",
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-Proto: https",
    ]
    if coding is not None:
        lines.append(f"Accept-Encoding: {coding}")
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join([*lines, "", ""]).encode() + payload


def compare(case: Case, servers: Sequence[Server]) -> None:
    """End the run unless all servers give the same answer to each request: else unlike work would be compared."""
    for sent in case.requests:
        expected: Any = None
        for server in servers:
            answer = server.send(sent)
            if answer.status != case.status:
                raise RuntimeError(f"{server.name} answered {case.name} with {answer.status}: {answer.body[:500]!r}")
            given = json.loads(answer.body)
            if case.status == 201:
                given = {name: value for name, value in given.items() if name not in _OWN}
            expected = given if expected is None else expected
            if given != expected:
                both = f"{servers[0].name} and {server.name}"
                raise RuntimeError(f"{both} answer {case.name} differently: {_difference(expected, given)}")


def _difference(first: object, second: object, place: str = "") -> str:
    """Name the first place where two answers differ, and what stands there in each."""
    match first, second:
        case (dict(), dict()) if first.keys() == second.keys():
            places = [(f"{place}/{name}", first[name], second[name]) for name in first]
        case (list(), list()) if len(first) == len(second):
            places = [(f"{place}/{number}", *pair) for number, pair in enumerate(zip(first, second, strict=True))]
        case _:
            return f"{place or '/'} is {first!r} and {second!r}"
    at, one, other = next(found for found in places if found[1] != found[2])
    return _difference(one, other, at)


def property_body(number: int) -> dict[str, Any]:
    """Return the body of a property, whose fields are filled as people fill them."""
    return {
        "label": f"House at the lake {number}",
        "type": "SINGLE_FAMILY_HOME",
        "address": {
            "line1": f"{1200 + number} SE Alder Street",
            "line2": None if number % 2 else "Back house",
            "city": "Portland",
            "region": "Oregon",
            "postal_code": "97214",
            "country": "US",
        },
        "coordinates": {"latitude": 45.5179 + number / 1000, "longitude": -122.6512},
        "size_m2": 140 + number,
        "year_built": 1924,
        "notes": "The key is with the neighbours; the dog at number 1423 is called Müsli.",
    }
