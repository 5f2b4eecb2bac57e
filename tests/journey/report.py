"""Report of a journey: each step is sent, printed and compared with the expected answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import httpx

PROBLEMS = "https://api.hestami.ai/problems/"
PATIENCE = 180.0
_LONGEST_LIMIT = 60
_LOOK_EVERY = 0.25


class Surprise(Exception):
    """Raised when the service answers otherwise than the journey expects."""


@dataclass(slots=True)
class Person:
    """Person of the journey, with credentials and tokens."""

    name: str
    email: str
    password: str
    roles: list[str]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Return the header by which the service knows the person."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


class Sent(TypedDict, total=False):
    """Content that a request may have."""

    by: Person
    json: Mapping[str, Any]
    data: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]
    params: Mapping[str, str]
    headers: Mapping[str, str]


class Teller:
    """Sends the requests of the journey and stops it at the first unexpected answer."""

    def __init__(self, client: httpx.Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self.steps = 0

    def done(self, words: str, status: int, request: str, **sent: Unpack[Sent]) -> httpx.Response:
        """Send a request, `METHOD /path`, that must succeed with the status."""
        answer = self._send(request, sent)
        self._tell(words, answer)
        if answer.status_code != status:
            raise Surprise(f"{words}: {request} answered {answer.status_code} instead of {status}\n{answer.text}")
        return answer

    def refused(self, words: str, status: int, slug: str, request: str, **sent: Unpack[Sent]) -> None:
        """Send a request that must be refused with the status and the type of problem."""
        answer = self._send(request, sent)
        self._tell(f"refused: {words}", answer)
        if answer.status_code != status or answer.json()["type"] != PROBLEMS + slug:
            wanted = f"{status} {slug}"
            raise Surprise(f"{words}: {request} answered {answer.status_code} instead of {wanted}\n{answer.text}")

    def until(self, words: str, request: str, held: Callable[[Any], bool], **sent: Unpack[Sent]) -> Any:  # noqa: ANN401 - of JSON
        """Send a request again and again until its answer is so, as the worker needs a moment; return the content."""
        deadline = time.monotonic() + PATIENCE
        while not (is_so := (answer := self._send(request, sent)).status_code == 200 and held(answer.json())):
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_EVERY)  # another process does it: there is nothing else to wait on
        self._tell(words, answer)
        if not is_so:
            raise Surprise(f"{words}: {request} answered {answer.status_code}\n{answer.text}")
        return answer.json()

    def halfway(self, words: str, slug: str, request: str, **sent: Unpack[Sent]) -> dict[str, Any]:
        """Send a request that is refused for now with the type of problem, and return what it says of the rest."""
        answer = self._send(request, sent)
        self._tell(words, answer)
        problem: dict[str, Any] = answer.json()
        if problem.get("type") != PROBLEMS + slug:
            raise Surprise(f"{words}: {request} answered {answer.status_code} instead of {slug}\n{answer.text}")
        return problem

    def sign_in(self, words: str, person: Person) -> None:
        """Log the person in with their password."""
        body = {"login": person.email, "password": person.password}
        person.tokens = self.done(words, 200, "POST /auth/login", json=body).json()

    def chapter(self, words: str) -> None:
        """Head what follows."""
        self._say(f"\n{words}")

    def expect(self, held: bool, words: str, *, found: object = None) -> None:
        """Say what is so, or stop where it is not and say what was found instead."""
        if not held:
            raise Surprise(f"it is not so that {words}" + (f": {found}" if found is not None else ""))
        self._say(f"     {words}")

    def _send(self, request: str, sent: Sent) -> httpx.Response:
        method, _, path = request.partition(" ")
        person = sent.get("by")
        headers = {**(person.headers if person else {}), **sent.get("headers", {})}
        while True:
            answer = self._client.request(
                method,
                path,
                headers=headers,
                params=sent.get("params"),
                json=sent.get("json"),
                data=sent.get("data"),
                files=sent.get("files"),
            )
            wait = int(answer.headers.get("Retry-After", "0")) if answer.status_code == 429 else 0
            if not 0 < wait <= _LONGEST_LIMIT:
                return answer
            # The stories sign in more often within a minute than the service lets one address do.
            self._say(f"     (the limit is reached, on in {wait} s)")
            time.sleep(wait)

    def _tell(self, words: str, answer: httpx.Response) -> None:
        self.steps += 1
        self._say(f"{self.steps:3}. {words} -> {answer.status_code}{_problem(answer)}")


def _problem(answer: httpx.Response) -> str:
    """Say in a few words why something was refused."""
    if answer.status_code < 400 or not answer.content:
        return ""
    problem = answer.json()
    faults = [
        f"{error.get('pointer') or error.get('parameter')}: {error['detail']}" for error in problem.get("errors", [])
    ]
    return f" {problem['type'].removeprefix(PROBLEMS)}: {' | '.join(faults) or problem['detail']}"
