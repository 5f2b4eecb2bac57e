"""Pictures are refused clearly or written anew without metadata, in a bounded amount of memory."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from impl.gateways import picture_rendering, pictures
from impl.gateways.pictures import RENDITIONS, PictureNotRendered, PictureRefused, ProcessPictures, RenderedPicture
from impl.kernel import outbox
from tests.gateways.picture_files import BROKEN, CLEAN, OTHER, REFUSED, SECRET, chunked, noise, quarters, saved, scanned

MOST_MEBIBYTES = 64


async def rendered(tmp_path: Path, content: bytes) -> RenderedPicture:
    source, folder = tmp_path / "source", tmp_path / "folder"
    source.write_bytes(content)
    folder.mkdir()
    return await ProcessPictures().render(source, folder)


@pytest.mark.parametrize("make", CLEAN.values(), ids=CLEAN)
async def test_what_is_a_picture_comes_out_upright_and_clean(tmp_path: Path, make: Callable[[], bytes]) -> None:
    known = await rendered(tmp_path, make())

    assert (known.width, known.height) == (640, 480)
    assert 6 < len(known.placeholder) < 60
    for name in RENDITIONS:
        content = (tmp_path / "folder" / name).read_bytes()
        assert SECRET not in content
        with Image.open(io.BytesIO(content)) as image:
            assert image.format == {"jpg": "JPEG", "webp": "WEBP"}[name.rpartition(".")[2]]
            assert image.info.keys().isdisjoint({"exif", "icc_profile", "xmp", "comment"})
            assert not image.getexif()
            assert max(image.size) == (320 if name.startswith("thumb") else 640)
            assert _corners(image) == ["red", "green", "blue", "yellow"]


def _corners(image: Image.Image) -> list[str]:
    width, height = image.size
    names = []
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        box = (int(width * x), int(height * y), int(width * x) + 1, int(height * y) + 1)
        red, green, blue = (level > 120 for level in image.convert("RGB").crop(box).tobytes())
        names.append({(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 0): "yellow"}[red, green, blue])
    return names


@pytest.mark.parametrize(("make", "colour"), OTHER.values(), ids=OTHER)
async def test_rare_kinds_of_pixels_keep_their_tone(
    tmp_path: Path, make: Callable[[], bytes], colour: tuple[int, int, int]
) -> None:
    await rendered(tmp_path, make())
    with Image.open(tmp_path / "folder" / "full.jpg") as image:
        found = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))

    assert found == pytest.approx(colour, abs=4)


@pytest.mark.parametrize(("make", "fault"), REFUSED.values(), ids=REFUSED)
def test_what_is_none_is_refused_by_its_header(make: Callable[[], bytes], fault: str) -> None:
    with pytest.raises(PictureRefused) as raised:
        ProcessPictures().inspect(io.BytesIO(make()))

    assert raised.value.fault == fault


def test_what_encoders_write_is_not_too_much() -> None:
    found = ProcessPictures()
    assert found.inspect(io.BytesIO(scanned(100) + b"\xff\xda" * 10_000)).kind == "JPEG"
    assert found.inspect(io.BytesIO(chunked(5_000))).kind == "PNG"


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
async def test_what_cannot_be_decoded_is_refused(tmp_path: Path, make: Callable[[], bytes]) -> None:
    content = make()
    ProcessPictures().inspect(io.BytesIO(content))
    with pytest.raises(PictureRefused) as raised:
        await rendered(tmp_path, content)

    assert raised.value.fault == "UNREADABLE"


async def test_a_program_that_fails_by_itself_refuses_no_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureNotRendered):
        await ProcessPictures(seconds=0).render(_kept(tmp_path), tmp_path)
    with pytest.raises(PictureNotRendered):
        await ProcessPictures().render(_kept(tmp_path), tmp_path / "a folder that is not there")


def test_a_rendering_is_given_up_before_its_delivery_is() -> None:
    assert picture_rendering.CPU_SECONDS < pictures.RENDERING_SECONDS < outbox.DELIVERY.total_seconds()


def _kept(tmp_path: Path) -> Path:
    source = tmp_path / "picture"
    source.write_bytes(saved(quarters(), "JPEG"))
    return source


def test_no_format_is_loaded_that_no_picture_has(tmp_path: Path) -> None:
    """Load no decoder in vain: a stranger's file may reach each of them, and loading all was half of a rendering."""
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-I", pictures.RENDERING_PROGRAM),
            *(_kept(tmp_path), "JPEG", "1", tmp_path / "folder"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PIL.WebPImagePlugin" in done.stderr
    assert "PIL.PdfImagePlugin" not in done.stderr
    assert "PIL.TiffImagePlugin" not in done.stderr


async def test_a_large_picture_is_made_smaller_and_a_small_one_stays(tmp_path: Path) -> None:
    wide = await rendered(tmp_path, saved(quarters(4800, 1200), "JPEG"))

    assert (wide.width, wide.height) == (1920, 480)
    with Image.open(tmp_path / "folder" / "card.webp") as card, Image.open(tmp_path / "folder" / "thumb.jpg") as thumb:
        assert (card.size, thumb.size) == ((800, 200), (320, 80))


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Return the memory that the program needs for a small picture, in MiB."""
    return _peak(tmp_path_factory.mktemp("small"), saved(quarters(32, 32), "JPEG"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: saved(noise(2900, 2200), "JPEG", quality=90, subsampling=0),
        lambda: saved(noise(2000, 1500), "JPEG", quality=70, progressive=True),
        lambda: saved(quarters(8000, 6000), "JPEG"),
        lambda: saved(noise(3600, 2750).convert("RGBA"), "PNG", compress_level=0),
        lambda: saved(noise(2200, 1590), "WEBP", method=0),
    ],
    ids=["a JPEG", "a progressive JPEG", "48 megapixels", "a transparent PNG", "a WebP"],
)
def test_one_picture_costs_bounded_memory(tmp_path: Path, least: float, make: Callable[[], bytes]) -> None:
    assert _peak(tmp_path, make()) - least <= MOST_MEBIBYTES


def _peak(tmp_path: Path, content: bytes) -> float:
    """Return the most memory that the program has held while it rendered a picture, in MiB."""
    source = tmp_path / "source"
    source.write_bytes(content)
    head = ProcessPictures().inspect(io.BytesIO(content))
    measured = (
        "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__');"
        "print(); print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            measured,
            pictures.RENDERING_PROGRAM,
            source,
            head.kind,
            str(head.divisor),
            tmp_path,
        ],
        env=pictures.RENDERING_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-2]) / 1024
