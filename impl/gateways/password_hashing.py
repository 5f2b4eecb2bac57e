"""Password hashes: bcrypt over a peppered HMAC, computed in threads of low priority."""

import asyncio
import base64
import hashlib
import hmac
import logging
import os
import re
import secrets
import string
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, override

import bcrypt

from impl.kernel.secrets import derive
from impl.kernel.semaphore import PrioritySemaphore

_SCHEME = "hs384-bcrypt"
_THREADS = 2
_NICE = 10
# How long one hash takes, until the first ones have shown it: a quarter of a second at cost 12, twice that at 13.
_USUAL_SECONDS, _USUAL_COST = 0.25, 12
_BCRYPT_ALPHABET = "./" + string.ascii_letters + string.digits
_BCRYPT_DIGEST_LENGTH = 31
_BCRYPT = re.compile(rb"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
_REPORTED_MAX = 8
_log = logging.getLogger("hestami.passwords")


class PasswordHasher(Protocol):
    async def hash(self, password: str, *, preferred: bool = False) -> str:
        """Hash a password for storage, as text of at most 100 ASCII characters; raise Unavailable (503) in a rush.

        Raises ClientGone when the client leaves before it begins.

        `preferred` is for people who are signed in or come from a known device: they do not wait for strangers.
        """
        ...

    async def verify(self, password: str, stored: str | None, *, preferred: bool = False) -> bool:
        """Return whether the password is the stored one; raise Unavailable (503) in a rush.

        Without one, or with one that cannot be verified, the answer is False after the same time. Raises ClientGone
        when the client leaves before it begins; whoever counted the attempt takes it back.
        """
        ...

    def refuse_rush(self, *, preferred: bool) -> None:
        """Raise Unavailable (503) if a password that came now would wait too long."""
        ...

    def can_verify(self, stored: str) -> bool:
        """Return whether the hash was made with a pepper and by a scheme that are known here."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Return whether the hash was made with another cost or pepper than new ones are."""
        ...


class BcryptHasher(PasswordHasher):
    """Hashes as `hs384-bcrypt$<pepper id>$2b$<cost>$...`: bcrypt over base64(HMAC-SHA-384(pepper, password)).

    The HMAC gives 64 ASCII characters for any password, while bcrypt alone refuses more than 72 bytes; without the
    pepper, which is not in the database, nobody can guess at a stolen hash. Two threads at nice +10 leave the event
    loop its time; more threads would only make everybody wait longer.
    """

    def __init__(
        self, pepper: bytes, *, cost: int = 12, patience: float = 5.0, retired_peppers: Sequence[bytes] = ()
    ) -> None:
        """Take the peppers, the current one first; `patience` limits the wait for a thread, in seconds."""
        self._cost = cost
        self._current = _pepper_id(pepper)
        self._peppers = {_pepper_id(known): known for known in (*retired_peppers, pepper)}
        self._dummy = bcrypt.gensalt(cost) + _random_digest()
        self._threads = ThreadPoolExecutor(_THREADS, "password-hashing", initializer=_lower_priority)
        self._semaphore = PrioritySemaphore(
            _THREADS,
            patience=patience,
            usual=_USUAL_SECONDS * 2.0 ** (cost - _USUAL_COST),
            refusal="Too many people are signing in at this moment.",
        )
        self._reported: set[str] = set()

    @override
    async def hash(self, password: str, *, preferred: bool = False) -> str:
        prepared = _prepared(password, self._peppers[self._current])
        hashed = await self._run(lambda: bcrypt.hashpw(prepared, bcrypt.gensalt(self._cost)), preferred=preferred)
        return f"{_SCHEME}${self._current}{hashed.decode('ascii')}"

    @override
    async def verify(self, password: str, stored: str | None, *, preferred: bool = False) -> bool:
        if stored is None or not self.can_verify(stored):
            # Logged for the operator only, because an error would reveal that the account exists.
            if stored is not None:
                self._report(stored)
            prepared = _prepared(password, self._peppers[self._current])
            await self._run(lambda: bcrypt.checkpw(prepared, self._dummy), preferred=preferred, can_undo=True)
            return False
        pepper_id, hashed = _parts(stored)
        prepared = _prepared(password, self._peppers[pepper_id])
        return await self._run(lambda: bcrypt.checkpw(prepared, hashed), preferred=preferred, can_undo=True)

    @override
    def refuse_rush(self, *, preferred: bool) -> None:
        self._semaphore.refuse_rush(preferred=preferred)

    @override
    def can_verify(self, stored: str) -> bool:
        pepper_id, hashed = _parts(stored)
        return pepper_id in self._peppers and _BCRYPT.fullmatch(hashed) is not None

    @override
    def needs_rehash(self, stored: str) -> bool:
        pepper_id, hashed = _parts(stored)
        return pepper_id != self._current or not hashed.startswith(b"$2b$%02d$" % self._cost)

    def _report(self, stored: str) -> None:
        """Log once for each pepper or scheme: the hashes of a whole database are of the same one."""
        name, _ = _parts(stored)
        if name not in self._reported and len(self._reported) < _REPORTED_MAX:
            self._reported.add(name)
            _log.error(
                "passwords are stored that were hashed under another PASSWORD_PEPPER (id %s, this one is %s) or by"
                " another program: nobody can sign in with them until the right pepper is set, or they are reset",
                name or "unknown",
                self._current,
            )

    @property
    def waiting(self) -> int:
        """Return how many passwords wait for a thread."""
        return self._semaphore.waiting

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run[T](self, work: Callable[[], T], *, preferred: bool, can_undo: bool = False) -> T:
        entered_at = await self._semaphore.enter(preferred=preferred, can_undo=can_undo)
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        running.add_done_callback(lambda _: self._semaphore.leave(entered_at))
        # A thread cannot be stopped: it goes on for a client that has gone away, and its place is taken until the end.
        return await asyncio.shield(running)


def _pepper_id(pepper: bytes) -> str:
    return derive(pepper, "pepper-id")[:4].hex()


def _prepared(password: str, pepper: bytes) -> bytes:
    # Normalised, because keyboards compose the same character differently; case and spaces are kept.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(pepper, text, hashlib.sha384))


def _parts(stored: str) -> tuple[str, bytes]:
    """Return the id of the pepper and bcrypt's own hash; nothing of either for a scheme that is not ours."""
    scheme, _, rest = stored.partition("$")
    pepper_id, mark, hashed = rest.partition("$")
    if scheme != _SCHEME or not mark:
        return "", b""
    return pepper_id, b"$" + hashed.encode("ascii", "replace")


def _random_digest() -> bytes:
    """Generate a digest that no password matches, so that checking an unknown account costs as much as a known one."""
    return "".join(secrets.choice(_BCRYPT_ALPHABET) for _ in range(_BCRYPT_DIGEST_LENGTH)).encode("ascii")


def _lower_priority() -> None:
    # Linux has a nice value for each thread; elsewhere it would slow the whole process down.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
