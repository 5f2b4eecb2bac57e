"""Files of photos, from the upload to the renditions of the worker, and the addresses at which these are shown."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from impl.gateways.pictures import RENDITIONS, PictureFault, PictureRefused, Pictures
from impl.gateways.storage import Storage, StoredContent, StoredFileMissing, delete_unnamed
from impl.kernel.clock import Clock
from impl.kernel.errors import InvalidInput
from impl.kernel.secrets import derive_link_token
from openapi.runtime.wire import FieldError

MEDIA_PATH: Final = "/media"
# A signed address is good for this long at least, and the same for some minutes, so that browsers find it again.
_GOOD_SECONDS: Final = 600
_SAME_SECONDS: Final = 300
_ORIGINALS: Final = "originals"
_PICTURES: Final = "photos"
_HASH_CHARACTERS: Final = 32
_CONTENT_HASH: Final = re.compile(f"[0-9a-f]{{{_HASH_CHARACTERS}}}")

_WORDS: Final = {
    PictureFault.EMPTY: "is empty",
    PictureFault.UNSUPPORTED: "must be a JPEG, PNG or WebP",
    PictureFault.ANIMATED: "must not be animated",
    PictureFault.TOO_SMALL: "must have at least 16 pixels on each side",
    PictureFault.TOO_LARGE: "has too many pixels",
    PictureFault.UNREADABLE: "cannot be read as a picture",
}


class Audience(StrEnum):
    """Audience of a signed address; one for the owner is worth nothing where staff alone may see the picture."""

    OWNER = "picture"
    STAFF = "picture for staff"
    RECIPIENT = "picture for a recipient"
    PARTY = "picture for a side of a thread"
    REVIEW_PARTY = "picture for a party of a reviewed job"


@dataclass(frozen=True, slots=True)
class Signature:
    """Signature as an address has it; nothing of it is to be trusted before its audience is known."""

    expires: str
    value: str
    party: str
    """Recipient of an inquiry, side of a thread or party of a job that the address is for; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Result of re-encoding a picture: the name of its content, and its properties."""

    content_hash: str
    width: int
    height: int
    placeholder: str


@dataclass(frozen=True, slots=True)
class ServedPicture:
    """Picture that the caller may see: its place in the storage, and the caches that may store it."""

    key: str
    media_type: str
    is_public: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPhoto:
    """Photo as others see it, with the address of each rendition."""

    id: UUID
    alt_text: str | None
    width: int
    height: int
    placeholder: str
    files: Mapping[str, str]


def original_key(photo_id: UUID) -> str:
    """Return the key under which an upload lies until it has been written anew."""
    return f"{_ORIGINALS}/{photo_id}"


def picture_key(photo_id: UUID, name: str) -> str:
    """Return the key of a rendition."""
    return f"{_PICTURES}/{photo_id}/{name}"


def media_type_of(content_hash: str, name: str) -> str | None:
    """Return the media type of what may be at this address, or None where nothing can be."""
    return RENDITIONS.get(name) if _CONTENT_HASH.fullmatch(content_hash) else None


class PictureFiles:
    """Files of pictures by the ids of their photos: the original until the worker has rendered it, then renditions."""

    def __init__(self, storage: Storage, pictures: Pictures) -> None:
        self._storage = storage
        self._pictures = pictures

    async def inspect(self, file: IO[bytes]) -> None:
        """Refuse at once what the header tells already to be no picture for us."""
        try:
            await asyncio.to_thread(self._pictures.inspect, file)
        except PictureRefused as refused:
            error = FieldError(refused.fault.lower(), _WORDS[refused.fault], pointer="/file")
            raise InvalidInput("The file is not accepted as a picture.", errors=[error]) from refused

    async def put_original(self, photo_id: UUID, file: IO[bytes]) -> None:
        await self._storage.put(original_key(photo_id), file)

    async def delete_original(self, photo_id: UUID) -> None:
        await self._storage.delete(original_key(photo_id))

    async def render(self, photo_id: UUID) -> Rendered:
        """Write the sizes of an original; raises PictureRefused."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            await self._fetch(original_key(photo_id), folder / "original")
            rendered = await self._pictures.render(folder / "original", folder)
            whole = hashlib.sha256(photo_id.bytes)
            for name in RENDITIONS:
                content = await asyncio.to_thread((folder / name).read_bytes)
                whole.update(content)
                await self._storage.put(picture_key(photo_id, name), content)
        return Rendered(
            content_hash=whole.hexdigest()[:_HASH_CHARACTERS],
            width=rendered.width,
            height=rendered.height,
            placeholder=rendered.placeholder,
        )

    async def open(self, key: str) -> StoredContent | None:
        """Begin to read a picture; None if its file has gone meanwhile."""
        try:
            return await self._storage.open(key)
        except StoredFileMissing:
            return None

    async def delete(self, photo_id: UUID) -> None:
        """Delete all files of a photo."""
        await self.delete_original(photo_id)
        for name in RENDITIONS:
            await self._storage.delete(picture_key(photo_id, name))

    def delete_orphans(
        self, *, named: Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
    ) -> AsyncGenerator[int, None]:
        """Delete originals that no photo waits for, step by step."""
        return delete_unnamed(self._storage, _ORIGINALS, named=named)

    async def delete_unnamed(self, exists: Callable[[UUID], Awaitable[bool]]) -> int:
        """Delete the renditions of photos that do not exist; return the number of files."""

        async def named(ids: Collection[UUID]) -> Collection[UUID]:
            return [one for one in ids if await exists(one)]

        return sum([number async for number in delete_unnamed(self._storage, _PICTURES, named=named)])

    async def _fetch(self, key: str, path: Path) -> None:
        try:
            content = await self._storage.open(key)
        except StoredFileMissing as missing:
            raise PictureRefused(PictureFault.UNREADABLE) from missing
        with await asyncio.to_thread(path.open, "wb") as file:
            async with aclosing(content.chunks) as chunks:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)


