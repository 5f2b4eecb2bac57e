"""Password hashes: bcrypt over a peppered HMAC, in threads that yield to everything else."""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import string
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, override

import bcrypt

from impl.kernel.errors import Unavailable
from impl.kernel.secrets import derive

_SCHEME = "hs384-bcrypt"
_THREADS = 2
_NICE = 10
# At cost 12 this is a queue of some ten seconds; whoever comes later is better told at once.
_WAITING_MAX = 80
_BCRYPT_ALPHABET = "./" + string.ascii_letters + string.digits
_BCRYPT_DIGEST_LENGTH = 31


class PasswordHasher(Protocol):
    async def hash(self, password: str) -> str:
        """Hash a password for storage, as text of at most 100 ASCII characters."""
        ...

    async def verify(self, password: str, stored: str | None) -> bool:
        """Return whether the password is the stored one; without one, return False after the same time."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Return whether the hash was made with another cost or pepper than new ones are."""
        ...


class BcryptHasher(PasswordHasher):
    """`hs384-bcrypt$<pepper id>$2b$<cost>$...`: bcrypt over base64(HMAC-SHA-384(pepper, password)).

    The HMAC gives 64 ASCII characters whatever the password's length and script, where bcrypt alone refuses more
    than 72 bytes; without the pepper, which is not in the database, a stolen hash cannot be guessed at.
    Two threads at nice +10 leave the event loop its time; more would only make everyone wait longer.
    """

    def __init__(self, pepper: bytes, *, cost: int = 12, retired_peppers: Sequence[bytes] = ()) -> None:
        self._cost = cost
        self._current = _pepper_id(pepper)
        self._peppers = {_pepper_id(known): known for known in (*retired_peppers, pepper)}
        self._dummy = bcrypt.gensalt(cost) + _random_digest()
        self._threads = ThreadPoolExecutor(_THREADS, "password-hashing", initializer=_step_back)
        self._waiting = 0

    @override
    async def hash(self, password: str) -> str:
        prepared = _prepared(password, self._peppers[self._current])
        hashed = await self._run(lambda: bcrypt.hashpw(prepared, bcrypt.gensalt(self._cost)))
        return f"{_SCHEME}${self._current}{hashed.decode('ascii')}"

    @override
    async def verify(self, password: str, stored: str | None) -> bool:
        if stored is None:
            prepared = _prepared(password, self._peppers[self._current])
            await self._run(lambda: bcrypt.checkpw(prepared, self._dummy))
            return False
        pepper_id, hashed = _parts(stored)
        pepper = self._peppers.get(pepper_id)
        if pepper is None:
            raise ValueError("a stored password was made with a pepper that is not configured any more")
        prepared = _prepared(password, pepper)
        return await self._run(lambda: bcrypt.checkpw(prepared, hashed))

    @override
    def needs_rehash(self, stored: str) -> bool:
        pepper_id, hashed = _parts(stored)
        return pepper_id != self._current or not hashed.startswith(b"$2b$%02d$" % self._cost)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run[T](self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING_MAX:
            raise Unavailable("Too many people are signing in at this moment.", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _pepper_id(pepper: bytes) -> str:
    return derive(pepper, "pepper-id")[:4].hex()


def _prepared(password: str, pepper: bytes) -> bytes:
    # Keyboards differ in how they compose the same character; case and spaces stay as they were typed.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(pepper, text, hashlib.sha384))


def _parts(stored: str) -> tuple[str, bytes]:
    scheme, _, rest = stored.partition("$")
    pepper_id, mark, hashed = rest.partition("$")
    if scheme != _SCHEME or not mark:
        raise ValueError("a stored password is of no scheme that this release knows")
    return pepper_id, b"$" + hashed.encode("ascii")


def _random_digest() -> bytes:
    """Generate the digest of no password: checking against it costs what a real check costs."""
    return "".join(secrets.choice(_BCRYPT_ALPHABET) for _ in range(_BCRYPT_DIGEST_LENGTH)).encode("ascii")


def _step_back() -> None:
    # Linux has a nice value for each thread; elsewhere it would slow down the whole process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
