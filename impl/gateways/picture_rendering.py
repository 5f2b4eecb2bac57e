"""Program that decodes one picture and writes it anew in several sizes; a process of its own for each picture.

Decoders are written in C and read what strangers send. So none of them runs in the service or the worker: this program
has bounded memory and time, and what it decodes is bounded before. It is run by its path and imports nothing of ours.
"""

import errno
import json
import math
import resource
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import blurhash
from PIL import (
    ExifTags,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    PngImagePlugin,
    WebPImagePlugin,  # noqa: F401 - else Pillow imports the code of all its formats to find this one
)

UNREADABLE: Final = 3
"""Exit status for what cannot be decoded; an interpreter that fails ends with 1 or 2."""
# The disk is full, or may not be written to: that is not the picture's fault.
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EIO})
type Convert = Callable[[Image.Image], Image.Image]

# Longest side of each size. A picture that is smaller is not made larger.
SIZES: Final = {"full": 1920, "card": 800, "thumb": 320}
# The encoder of WebP needs up to 24 bytes for a pixel.
_PIXELS_MAX: Final = 2_400_000
CPU_SECONDS: Final = 60
# What one picture may cost beside the interpreter and its libraries: a decoder that wants more gets an error.
_PICTURE_BYTES: Final = 64 * 1024 * 1024
_FILE_BYTES: Final = 16 * 1024 * 1024
_TEXT_BYTES: Final = 1024 * 1024
# Rows that are converted at a time, so that no second picture of the full size is made.
_STRIP: Final = 64
# Lanczos looks at three pixels to each side, or at three times as many as one pixel of the result covers.
_REACH: Final = 3
_JPEG: Final[dict[str, Any]] = {"quality": 82, "optimize": True, "progressive": True}
_WEBP: Final[dict[str, Any]] = {"quality": 80, "method": 4}
_HASH_SIDE: Final = 32
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def render(source: Path, kind: str, divisor: int, folder: Path) -> dict[str, object]:
    """Write the sizes of a picture into a folder, as `full.jpg` and so on, and return its properties.

    A JPEG is decoded to a fraction of its size: `divisor` is 1, 2, 4 or 8.
    """
    picture = _upright(source, kind, divisor)
    known: dict[str, object] = {"width": picture.width, "height": picture.height}
    for name, side in SIZES.items():
        if max(picture.size) > side:
            picture = _resized(picture, side, _unchanged)
        picture.save(folder / f"{name}.jpg", "JPEG", **_JPEG)
        picture.save(folder / f"{name}.webp", "WEBP", **_WEBP)
    known["placeholder"] = _placeholder(picture)
    return known


def _upright(source: Path, kind: str, divisor: int) -> Image.Image:
    """Return the picture in its full size, and free the decoded image, which uses most of the memory."""
    with Image.open(source, formats=[kind]) as image:
        if divisor > 1:
            image.draft(None, (image.width // divisor, image.height // divisor))
        turn, profile = _orientation(image), image.info.get("icc_profile")
        image.load()
        whole = _resized(image, SIZES["full"], _plain)
    del image
    if turn in _TURNS:
        whole = whole.transpose(_TURNS[turn])
    return _in_srgb(whole, profile)


def _resized(image: Image.Image, side: int, convert: Convert) -> Image.Image:
    """Return the picture with this longest side at most, strip by strip."""
    scale = max(1.0, max(image.size) / side, math.sqrt(image.width * image.height / _PIXELS_MAX))
    width, height = (max(1, round(length / scale)) for length in image.size)
    ratio = image.height / height
    margin = math.ceil(_REACH * ratio) + 1
    result: Image.Image | None = None
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        first, last = top * ratio, bottom * ratio
        low, high = max(0, math.floor(first) - margin), min(image.height, math.ceil(last) + margin)
        strip = convert(image.crop((0, low, image.width, high)))
        box = (0, first - low, image.width, min(last, image.height) - low)
        strip = strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box)
        result = result or Image.new(strip.mode, (width, height))
        result.paste(strip, (0, top))
    if result is None:
        raise ValueError("a picture without rows")
    return result


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, grey or CMYK: on white where it is transparent, with 8 bits a channel."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"L", "RGB", "CMYK"} and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _unchanged(image: Image.Image) -> Image.Image:
    return image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - nobody promises that it can be read, and then the picture stands as it is
        return 1


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, which needs no profile; one that cannot be read is as if there were none."""
    if profile is not None:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            found = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            found = None
        if found is not None:
            return found
    return image if image.mode == "RGB" else image.convert("RGB")


def _placeholder(image: Image.Image) -> str:
    small = ImageOps.contain(image, (_HASH_SIDE, _HASH_SIDE))
    pixels = small.load()
    if pixels is None:
        raise ValueError("a picture without pixels")
    rows = [[pixels[x, y] for x in range(small.width)] for y in range(small.height)]
    encoded: str = blurhash.encode(rows, components_x=4, components_y=3)
    return encoded


def _data_bytes() -> int:
    """Return the memory of the process, as the system counts it for RLIMIT_DATA."""
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux, where RLIMIT_DATA bounds little
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with status.open(encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


def main() -> None:
    """Render the picture that the arguments name; the exit status is UNREADABLE when it cannot be decoded.

    Any other status but 0 says nothing of the picture: a library that is missing, or a disk that is full.
    """
    source, kind, divisor, folder = sys.argv[1:]
    data = _data_bytes() + _PICTURE_BYTES
    for what, soft, hard in (
        (resource.RLIMIT_DATA, data, data),
        # SIGXCPU at the soft limit tells the end of its time from a SIGKILL that others send.
        (resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 1),
        (resource.RLIMIT_FSIZE, _FILE_BYTES, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))
    # The caller has bounded the pixels by the header, and knows how many of them a format may have.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    PngImagePlugin.MAX_TEXT_MEMORY = _TEXT_BYTES
    try:
        known = render(Path(source), kind, int(divisor), Path(folder))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        sys.exit(UNREADABLE)
    json.dump(known, sys.stdout)


if __name__ == "__main__":
    main()
