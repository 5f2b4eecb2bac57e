"""Pictures that people upload: recognised by their first bytes, bounded by their header, and written anew elsewhere."""

import asyncio
import contextlib
import json
import re
import signal
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final, Protocol

RENDERING_PROGRAM: Final = Path(__file__).with_name("picture_rendering.py")
# Its exit status for what cannot be decoded, and the signals by which a decoder ends that a picture has led astray.
_UNREADABLE: Final = frozenset(
    {3, *(-number for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT))}
    | {-signal.SIGXCPU}
)
RENDERING_SECONDS: Final = 75.0
"""Limit of wall time: more than the CPU time of the program, as the machine may be busy, and less than a delivery."""
RENDITIONS: Final[Mapping[str, str]] = {
    f"{size}.{ending}": media
    for size in ("thumb", "card", "full")
    for ending, media in (("jpg", "image/jpeg"), ("webp", "image/webp"))
}
"""Names of the files that a picture is rendered to, with their media types."""
SIDE_MAX: Final = 20_000
_SIDE_MIN: Final = 16
# What a decoder may hold at a time. Pillow has four bytes for a pixel of several channels; a decoder of JPEG can
# divide both sides, one of WebP holds the picture three times.
_DECODED_BYTES_MAX: Final = 40_000_000
_JPEG_DECODED_BYTES: Final = 26_000_000
_JPEG_BUFFERED_BYTES_MAX: Final = 48_000_000
_PIXELS_MAX: Final = {"JPEG": 120_000_000, "PNG": 40_000_000, "WEBP": 3_500_000}
_DIVISORS: Final = (1, 2, 4, 8)
# Segments of a JPEG before its first scan, and chunks of a PNG before its pixels; cameras write some dozens.
_PARTS_MAX: Final = 2_000
# Scans of a JPEG: encoders write a dozen, and each is a pass over the whole picture, however few bytes it has.
_SCANS_MAX: Final = 100
# Chunks of a PNG in all, each of which is a step of a slow loop; encoders write one for 8 KiB.
_CHUNKS_MAX: Final = 10_000
_BLOCK_BYTES: Final = 64 * 1024
# Marker within the data of a scan: neither a byte that is stuffed, nor a restart, nor a fill byte.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
# Freed memory goes back at once, so that what one step needed is not there beside what the next one needs.
RENDERING_ENVIRONMENT: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
# Start of frame markers of JPEG (ITU-T T.81, table B.1); C4, C8 and CC among them are something else.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Bytes of a pixel of PNG in memory, by colour type.
_PNG_BYTES: Final = {0: 2, 2: 4, 3: 1, 4: 4, 6: 4}


class PictureFault(StrEnum):
    """Reason why a file is not accepted as a picture."""

    EMPTY = "EMPTY"
    UNSUPPORTED = "UNSUPPORTED"
    ANIMATED = "ANIMATED"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    UNREADABLE = "UNREADABLE"


