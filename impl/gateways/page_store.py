"""Store of pages that processes share in Redis or Valkey, and the leases by which one of them makes a page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b, sha256
from hmac import compare_digest
from typing import Final

from impl.gateways.redis_circuit import RedisCircuit

_SIGNATURE: Final = 16
_BYTES_MAX: Final = 256 * 1024
# Keys: the compressed page, where one is asked for, the plain one, and the lease. Arguments: the lease's milliseconds,
# and the signatures of pages that were found before and are of no use.
_FIND: Final = """
for place = 1, #KEYS - 1 do
  local page = redis.call('GET', KEYS[place])
  if page then
    local signature, is_useless = string.sub(page, 1, 16), false
    for other = 2, #ARGV do
      is_useless = is_useless or ARGV[other] == signature
    end
    if not is_useless then
      return {place, page}
    end
  end
end
if redis.call('SET', KEYS[#KEYS], '1', 'NX', 'PX', ARGV[1]) then
  return {0}
end
return {-1}
"""
# Keys: the page, and the lease, which ends with the page that it was for. Arguments: the page and its milliseconds.
_PUT: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
"""
_LEASED: Final = 0


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Page as a process has stored it; without content when it was none of ours."""

    content: bytes | None
    signature: bytes


class PageStore:
    """Pages in Redis with an expiry, signed so that somebody with access to the server cannot forge one.

    Beside a page are its compressed forms, and the lease of the process that makes it. All methods raise RedisOutage
    when the server does not answer.
    """

    def __init__(self, circuit: RedisCircuit, *, secret: bytes) -> None:
        self._circuit = circuit
        self._secret = sha256(b"pages\0" + secret).digest()
        self._find = circuit.script(_FIND)
        self._put = circuit.script(_PUT)

    def key(self, name: bytes) -> str:
        """Return the key of a page: a hash of its path and query, tagged for one slot of a cluster."""
        return f"hestami:page:{{{blake2b(name, key=self._secret, digest_size=16).hexdigest()}}}"

    async def find(
        self, key: str, coding: str | None, *, useless: Collection[bytes], lease_milliseconds: int
    ) -> StoredPage | bool:
        """Return the page, compressed if it is there in this coding, unless its signature is among the useless.

        Without one, return whether the caller has the lease to make it now, or another process has.
        """
        keys = [_place(key, None), _lease(key)] if coding is None else [_place(key, coding), key, _lease(key)]
        found = await self._circuit.ask(lambda: self._find(keys=keys, args=[lease_milliseconds, *useless]))
        place = found[0]
        if place <= _LEASED:
            return bool(place == _LEASED)
        stored, content = keys[place - 1], memoryview(found[1])[_SIGNATURE:]
        signature = bytes(found[1][:_SIGNATURE])
        is_ours = compare_digest(self._sign(stored, content), signature)
        return StoredPage(bytes(content) if is_ours else None, signature)

    async def put(self, key: str, content: bytes, *, milliseconds: int, coding: str | None = None) -> None:
        """Store a page for so long, unless it is too large to be worth it, and end the lease."""
        if len(content) > _BYTES_MAX or milliseconds <= 0:
            await self.release(key)
            return
        stored = _place(key, coding)
        signed = self._sign(stored, content) + content
        await self._circuit.ask(lambda: self._put(keys=[stored, _lease(key)], args=[signed, milliseconds]))

    async def release(self, key: str) -> None:
        """End the lease without a page, so that another process makes it at once."""
        await self._circuit.ask(lambda: self._circuit.client.delete(_lease(key)))

    def _sign(self, key: str, content: bytes | memoryview) -> bytes:
        signer = blake2b(key.encode("ascii"), key=self._secret, digest_size=_SIGNATURE)
        signer.update(content)
        return signer.digest()


def _place(key: str, coding: str | None) -> str:
    return key if coding is None else f"{key}:{coding}"


def _lease(key: str) -> str:
    return f"{key}:lease"
