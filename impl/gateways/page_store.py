"""Store of pages that processes share in Redis or Valkey."""

from __future__ import annotations

from hashlib import blake2b, sha256
from hmac import compare_digest
from typing import Final

from impl.gateways.redis_circuit import RedisCircuit

_SIGNATURE: Final = 16
_BYTES_MAX: Final = 256 * 1024


class PageStore:
    """Pages in Redis, each under one key and for a time: signed, so that nobody who reaches the server can forge one.

    All methods raise RedisOutage when the server does not answer.
    """

    def __init__(self, circuit: RedisCircuit, *, secret: bytes) -> None:
        self._circuit = circuit
        self._secret = sha256(b"pages\0" + secret).digest()

    def key(self, name: bytes) -> str:
        """Return the key of a page: a hash instead of what was searched for, tagged for one slot of a cluster."""
        return f"hestami:page:{{{blake2b(name, key=self._secret, digest_size=16).hexdigest()}}}"

    async def get(self, key: str) -> bytes | None:
        """Return the page, unless there is none or it was not stored by a process of ours."""
        found = await self._circuit.ask(lambda: self._circuit.client.get(key))
        if not isinstance(found, bytes):
            return None
        content = memoryview(found)[_SIGNATURE:]
        return bytes(content) if compare_digest(self._sign(key, content), found[:_SIGNATURE]) else None

    async def put(self, key: str, content: bytes, *, milliseconds: int) -> None:
        """Store a page for so long, unless it is too large to be worth it."""
        if len(content) <= _BYTES_MAX and milliseconds > 0:
            signed = self._sign(key, content) + content
            await self._circuit.ask(lambda: self._circuit.client.set(key, signed, px=milliseconds))

    def _sign(self, key: str, content: bytes | memoryview) -> bytes:
        signer = blake2b(key.encode("ascii"), key=self._secret, digest_size=_SIGNATURE)
        signer.update(content)
        return signer.digest()