class PictureRefused(Exception):
    """Raised for a file that is not accepted as a picture; its fault says why."""

    def __init__(self, fault: PictureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class PictureNotRendered(Exception):
    """Raised when rendering has failed for a reason that is not the picture's: it may succeed later."""


@dataclass(frozen=True, slots=True)
class PictureHead:
    """Format and size of a picture, as its header claims them, and how far a JPEG is made smaller while decoding."""

    kind: str
    width: int
    height: int
    divisor: int = 1


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """Size of a picture after its orientation was applied, and a BlurHash to show before it is loaded."""

    width: int
    height: int
    placeholder: str


class Pictures(Protocol):
    def inspect(self, file: IO[bytes]) -> PictureHead:
        """Read the header of a picture, without decoding it; raises PictureRefused."""
        ...

    async def render(self, source: Path, folder: Path) -> RenderedPicture:
        """Write the RENDITIONS of a picture into a folder; raises PictureRefused or PictureNotRendered."""
        ...


class ProcessPictures:
    """Renders one picture at a time, each in a process of its own: beside an interpreter, 64 MiB of memory at most."""

    def __init__(self, *, seconds: float = RENDERING_SECONDS) -> None:
        self._one = asyncio.Lock()
        self._seconds = seconds

    def inspect(self, file: IO[bytes]) -> PictureHead:
        file.seek(0)
        start = file.read(16)
        if not start:
            raise PictureRefused(PictureFault.EMPTY)
        file.seek(0)
        try:
            if start.startswith(b"\xff\xd8\xff"):
                head = _jpeg(file)
            elif start.startswith(b"\x89PNG\r\n\x1a\n"):
                head = _png(file)
            elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
                head = _webp(file)
            else:
                raise PictureRefused(PictureFault.UNSUPPORTED)
        except (struct.error, IndexError, ValueError) as error:
            raise PictureRefused(PictureFault.UNREADABLE) from error
        finally:
            file.seek(0)
        return head

    async def render(self, source: Path, folder: Path) -> RenderedPicture:
        head = await asyncio.to_thread(self._inspect_path, source)
        async with self._one:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", RENDERING_PROGRAM, source, head.kind, str(head.divisor), folder),
                env=RENDERING_ENVIRONMENT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(self._seconds):
                    said, _ = await process.communicate()
            except TimeoutError as error:
                raise PictureNotRendered(f"Rendering took more than {self._seconds:g} seconds.") from error
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode in _UNREADABLE:
            raise PictureRefused(PictureFault.UNREADABLE)
        if process.returncode != 0:
            raise PictureNotRendered(f"Rendering ended with status {process.returncode}.")
        known = json.loads(said)
        return RenderedPicture(known["width"], known["height"], known["placeholder"])

    def _inspect_path(self, source: Path) -> PictureHead:
        with source.open("rb") as file:
            return self.inspect(file)


def _jpeg(file: IO[bytes]) -> PictureHead:
    """Read on to the first scan, which tells whether the decoder has to hold all coefficients."""
    frame: tuple[int, bytes] | None = None
    for marker, body in _segments(file):
        if marker in _FRAMES:
            frame = marker, body
        elif marker == 0xDA and frame is not None:
            height, width, components = struct.unpack_from(">HHB", frame[1], 1)
            is_buffered = frame[0] not in {0xC0, 0xC1} or body[0] < components
            buffered = 2 * _samples(frame[1], width, height) if is_buffered else 0
            head = _of_jpeg(width, height, buffered)
            if is_buffered:
                _check_scans(file)
            return head
    raise PictureRefused(PictureFault.UNREADABLE)


def _segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Read the segments of a JPEG before its first scan, and that of the scan."""
    file.seek(2)
    for _ in range(_PARTS_MAX):
        first, marker = file.read(2)
        if first != 0xFF:
            break
        if marker == 0xFF:  # a fill byte
            file.seek(-1, 1)
        elif marker != 0x01 and not 0xD0 <= marker <= 0xD8:  # those are markers without a segment
            (length,) = struct.unpack(">H", file.read(2))
            yield marker, file.read(max(length - 2, 0))


def _check_scans(file: IO[bytes]) -> None:
    """Refuse a JPEG with more passes over the picture than any encoder makes; read on from the data of its first."""
    scans = 1
    for _ in range(_PARTS_MAX):
        marker = _next_marker(file)
        if marker in {None, 0xD9}:
            return
        scans += marker == 0xDA
        if scans > _SCANS_MAX:
            break
        length = file.read(2)
        file.seek(max(int.from_bytes(length) - 2, 0), 1)
    raise PictureRefused(PictureFault.UNREADABLE)


def _next_marker(file: IO[bytes]) -> int | None:
    """Return the next marker in the data of a scan, and stand behind it; None at the end of the file."""
    while len(block := file.read(_BLOCK_BYTES)) > 1:
        found = _MARKER.search(block)
        if found is not None:
            file.seek(found.end() - len(block), 1)
            return block[found.end() - 1]
        if len(block) == _BLOCK_BYTES:
            # The last byte may be the first of a marker.
            file.seek(-1, 1)
    return None


def _samples(frame: bytes, width: int, height: int) -> int:
    """Return the number of samples of all components, each of which may be smaller than the picture."""
    factors = [(frame[place + 1] >> 4, frame[place + 1] & 15) for place in range(6, 6 + 3 * frame[5], 3)]
    widest, highest = max(across for across, _ in factors), max(down for _, down in factors)
    if not widest or not highest:
        raise PictureRefused(PictureFault.UNREADABLE)
    return sum(width * height * across * down // (widest * highest) for across, down in factors)


def _of_jpeg(width: int, height: int, buffered: int) -> PictureHead:
    _check_size("JPEG", width, height)
    for divisor in _DIVISORS:
        decoded = 4 * -(-width // divisor) * -(-height // divisor)
        if decoded <= _JPEG_DECODED_BYTES and decoded + buffered <= _JPEG_BUFFERED_BYTES_MAX:
            return PictureHead("JPEG", width, height, divisor)
    raise PictureRefused(PictureFault.TOO_LARGE)


def _png(file: IO[bytes]) -> PictureHead:
    """Read the names of all chunks, which show an animation before the pixels."""
    file.seek(8)
    length, name = struct.unpack(">I4s", file.read(8))
    if name != b"IHDR" or length != 13:
        raise PictureRefused(PictureFault.UNREADABLE)
    width, height, _, colour = struct.unpack_from(">IIBB", file.read(13))
    _check_size("PNG", width, height)
    if width * height * _PNG_BYTES.get(colour, 4) > _DECODED_BYTES_MAX:
        raise PictureRefused(PictureFault.TOO_LARGE)
    file.seek(4, 1)
    has_pixels = False
    for number in range(_CHUNKS_MAX):
        chunk = file.read(8)
        if has_pixels and (len(chunk) < 8 or chunk[4:] == b"IEND"):
            return PictureHead("PNG", width, height)
        length, name = struct.unpack(">I4s", chunk)
        if name == b"acTL":
            raise PictureRefused(PictureFault.ANIMATED)
        has_pixels = has_pixels or name == b"IDAT"
        if not has_pixels and number >= _PARTS_MAX:
            break
        file.seek(length + 4, 1)
    raise PictureRefused(PictureFault.UNREADABLE)


def _webp(file: IO[bytes]) -> PictureHead:
    """Read the first chunk, which is the picture's own or that of the extended format (RFC 9649, section 2)."""
    name, _, head = struct.unpack_from("<4sI10s", file.read(30), 12)
    if name == b"VP8X":
        if head[0] & 0x02:
            raise PictureRefused(PictureFault.ANIMATED)
        width, height = (int.from_bytes(head[place : place + 3], "little") + 1 for place in (4, 7))
    elif name == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif name == b"VP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", head, 6))
    else:
        raise PictureRefused(PictureFault.UNREADABLE)
    _check_size("WEBP", width, height)
    return PictureHead("WEBP", width, height)


def _check_size(kind: str, width: int, height: int) -> None:
    if min(width, height) < 1:
        raise PictureRefused(PictureFault.UNREADABLE)
    if min(width, height) < _SIDE_MIN:
        raise PictureRefused(PictureFault.TOO_SMALL)
    if max(width, height) > SIDE_MAX or width * height > _PIXELS_MAX[kind]:
        raise PictureRefused(PictureFault.TOO_LARGE)
