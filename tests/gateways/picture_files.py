"""Files that claim to be pictures, as cameras, programs and attackers make them."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final, cast

from PIL import Image, ImageCms, PngImagePlugin

SECRET: Final = b"GPS-48.2082N-16.3738E"
_COLOURS: Final = ((200, 40, 40), (40, 200, 40), (40, 40, 200), (230, 230, 60))


def quarters(width: int = 640, height: int = 480) -> Image.Image:
    """Return a picture of four colours: red and green above blue and yellow."""
    image = Image.new("RGB", (width, height), _COLOURS[0])
    image.paste(_COLOURS[1], (width // 2, 0, width, height // 2))
    image.paste(_COLOURS[2], (0, height // 2, width // 2, height))
    image.paste(_COLOURS[3], (width // 2, height // 2, width, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    """Return the picture that costs an encoder most."""
    return Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **cast("dict[str, Any]", options))
    return file.getvalue()


def _turned(orientation: int) -> bytes:
    """Return the picture as a camera stores it that was held otherwise, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    return saved(quarters().transpose(turned), "JPEG", exif=exif, xmp=xmp, comment=SECRET, quality=95)


def _png_with_texts() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode(), zip=True)
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(quarters(), "PNG", pnginfo=texts, icc_profile=profile)


def _sixteen_bits() -> bytes:
    ramp = Image.frombytes(
        "I;16", (64, 64), b"".join(struct.pack("<H", 1024 * x) for _ in range(64) for x in range(64))
    )
    return saved(ramp, "PNG")


def _translucent() -> bytes:
    image = quarters().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    return saved(image, "PNG")


def _animated(kind: str) -> bytes:
    return saved(quarters(), kind, save_all=True, append_images=[quarters().rotate(180)], duration=100)


def _polyglot() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("page.html", "<script>" + SECRET.decode() + "</script>")
    return saved(quarters(), "JPEG", quality=95) + archive.getvalue() + b"<?php " + SECRET


def _png(width: int, height: int, colour: int, pixels: bytes) -> bytes:
    """Return a PNG whose header says what it likes."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)), (b"IDAT", zlib.compress(pixels))]
    body = b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in [*chunks, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _text_bomb() -> bytes:
    """Return a PNG whose text of some kilobytes unpacks to 64 megabytes."""
    content = b"Comment\x00\x00" + zlib.compress(bytes(64 * 1024 * 1024))
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    whole = saved(quarters(), "PNG")
    return whole[:33] + chunk + whole[33:]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def scanned(scans: int) -> bytes:
    """Return a progressive JPEG of 12 by 12 blocks whose scans say of all blocks at once that nothing is in them."""
    one_code = bytes([1, *bytes(15)])
    frame = _segment(0xC2, struct.pack(">BHHB", 8, 96, 96, 1) + bytes([1, 0x11, 0]))
    tables = _segment(0xDB, bytes([0, *[1] * 64])) + _segment(0xC4, b"\x00" + one_code + b"\x00")
    # A run of blocks that end, of 128 to 255.
    tables += _segment(0xC4, b"\x10" + one_code + b"\x70")
    first = _segment(0xDA, bytes([1, 1, 0, 0, 0, 1])) + bytes(144 // 8)
    # The comment holds what would be the end of the picture elsewhere.
    again = _segment(0xFE, b"\xff\xd9") + _segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + b"\x10\x7f"
    return b"\xff\xd8" + tables + frame + first + again * (scans - 1) + b"\xff\xd9"


def chunked(number: int) -> bytes:
    """Return a PNG with so many chunks without pixels among those that have some."""
    whole = saved(quarters(), "PNG")
    place = whole.index(b"IDAT") - 4
    return whole[:place] + (bytes(4) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))) * number + whole[place:]


def _many_pictured() -> bytes:
    """Return the JPEG of a camera that holds more pictures, each with the place, among a thousand segments."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    whole = saved(quarters(), "MPO", save_all=True, append_images=[quarters()] * 9, exif=exif, quality=95)
    return whole[:2] + _segment(0xE4, SECRET) * 1_000 + whole[2:]


def _jpeg_claiming(width: int, height: int) -> bytes:
    whole = bytearray(saved(quarters(), "JPEG"))
    place = whole.index(b"\xff\xc0") + 5
    struct.pack_into(">HH", whole, place, height, width)
    return bytes(whole)


