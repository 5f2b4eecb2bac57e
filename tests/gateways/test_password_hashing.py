"""Password hashes depend on every character and the pepper, and hashing does not block other work."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import sys
import threading
import unicodedata
from collections.abc import Iterator

import bcrypt
import pytest

from impl.gateways.password_hashing import BcryptHasher
from impl.kernel.errors import Unavailable
from tests.harness.hashing import BlockedHashing, Hashing
from tests.harness.patience import PATIENCE

PEPPER = b"pepper" * 8


@pytest.fixture
def hasher() -> Iterator[BcryptHasher]:
    made = BcryptHasher(PEPPER, cost=4)
    yield made
    made.close()


@pytest.mark.parametrize(
    "password",
    [
        "Passw0rd",
        "пароль" * 10 + "1234",
        "パスワード１２３四" * 7,
        "a1" + "x" * 126,
        " lead1ng and trailing ",
        "nul\x00byte1",
        "\ud800a1",
    ],
)
async def test_a_password_of_any_script_and_length_is_known_again(hasher: BcryptHasher, password: str) -> None:
    stored = await hasher.hash(password)
    assert await hasher.verify(password, stored)
    for other in (password[:-1], password[:-1] + "!", password + " ", password.swapcase()):
        if other != password:
            assert not await hasher.verify(other, stored)


async def test_the_last_of_64_characters_counts(hasher: BcryptHasher) -> None:
    stored = await hasher.hash("ü" * 63 + "1")
    assert not await hasher.verify("ü" * 63 + "2", stored)


async def test_the_same_characters_composed_otherwise_are_the_same_password(hasher: BcryptHasher) -> None:
    stored = await hasher.hash(unicodedata.normalize("NFC", "Größe1é"))
    assert await hasher.verify(unicodedata.normalize("NFD", "Größe1é"), stored)


async def test_what_is_stored_names_its_scheme_and_is_salted(hasher: BcryptHasher) -> None:
    first, second = await hasher.hash("Passw0rd"), await hasher.hash("Passw0rd")
    assert first != second
    assert first.startswith("hs384-bcrypt$")
    assert "$2b$04$" in first
    assert len(first) <= 100
    assert first.isascii()


async def test_the_pepper_is_needed(hasher: BcryptHasher) -> None:
    stored = await hasher.hash("Passw0rd")
    plain = stored[stored.index("$2b$") :].encode()
    assert not bcrypt.checkpw(b"Passw0rd", plain)
    other = BcryptHasher(b"other" * 8, cost=4)
    assert not await other.verify("Passw0rd", stored)
    assert not other.can_verify(stored)
    other.close()


async def test_a_retired_pepper_still_verifies_and_asks_for_a_new_hash(hasher: BcryptHasher) -> None:
    stored = await hasher.hash("Passw0rd")
    newer = BcryptHasher(b"newer" * 8, cost=4, retired_peppers=[PEPPER])
    assert await newer.verify("Passw0rd", stored)
    assert newer.needs_rehash(stored)
    assert not newer.needs_rehash(await newer.hash("Passw0rd"))
    newer.close()


async def test_another_cost_asks_for_a_new_hash(hasher: BcryptHasher) -> None:
    stored = await hasher.hash("Passw0rd")
    assert not hasher.needs_rehash(stored)
    dearer = BcryptHasher(PEPPER, cost=5)
    assert dearer.needs_rehash(stored)
    assert await dearer.verify("Passw0rd", stored)
    dearer.close()


@pytest.mark.parametrize("stored", ["", "plain", "$2b$04$abc", "md5$x$2b$04$", "hs384-bcrypt$"])
async def test_a_hash_that_cannot_be_verified_is_as_much_work_as_any_and_told_to_the_operator_once(
    hashing: Hashing, caplog: pytest.LogCaptureFixture, stored: str
) -> None:
    hasher = BcryptHasher(PEPPER, cost=5)
    hashing.clear()
    for _ in range(2):
        assert not await hasher.verify("Passw0rd", stored)
    assert hashing == [("checkpw", 5)] * 2
    assert [record.levelname for record in caplog.records if "PASSWORD_PEPPER" in record.message] == ["ERROR"]
    hasher.close()


async def test_an_unknown_account_is_as_much_work_as_a_wrong_password(hashing: Hashing) -> None:
    hasher = BcryptHasher(PEPPER, cost=5)
    stored = await hasher.hash("Passw0rd")
    hashing.clear()
    assert not await hasher.verify("wrong", stored)
    assert not await hasher.verify("wrong", None)
    assert hashing == [("checkpw", 5), ("checkpw", 5)]
    hasher.close()


async def test_two_threads_work_and_the_loop_goes_on() -> None:
    others = set(threading.enumerate())  # services that tests share hash in this process too
    hasher = BcryptHasher(PEPPER, cost=8)
    hashing = asyncio.gather(*(hasher.hash("Passw0rd") for _ in range(8)))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    await hashing
    assert turns > 100
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("password-hashing")]
    threads = [thread for thread in threads if thread not in others]
    assert 1 <= len(threads) <= 2
    if sys.platform == "linux":
        assert {os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) for thread in threads} == {10}
    hasher.close()


async def test_whoever_would_wait_too_long_is_refused_and_told_when_to_come_back(
    blocked: BlockedHashing,
) -> None:
    hasher = BcryptHasher(PEPPER, cost=4, patience=0.00125)
    busy = [asyncio.create_task(hasher.hash("Passw0rd")) for _ in range(2)]
    await blocked.wait_for(2)
    for is_preferred in (False, True):
        crowd = (hasher.verify("x", None, preferred=is_preferred) for _ in range(8))
        refused = await asyncio.gather(*crowd, return_exceptions=True)
        assert {type(one) for one in refused} == {Unavailable}
        assert {one.headers["Retry-After"] for one in refused if isinstance(one, Unavailable)} == {"1"}
    blocked.let_through(100)
    assert len(await asyncio.gather(*busy)) == 2
    assert await hasher.verify("x", None) is False
    hasher.close()


async def test_people_who_are_known_do_not_wait_for_strangers(blocked: BlockedHashing) -> None:
    hasher = BcryptHasher(PEPPER, cost=4, patience=PATIENCE)
    strangers = [asyncio.create_task(hasher.hash(f"strange {number}")) for number in range(20)]
    await blocked.wait_for(2)
    known = asyncio.create_task(hasher.hash("known", preferred=True))
    await asyncio.sleep(0)
    blocked.let_through(1)
    await blocked.wait_for(1)
    assert blocked.begun[2] == _given_to_bcrypt("known")
    blocked.let_through(100)
    await asyncio.gather(known, *strangers)
    hasher.close()


async def test_a_thread_is_taken_until_its_hash_is_made_though_the_client_is_gone(
    blocked: BlockedHashing,
) -> None:
    """Else the next ones would wait in the threads' own queue, in which nobody goes first."""
    hasher = BcryptHasher(PEPPER, cost=4, patience=PATIENCE)
    gone = [asyncio.create_task(hasher.hash("gone")) for _ in range(2)]
    await blocked.wait_for(2)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    later = asyncio.create_task(hasher.hash("later"))
    first = asyncio.create_task(hasher.hash("first", preferred=True))
    await asyncio.sleep(0)
    blocked.let_through(1)
    await blocked.wait_for(1)
    assert blocked.begun[2] == _given_to_bcrypt("first")
    blocked.let_through(100)
    await asyncio.gather(first, later)
    hasher.close()


def _given_to_bcrypt(password: str) -> bytes:
    return base64.b64encode(hmac.digest(PEPPER, password.encode(), hashlib.sha384))
