"""Accounts for tests: verified homeowners, providers and staff, each with a password and a client of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Literal
from uuid import UUID, uuid4

import httpx
from sqlalchemy import insert

from impl.identity.capabilities.authentication.service import LOCAL, SignedIn
from impl.identity.registration.service import NewAccount
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.notice_mails.service import DEFAULTS
from impl.marketplace.capabilities.notice_mails.tables import (
    Choice,
    MailChannel,
    NewPreferences,
    NotificationPreferences,
)
from impl.marketplace.capabilities.notices.tables import NotificationGroup
from tests.harness.service import Service

type Role = Literal["HOMEOWNER", "SERVICE_PROVIDER"]
type StaffRole = Literal["STAFF_SUPPORT", "STAFF_MODERATOR", "STAFF_ADMIN"]

_FRESH = timedelta(minutes=20)  # access tokens live 30 minutes, and some tests move the clock
_USER_AGENT = f"python-httpx/{httpx.__version__}"  # as if the account's own client had sent it
_numbers = count(1)


def unique(word: str = "someone") -> str:
    """Return a name that no other test uses, in this worker or another."""
    return f"{word}{next(_numbers)}{uuid4().hex[:10]}"


@dataclass(slots=True)
class Account:
    """Account with a password, and a client that carries its access token."""

    username: str
    email: str
    password: str
    role: str
    client: httpx.AsyncClient
    access_token: str = ""
    refresh_token: str = ""

    def take(self, pair: httpx.Response) -> None:
        """Carry the tokens of a login or refresh from now on."""
        tokens = pair.json()
        self.carry(tokens["access_token"], tokens["refresh_token"])

    def carry(self, access_token: str, refresh_token: str) -> None:
        """Carry these tokens from now on."""
        self.access_token, self.refresh_token = access_token, refresh_token
        self.client.headers["Authorization"] = f"Bearer {self.access_token}"


async def add_signed_in(
    service: Service, new: NewAccount, password: str, *, notices: bool = True
) -> tuple[UUID, SignedIn]:
    """Add a verified account as operators do, and open its first session in the same transaction.

    A login over HTTP would come to the same, and takes three times as long as all the rest; it is tested where it
    belongs. Without `notices`, the person has switched off the mails about the marketplace, each of which takes as long
    as several requests.
    """
    services, identity = service.services, service.services.identity
    password_hash = await services.hasher.hash(password)
    client = AnonymousClient("127.0.0.1", _USER_AGENT, str(uuid4()))
    async with services.database.begin() as tx:
        user_id = await identity.registration.add(tx, new, password_hash=password_hash, is_verified=True)
        assert user_id is not None, f"{new.email} or {new.username} belongs to somebody"
        created = {"roles": sorted(new.roles)}
        await audit.record(tx, "account.created", client, subject=("user", user_id), data=created)
        user = await identity.users.find_locked(tx, user_id)
        assert user is not None
        opened = await identity.sessions.open_session(tx, client, user, provider=LOCAL)
        if not notices:
            await tx.execute(insert(core_table(NotificationPreferences)).values(_without_mails(service, user_id)))
    return user_id, identity.sessions.signed_in_or_challenged(opened)


def _without_mails(service: Service, user_id: UUID) -> NewPreferences:
    choices: dict[str, Choice] = {group.value: {"in_app": True, "mail": MailChannel.OFF} for group in NotificationGroup}
    now = service.clock.now()
    return {
        **DEFAULTS,
        "account_id": user_id,
        "choices": choices,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }


class Accounts:
    """Adds accounts to a service, or registers them over HTTP as people would."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._clients: list[httpx.AsyncClient] = []
        self._kept: dict[str, tuple[Account, datetime]] = {}

    async def register(
        self, role: Role = "HOMEOWNER", *, also: tuple[Role, ...] = (), password: str | None = None
    ) -> Account:
        """Register someone; the address is not verified and nobody is signed in."""
        username = unique(role.partition("_")[0].lower())
        secret = password or f"a long walk 7 {uuid4().hex}"
        account = Account(username, f"{username}@example.test", secret, role, self._open())
        person = {"full_name": "Some Body", "username": username, "email": account.email, "password": secret}
        answer = await account.client.post("/auth/register", json={**person, "roles": [role, *also]})
        assert answer.status_code == 202, answer.text
        return account

    async def make(
        self, role: Role = "HOMEOWNER", *, also: tuple[Role, ...] = (), password: str | None = None
    ) -> Account:
        """Return someone verified and signed in, for this test alone, whom nothing was mailed to.

        The account is added as an operator adds one: registering over HTTP is four requests and a mail, and is tested
        where it belongs.
        """
        return await self._add(role.partition("_")[0].lower(), "Some Body", (role, *also), password)

    async def sign_up(self, role: Role = "HOMEOWNER", *, also: tuple[Role, ...] = ()) -> Account:
        """Register someone over HTTP and follow the mailed link, which signs them in and leaves its events behind."""
        account = await self.register(role, also=also)
        await self.verify(account)
        return account

    async def verify(self, account: Account) -> None:
        """Follow the newest link that was mailed to somebody who has registered."""
        mail = await self._service.inbox.wait_for(account.email)
        body = {"token": mail.token, "password": account.password}
        answer = await account.client.post("/auth/verify-email", json=body)
        assert answer.status_code == 200, answer.text
        account.take(answer)

    async def move(self, account: Account) -> None:
        """Change the account's address as staff do, which leaves it unverified."""
        staff = await self.staff()
        found = await staff.client.get("/users", params={"q": account.email})
        (user,) = found.json()["items"]
        account.email = f"{unique('moved')}@example.test"
        whole = {name: user[name] for name in ("full_name", "username", "phone", "locale")}
        body = {**whole, "email": account.email}
        answer = await staff.client.put(f"/users/{user['id']}", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text

    async def login(self, account: Account) -> None:
        """Open a session for the account."""
        answer = await account.client.post("/auth/login", json={"login": account.email, "password": account.password})
        assert answer.status_code == 200, answer.text
        account.take(answer)

    async def homeowner(self) -> Account:
        """Return a verified homeowner shared by the tests of this worker, who leave the account itself alone."""
        return await self._shared("HOMEOWNER")

    async def provider(self) -> Account:
        """Return a verified provider shared by the tests of this worker, who leave the account itself alone."""
        return await self._shared("SERVICE_PROVIDER")

    async def staff(self, role: StaffRole = "STAFF_ADMIN") -> Account:
        """Return a member of staff, made as an operator makes one, shared by the tests of this worker."""
        return await self._shared(role)

    async def hire(self, *roles: str) -> Account:
        """Return somebody of the test's own with these roles, given as an operator gives them."""
        return await self._add("staff", "Some Staff", roles, None)

    async def close(self) -> None:
        """Close every client that was opened."""
        for client in self._clients:
            await client.aclose()

    async def _shared(self, role: Role | StaffRole) -> Account:
        now = self._service.clock.now()
        if role not in self._kept:
            match role:
                case "HOMEOWNER" | "SERVICE_PROVIDER":
                    made = await self.make(role)
                case _:
                    made = await self.hire(role)
            self._kept[role] = (made, now)
        account, since = self._kept[role]
        if now - since > _FRESH:
            await self.login(account)
            self._kept[role] = (account, now)
        return account

    async def _add(self, word: str, full_name: str, roles: tuple[str, ...], password: str | None) -> Account:
        username, secret = unique(word), password or f"a long walk 7 {uuid4().hex}"
        account = Account(username, f"{username}@example.test", secret, roles[0], self._open())
        new = NewAccount(account.email, full_name, username, roles=roles)
        _, tokens = await add_signed_in(self._service, new, secret)
        account.carry(tokens.access_token, tokens.refresh_token)
        return account

    def _open(self) -> httpx.AsyncClient:
        client = self._service.client()
        self._clients.append(client)
        return client
