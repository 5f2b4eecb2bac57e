"""People whom locust runs, in an environment of its own: nothing of the project can be imported here."""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final, override

from locust import FastHttpUser, between, events, task
from locust.env import Environment

_GIVEN: Final = json.loads(Path(os.environ["CROWD"]).read_text(encoding="utf-8"))
_NUMBERS: Final = count()
_CATEGORIES: Final = ("plumbing", "electrical", "heating-cooling", "roofing-gutters", "carpentry-repairs", "remodeling")
_WORDS: Final = ("plumbing", "repair", "roof", "heating warranty", "inspection", "kitchen")
_BEGINNINGS: Final = ("pl", "elec", "roo", "hea", "ins", "home")
# Most of what people ask for, others have asked for before them, and some of it nobody has for half a minute.
_PRICES: Final = range(10_000, 60_000, 2_500)
_WRITES: Final = {"POST", "PUT", "PATCH", "DELETE"}


def _priced() -> str:
    return f"currency=USD&max_price_minor={random.choice(_PRICES)}"


def _narrowed() -> str:
    return f"category={random.choice(_CATEGORIES)}&{_priced()}"


class _Person(FastHttpUser):
    """Client behind a proxy, with an address of its own, that pauses for some seconds between two requests."""

    abstract = True
    host = _GIVEN["hosts"][0]
    wait_time = between(3, 7)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        number = next(_NUMBERS)
        # Each stays with a process, as a proxy that keeps connections would have it.
        self.process = _GIVEN["hosts"][number % len(_GIVEN["hosts"])]
        self.number = number
        self.client.headers = {
            "Host": "api.hestami.test",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "X-Forwarded-Proto": "https",
        }

    def ask(
        self, method: str, path: str, name: str, *, body: Mapping[str, object] | None = None, key: str | None = None
    ) -> dict[str, Any]:
        """Send a request, and return what was answered; an answer beyond 399 is a failure of the run."""
        headers = self.client.headers if key is None else {**self.client.headers, "Idempotency-Key": key}
        url = f"{self.process}/api/v1{path}"
        with self.client.request(method, url, name=name, headers=headers, json=body, catch_response=True) as answer:
            if not 200 <= answer.status_code < 400:
                answer.failure(f"{answer.status_code}: {(answer.text or '')[:200]}")
                return {}
            read: dict[str, Any] = json.loads(answer.text) if answer.text else {}
            return read

    def look(self, found: Mapping[str, Any]) -> None:
        """Open one of what was found."""
        if found.get("items"):
            self.ask("GET", f"/services/{random.choice(found['items'])['id']}", "service")


class Visitor(_Person):
    """Visitor who looks for a provider."""

    weight = 6

    @task(4)
    def browse(self) -> None:
        found = self.ask("GET", f"/services?{_narrowed()}&limit=20", "browse")
        self.look(found)

    @task(4)
    def search(self) -> None:
        found = self.ask("GET", f"/services?q={random.choice(_WORDS)}&{_priced()}&limit=20", "search")
        self.look(found)

    @task(3)
    def type(self) -> None:
        self.ask("GET", f"/services/suggest?q={random.choice(_BEGINNINGS)}", "suggest")

    @task(2)
    def count(self) -> None:
        self.ask("GET", f"/services/facets?{_narrowed()}", "facets")

    @task(2)
    def page(self) -> None:
        self.ask("GET", f"/providers/{random.choice(_GIVEN['pages'])}", "provider's page")

    @task(2)
    def categories(self) -> None:
        self.ask("GET", "/categories", "categories")


class Homeowner(_Person):
    """Homeowner who is signed in, looks at what is theirs, and now and then changes it."""

    weight = 4

    @override
    def on_start(self) -> None:
        super().on_start()
        self.client.headers["Authorization"] = f"Bearer {_GIVEN['tokens'][self.number % len(_GIVEN['tokens'])]}"

    @task(4)
    def me(self) -> None:
        self.ask("GET", "/users/me", "me")

    @task(4)
    def properties(self) -> None:
        self.ask("GET", "/homeowners/properties?limit=20", "properties")

    @task(3)
    def notifications(self) -> None:
        self.ask("GET", "/notifications", "notifications")

    @task(2)
    def inquiries(self) -> None:
        self.ask("GET", "/homeowners/inquiries", "inquiries")

    @task(2)
    def search(self) -> None:
        self.ask("GET", f"/services?q={random.choice(_WORDS)}&{_priced()}&limit=20", "search")

    @task(2)
    def keep(self) -> None:
        """Write: keep a service, and make a property that goes again."""
        found = self.ask("GET", f"/services?category={random.choice(_CATEGORIES)}&limit=5", "browse")
        if found.get("items"):
            self.ask("PUT", f"/homeowners/favourites/services/{random.choice(found['items'])['id']}", "keep a service")
        made = self.ask(
            "POST",
            "/homeowners/properties",
            "create a property",
            body=_GIVEN["property"],
            key=str(uuid.uuid4()),
        )
        if made:
            self.ask("DELETE", f"/homeowners/properties/{made['id']}", "delete a property")


@events.quitting.add_listener
def _report(environment: Environment, **_: object) -> None:
    """Leave what the run came to for the process that started it."""
    total = environment.stats.total
    writes = sum(entry.num_requests for (_, method), entry in environment.stats.entries.items() if method in _WRITES)
    Path(os.environ["CROWD_RESULT"]).write_text(
        json.dumps(
            {
                "requests": total.num_requests,
                "failures": total.num_failures,
                "writes": writes,
                "per_second": total.total_rps,
                "p50": total.get_response_time_percentile(0.5),
                "p95": total.get_response_time_percentile(0.95),
                "p99": total.get_response_time_percentile(0.99),
            }
        ),
        encoding="utf-8",
    )
