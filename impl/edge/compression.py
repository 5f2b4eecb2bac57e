"""Compression of responses by `Accept-Encoding` (RFC 9110, section 12.5.3), of what anybody may read and no other.

Next to text that a request brings, the length of a compressed response tells of a secret in it, byte by byte (BREACH).
What is public holds none: the contract's operations with `x-cache: {scope: public}`, and documents.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from impl.edge.headers import add_headers
from openapi.runtime.routing import COMPRESSED, UNSENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Message, Send

    from impl.edge.headers import Header

type Coding = Literal["zstd", "gzip"]

# Below, headers and a packet take as long as what is saved.
BYTES_MIN: Final = 1024
CODINGS: Final[tuple[Coding, ...]] = ("zstd", "gzip")
VARY: Final = "Accept-Encoding"
_VARY: Final = ((b"vary", VARY.encode()),)
_GZIP_LEVEL: Final = 5
_GZIP_LEVEL_ONCE: Final = 9
_ZSTD_LEVEL: Final = 5
_ZSTD_LEVEL_ONCE: Final = 19
# Pages that many people read are compressed once in a process; these bound what is kept, at some 20 MB.
_KEPT: Final = 256
_KEPT_BYTES_MAX: Final = 64 * 1024
# Larger ones would keep the event loop from other requests for milliseconds.
_INLINE_BYTES_MAX: Final = 128 * 1024
_FIELD_MAX: Final = 256
_QUALITY: Final = re.compile(r"[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_COMPRESSIBLE: Final = re.compile(
    r"(?:text/(?!event-stream)[^;]+|application/(?:json|javascript|xml|yaml|[^;]+\+(?:json|xml))|image/svg\+xml)(?:\s*;.*)?"
)


@lru_cache(512)
def coding_of(accept_encoding: bytes | None) -> Coding | None:
    """Return the coding that the client prefers, the better one where it does not care; None for no coding."""
    if accept_encoding is None or len(accept_encoding) > _FIELD_MAX:
        return None
    qualities: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").split(","):
        name, _, parameter = part.partition(";")
        if found := _QUALITY.fullmatch(parameter.strip() or "q=1"):
            qualities[name.strip().lower()] = float(found[1])
    # What is named by itself counts for more than what stands for all.
    welcome = {coding: qualities[name] for coding in CODINGS for name in ("*", coding) if name in qualities}
    if not welcome:
        return None
    best = max(welcome, key=welcome.__getitem__)
    quality = welcome[best]
    return best if quality and quality >= qualities.get("identity", quality) else None


def is_compressible(media_type: str) -> bool:
    """Return whether a type shrinks: pictures, archives and papers are compressed already, and streams are not held."""
    return _COMPRESSIBLE.fullmatch(media_type) is not None


def compress(body: bytes, coding: Coding) -> bytes:
    """Compress for one response; the last ones are kept, since public pages are the same for many."""
    return _kept(body, coding) if len(body) <= _KEPT_BYTES_MAX else _compress(body, coding)


async def compress_aside(body: bytes, coding: Coding) -> bytes:
    """Compress, and keep the event loop from other requests for no longer than a moment."""
    return await asyncio.to_thread(compress, body, coding) if len(body) > _INLINE_BYTES_MAX else compress(body, coding)


def is_worth_it(body: bytes, media_type: str) -> bool:
    """Return whether a body is compressed where the client takes that."""
    return len(body) >= BYTES_MIN and is_compressible(media_type)


def accepted_coding(headers: Iterable[Header]) -> Coding | None:
    """Return the coding that the client prefers of a request's headers; None for no coding."""
    fields = [value for name, value in headers if name == b"accept-encoding"]
    return coding_of(b",".join(fields)) if fields else None


def compress_once(body: bytes, coding: Coding) -> bytes:
    """Compress content that is sent often, at the highest level; takes a second for a megabyte."""
    return _compress(body, coding, gzip_level=_GZIP_LEVEL_ONCE, zstd_level=_ZSTD_LEVEL_ONCE)


def tagged(etag: str, coding: Coding) -> str:
    """Return the ETag of the compressed form, which is another representation; conditions take it for the plain one."""
    return f'{etag[:-1]}-{coding}"'


class CompressedSend:
    """ASGI send that compresses a response which shared caches may keep, if it is whole, large enough and shrinks."""

    def __init__(self, send: Send, *, accept_encoding: bytes | None, is_head: bool) -> None:
        self._send = send
        self._accept_encoding = accept_encoding
        self._is_head = is_head
        self._held: tuple[Message, Coding] | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._held is None:
            await self._send(message)
        else:
            (start, coding), self._held = self._held, None
            if not message.get("more_body"):
                body = await compress_aside(message["body"], coding)
                message = {**message, "body": body}
                start["headers"] = [*_unmeasured(start, coding), (b"content-length", b"%d" % len(body))]
            await self._send(start)
            await self._send(message)

    async def _begin(self, start: Message) -> None:
        size, media_type = start.pop(UNSENT, (None, ""))
        ready: Coding | None = start.pop(COMPRESSED, None)
        lines: list[Header] = start["headers"]
        found = dict(lines)
        if ready is not None:
            start["headers"] = lines = _encoded(lines, ready)
            add_headers(lines, _VARY)
            await self._send(start)
            return
        if size is None and start["status"] == 200:
            size, media_type = (
                int(found.get(b"content-length", b"0")),
                found.get(b"content-type", b"").decode("latin-1"),
            )
        if size is None or size < BYTES_MIN or not _is_public(found) or not is_compressible(media_type):
            await self._send(start)
            return
        add_headers(lines, _VARY)
        coding = coding_of(self._accept_encoding)
        if coding is not None and start["status"] == 200 and not self._is_head:
            self._held = start, coding
            return
        if coding is not None:
            # Of what a GET would send, a HEAD tells all but the length, which only compressing finds out.
            start["headers"] = _unmeasured(start, coding)
        await self._send(start)


def _is_public(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"cache-control", b"").startswith(b"public") and b"content-encoding" not in headers


def _unmeasured(start: Message, coding: Coding) -> list[Header]:
    """Return the headers of the compressed form, whose length is another one; without its coding where none is sent."""
    lines = [line for line in start["headers"] if line[0] != b"content-length"]
    return _encoded(lines, coding, is_sent=start["status"] == 200)


def _encoded(lines: list[Header], coding: Coding, *, is_sent: bool = True) -> list[Header]:
    """Return the headers with the ETag of the compressed form, and its coding where its body is sent."""
    changed = [
        (name, tagged(value.decode("latin-1"), coding).encode("latin-1")) if name == b"etag" else (name, value)
        for name, value in lines
    ]
    return [*changed, (b"content-encoding", coding.encode())] if is_sent else changed


@lru_cache(_KEPT)
def _kept(body: bytes, coding: Coding) -> bytes:
    return _compress(body, coding)


def _compress(body: bytes, coding: Coding, *, gzip_level: int = _GZIP_LEVEL, zstd_level: int = _ZSTD_LEVEL) -> bytes:
    if coding == "zstd":
        return zstd.compress(body, zstd_level)
    return gzip.compress(body, gzip_level, mtime=0)
