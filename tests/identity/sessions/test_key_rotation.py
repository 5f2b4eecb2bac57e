"""A key rotation as docs/keys.md describes it, over two instances on one database, signs nobody out."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.harness.accounts import Accounts
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.service import Service, run_instance, run_service

if TYPE_CHECKING:
    from tests.harness.databases import Databases, Engine


def _keys(settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    told = {"ENVIRONMENT": "test", "DATABASE_URL": "sqlite+aiosqlite:///none.db", **settings}
    return run("impl.cli", "keys", *words, environment=clean_environment(**told))


def _printed(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Read the settings that a command printed, as a shell would."""
    assert done.returncode == 0, done.stderr
    words = shlex.split(done.stdout, comments=True)
    return dict(word.split("=", 1) for word in words)


class _Fleet:
    """Two instances over one database, restarted one after the other."""

    def __init__(self, first: Service, stack: AsyncExitStack) -> None:
        self._first = first
        self._stack = stack
        self._instances: list[tuple[Service, AsyncExitStack]] = []
        self.tokens: list[str] = []

    async def add(self, settings: dict[str, str]) -> Service:
        stack = await self._stack.enter_async_context(AsyncExitStack())
        first = self._first
        changes = {
            "api_url": first.settings.api_url,  # who issues the tokens: instances stand behind one address
            "jwt_keys": json.loads(settings["JWT_KEYS"]),
            "jwt_active_kid": settings["JWT_ACTIVE_KID"],
        }
        url = first.settings.database_url
        instance = await stack.enter_async_context(run_instance(first.engine, url, first.clock, first.inbox, **changes))
        self._instances.append((instance, stack))
        return instance

    async def roll_out(self, settings: dict[str, str]) -> None:
        """Exchange each instance for one with the new settings; people sign in and come by all the while."""
        for _ in range(len(self._instances)):
            await self.add(settings)
            _, oldest = self._instances.pop(0)
            await oldest.aclose()
            await self.use()

    async def use(self) -> None:
        """Sign in at each instance, and use every token that is out there at every instance."""
        for instance, _ in self._instances:
            accounts = Accounts(instance)
            self.tokens.append((await accounts.make()).access_token)
            await accounts.close()
        for instance, _ in self._instances:
            async with instance.client() as client:
                for token in self.tokens:
                    answer = await client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
                    assert answer.status_code == 200, f"signed out: {jwt.get_unverified_header(token)}"


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_keys_rotate_without_a_single_401(
    databases: Databases, engine: Engine, worker_id: str, algorithm: str
) -> None:
    async with run_service(databases, engine, f"rotation_{worker_id}") as first, AsyncExitStack() as stack:
        (old,) = first.settings.jwt_keys
        secret = first.settings.jwt_keys[old].key.get_secret_value()
        settings = {"JWT_KEYS": json.dumps({old: {"key": secret}}), "JWT_ACTIVE_KID": old}
        fleet = _Fleet(first, stack)
        for _ in range(2):
            await fleet.add(settings)
        await fleet.use()

        settings |= _printed(await asyncio.to_thread(_keys, settings, "generate", "--algorithm", algorithm))
        (new,) = set(json.loads(settings["JWT_KEYS"])) - {old}
        await fleet.roll_out(settings)
        assert {jwt.get_unverified_header(token)["kid"] for token in fleet.tokens} == {old}

        settings |= _printed(await asyncio.to_thread(_keys, settings, "activate", new))
        await fleet.roll_out(settings)
        assert jwt.get_unverified_header(fleet.tokens[-1])["kid"] == new

        # What the old key has signed is over by itself, and was refreshed before.
        first.clock.advance(timedelta(minutes=first.settings.access_token_minutes))
        fleet.tokens.clear()
        settings |= _printed(await asyncio.to_thread(_keys, settings, "retire", old))
        await fleet.roll_out(settings)
        assert set(json.loads(settings["JWT_KEYS"])) == {new}
        assert {jwt.get_unverified_header(token)["kid"] for token in fleet.tokens} == {new}


def test_a_key_that_was_active_because_it_was_the_only_one_stays_so() -> None:
    """With a second key in the ring, nobody could start without being told which one signs."""
    settings = {"JWT_KEYS": json.dumps({"only": {"key": "x" * 32}})}
    printed = _printed(_keys(settings, "generate"))
    assert len(json.loads(printed["JWT_KEYS"])) == 2
    assert printed["JWT_ACTIVE_KID"] == "only"


def _ring(**keys: Any) -> dict[str, str]:  # noqa: ANN401 - as JSON has it
    return {"JWT_KEYS": json.dumps(keys), "JWT_ACTIVE_KID": next(iter(keys))}


SECRET = {"algorithm": "HS256", "key": "Vb3-tests-sign-with-this-one-9f1c62d07e4a"}


@pytest.mark.parametrize(
    ("settings", "words", "told"),
    [
        (_ring(a=SECRET), ("activate", "b"), "the active key 'b' is not in the ring"),
        (_ring(a=SECRET), ("retire", "a"), "the active key 'a' is not in the ring"),
        (_ring(a=SECRET), ("retire", "b"), "The ring has no key b"),
        (_ring(a=SECRET, b=SECRET), ("list",), "'b' is the same key as 'a'"),
        (_ring(a=SECRET, b={"algorithm": "HS256", "key": "short"}), ("list",), "'b' is shorter than 32 bytes"),
        (_ring(a=SECRET, b={"algorithm": "ES256", "key": "no PEM at all"}), ("list",), "'b' is no PEM"),
        (_ring(**{"a b": SECRET}), ("list",), "is no name for a key"),
    ],
)
def test_a_mistake_is_told_before_anybody_can_set_it(
    settings: dict[str, str], words: tuple[str, ...], told: str
) -> None:
    done = _keys(settings, *words)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "JWT_" not in done.stdout
    assert SECRET["key"] not in done.stdout + done.stderr


def test_the_list_says_what_each_key_is_for_and_shows_none() -> None:
    settings = _ring(a=SECRET)
    settings |= _printed(_keys(settings, "generate", "--algorithm", "EdDSA"))
    (new,) = set(json.loads(settings["JWT_KEYS"])) - {"a"}
    assert _keys(settings, "list").stdout.splitlines() == ["a  HS256  signs", f"{new}  EdDSA  could sign"]
    settings |= _printed(_keys({**settings, "JWT_ACTIVE_KID": "a"}, "retire", new, "--keep-public"))
    listed = _keys(settings, "list").stdout
    assert listed.splitlines() == ["a  HS256  signs", f"{new}  EdDSA  verifies"]
    assert "PRIVATE" not in settings["JWT_KEYS"]
    refused = _keys(settings, "activate", new)
    assert (refused.returncode, "no private half" in refused.stderr) == (1, True)
