"""Actors of the role matrix: each role of the contract, and people whose account or session no longer counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, override

import httpx
from sqlalchemy import delete, select, update

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User
from tests.contract.contract_operations import permissions_of, schemas, section
from tests.contract.scenario import FRESH, Person, Stage

type State = Literal["ACTIVE", "SUSPENDED"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Actor of the role matrix; without an account state it is an anonymous client."""

    role: str | None
    state: State | None

    @override
    def __str__(self) -> str:
        """Name the actor in a list of tests."""
        words = [self.state if self.state != "ACTIVE" else None, self.role]
        return "-".join(word.lower() for word in words if word) or "anonymous"

    @property
    def permissions(self) -> frozenset[str]:
        """Return what the contract gives the actor's role."""
        return frozenset() if self.role is None else permissions_of(self.role)


ROLES = list(section("x-roles"))
REGISTRABLE = cast("list[str]", cast("dict[str, object]", schemas()["RegistrationRole"])["enum"])
ACTORS = [
    Actor(None, None),
    *(Actor(role, "ACTIVE") for role in ROLES),
    *(Actor(role, "SUSPENDED") for role in REGISTRABLE),
]


class Company:
    """Accounts of the actors, each made when it is first used."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._people: dict[Actor, tuple[Person, datetime]] = {}

    @property
    def client(self) -> httpx.AsyncClient:
        """Return the validating client that all of them use."""
        return self._stage.client

    async def headers(self, actor: Actor, *, fresh: bool = False) -> dict[str, str]:
        """Return what the actor sends to be known; a fresh one is nobody else's, whatever becomes of their sessions."""
        if actor.state is None:
            return {}
        if fresh:
            return (await self._hire(actor)).headers
        now = self._stage.service.clock.now()
        person, since = self._people.get(actor, (None, now))
        # Other tests of this worker move the clock, and who is suspended could not sign in once more.
        if person is None or now - since > FRESH:
            person = await self._hire(actor)
            self._people[actor] = (person, now)
        return person.headers

    async def _hire(self, actor: Actor) -> Person:
        """Register somebody; roles that nobody can choose, and suspension, are given in the database."""
        assert actor.role is not None
        registered = [actor.role] if actor.role in REGISTRABLE else []
        person = await self._stage.person(*registered)
        async with self._stage.service.services.database.begin() as tx:
            user = (await tx.scalars(select(User).where(User.email == person.email))).one()
            if not registered:
                await tx.execute(delete(UserRole).where(UserRole.user_id == user.id))
                granted_at = self._stage.service.clock.now()
                tx.add(UserRole(user_id=user.id, role_name=actor.role, granted_at=granted_at, granted_by=None))
            if actor.state == "SUSPENDED":
                await tx.execute(update(User).where(User.id == user.id).values(state=AccountState.SUSPENDED))
        return person