class PictureAddresses:
    """Addresses of renditions by the hash of the content: plain for everybody, or signed and good for some minutes."""

    def __init__(self, *, clock: Clock, secret_key: bytes, api_url: str) -> None:
        self._clock = clock
        self._secret_key = secret_key
        self._base = f"{api_url}{MEDIA_PATH}"

    def public(self, content_hash: str) -> Mapping[str, str]:
        """Return the address of each rendition, as everybody may have it."""
        return {name: f"{self._base}/{content_hash}/{name}" for name in RENDITIONS}

    def signed(self, content_hash: str, audience: Audience) -> Mapping[str, str]:
        """Return the address of each rendition for this audience alone."""
        return self._signed(content_hash, audience, "")

    def signed_for(
        self, party_id: UUID, content_hash: str, audience: Audience = Audience.RECIPIENT
    ) -> Mapping[str, str]:
        """Return the address of each rendition for one recipient of an inquiry, side of a thread or party of a job."""
        return self._signed(content_hash, audience, str(party_id))

    def audience_of(self, content_hash: str, signature: Signature) -> Audience | None:
        """Return whom an address is for whose signature is right and still good."""
        given = signature.value.encode("utf-8", "surrogateescape")
        for audience in Audience:
            expected = self._sign(content_hash, audience, signature.expires, signature.party)
            if compare_digest(expected.encode(), given):
                return audience if int(signature.expires) > self._clock.now().timestamp() else None
        return None

    def _signed(self, content_hash: str, audience: Audience, party: str) -> Mapping[str, str]:
        now = int(self._clock.now().timestamp())
        expires = str(now - now % _SAME_SECONDS + _SAME_SECONDS + _GOOD_SECONDS)
        query = f"?expires={expires}&signature={self._sign(content_hash, audience, expires, party)}"
        if party:
            query += f"&for={party}"
        return {name: f"{address}{query}" for name, address in self.public(content_hash).items()}

    def _sign(self, content_hash: str, audience: Audience, expires: str, party: str) -> str:
        return derive_link_token(self._secret_key, audience.value, content_hash, expires, party)