# Clean pictures come of these.
CLEAN: Final[dict[str, Callable[[], bytes]]] = {
    "a plain JPEG": lambda: saved(quarters(), "JPEG", quality=95),
    "a progressive JPEG": lambda: saved(quarters(), "JPEG", quality=95, progressive=True),
    "a JPEG upside down": lambda: _turned(3),
    "a JPEG on its side": lambda: _turned(6),
    "a CMYK JPEG": lambda: saved(quarters().convert("CMYK"), "JPEG", quality=95),
    "a JPEG that is a ZIP archive too": _polyglot,
    "a JPEG of ten pictures and a thousand segments": _many_pictured,
    "a PNG with texts and a profile": _png_with_texts,
    "an interlaced palette PNG": lambda: saved(quarters().quantize(8), "PNG", interlace=1),
    "a lossy WebP": lambda: saved(quarters(), "WEBP", quality=90),
    "a lossless WebP with transparency": lambda: saved(quarters().convert("RGBA"), "WEBP", lossless=True, exif=SECRET),
}
# These are pictures of another content than the quarters.
OTHER: Final[dict[str, tuple[Callable[[], bytes], tuple[int, int, int]]]] = {
    "a PNG of 16 bits": (_sixteen_bits, (127, 127, 127)),
    "a transparent PNG": (_translucent, (255, 255, 255)),
    "a grey PNG with transparency": (lambda: saved(Image.new("LA", (64, 64), (0, 128)), "PNG"), (127, 127, 127)),
    "a picture of two tones": (lambda: saved(Image.new("1", (64, 64), 1), "PNG"), (255, 255, 255)),
}
# These are refused by their first bytes and their header, and for this reason.
REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "nothing": (lambda: b"", "EMPTY"),
    "a text": (lambda: b"not a picture at all", "UNSUPPORTED"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "UNSUPPORTED"),
    "an HTML page": (lambda: b"<!doctype html><script>1</script>", "UNSUPPORTED"),
    "a GIF": (lambda: saved(quarters(), "GIF"), "UNSUPPORTED"),
    "a TIFF": (lambda: saved(quarters(), "TIFF"), "UNSUPPORTED"),
    "a HEIC": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "UNSUPPORTED"),
    "an animated PNG": (lambda: _animated("PNG"), "ANIMATED"),
    "an animated WebP": (lambda: _animated("WEBP"), "ANIMATED"),
    "a PNG of 10 gigapixels": (lambda: _png(100_000, 100_000, 2, b""), "TOO_LARGE"),
    "a PNG of 16 megapixels": (lambda: _png(4_000, 4_000, 2, bytes(1000)), "TOO_LARGE"),
    "a JPEG of 4 gigapixels": (lambda: _jpeg_claiming(65_000, 65_000), "TOO_LARGE"),
    "a large WebP": (lambda: saved(Image.new("RGB", (4_000, 1_200)), "WEBP", lossless=True, method=0), "TOO_LARGE"),
    "a line of pixels": (lambda: saved(Image.new("RGB", (2_000, 1)), "PNG"), "TOO_SMALL"),
    "a JPEG without a scan": (lambda: saved(quarters(), "JPEG")[:100], "UNREADABLE"),
    "a PNG without pixels": (lambda: saved(quarters(), "PNG")[:33], "UNREADABLE"),
    "the first bytes of a WebP": (lambda: saved(quarters(), "WEBP")[:20], "UNREADABLE"),
    "the first bytes of a JPEG": (lambda: b"\xff\xd8\xff", "UNREADABLE"),
    "a JPEG of 10,000 segments": (
        lambda: b"\xff\xd8" + _segment(0xE1, b"") * 10_000 + saved(quarters(), "JPEG")[2:],
        "UNREADABLE",
    ),
    "a JPEG that is passed over 101 times": (lambda: scanned(101), "UNREADABLE"),
    "a JPEG of 2,000 segments after its first scan": (
        lambda: scanned(2)[:-2] + _segment(0xFE, b"") * 2_000 + b"\xff\xd9",
        "UNREADABLE",
    ),
    "a PNG of 10,000 chunks": (lambda: chunked(10_000), "UNREADABLE"),
    "a JPEG of fill bytes": (lambda: b"\xff\xd8" + b"\xff" * 100_000, "UNREADABLE"),
}
# Only decoding tells that these are none.
BROKEN: Final[dict[str, Callable[[], bytes]]] = {
    "a truncated JPEG": lambda: saved(quarters(), "JPEG", quality=95)[:-2000],
    "a truncated PNG": lambda: saved(noise(64, 64), "PNG")[:-2000],
    "a truncated WebP": lambda: saved(noise(64, 64), "WEBP")[:-500],
    "a PNG whose pixels are not there": lambda: _png(3_000, 3_000, 2, b""),
    "a PNG with a bomb of text": _text_bomb,
}
