"""The rehearsal reads a Dockerfile as Docker does, and refuses instructions that it does not know."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.dockerfile_rehearsal import Ignored, Rehearsal, RehearsalError, instructions


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hestami-rehearsal-") as made:
        Path(made).chmod(0o755)
        (Path(made) / "context" / "kept").mkdir(parents=True)
        (Path(made) / "context" / ".dockerignore").write_text("*\n!kept\n")
        (Path(made) / "context" / "kept" / "a").write_text("a")
        (Path(made) / "context" / "left").write_text("left")
        (Path(made) / "build").mkdir()
        yield Path(made)


def _rehearsal(folder: Path, dockerfile: str) -> Path:
    path = folder / "Dockerfile"
    path.write_text(dockerfile)
    rehearsal = Rehearsal(folder / "context", folder / "build", cache=folder / "cache")
    return rehearsal.build(path).root


def test_continued_lines_are_one_and_comments_none() -> None:
    text = "# first\nRUN a \\\n    # between\n    && b\n\nenv A=1\n"
    assert list(instructions(text)) == [("RUN", "a && b"), ("ENV", "A=1")]


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("impl/app.py", False),
        ("impl/__pycache__/app.pyc", True),
        ("openapi/hestami.yaml", False),
        ("openapi/codegen/rule.py", True),
        ("README.md", True),
    ],
)
def test_the_last_pattern_decides(path: str, ignored: bool) -> None:
    assert Ignored("# all\n*\n!impl\n!openapi/hestami.yaml\n**/__pycache__\n").has(path) is ignored


def test_steps_happen_below_the_image_and_stages_hand_on(folder: Path) -> None:
    root = _rehearsal(
        folder,
        "FROM python:3.12-slim AS one\nENV WORD=said\nWORKDIR /build\nCOPY kept ./\nRUN echo $WORD > /build/b\n"
        "FROM python:3.12-slim\nCOPY --from=one /build /srv/here\n",
    )
    assert {path.name: path.read_text() for path in (root / "srv/here").iterdir()} == {"a": "a", "b": "said\n"}


@pytest.mark.parametrize(
    "step",
    [
        "ADD kept /srv",
        "COPY left /srv/",
        "COPY nothing /srv/",
        "COPY --chmod=755 kept /srv",
        "RUN exit 3",
        "RUN echo > /x",
        "RUN apt-get update && apt-get install --yes gcc",
    ],
)
def test_what_cannot_be_done_is_refused(folder: Path, step: str) -> None:
    with pytest.raises(RehearsalError):
        _rehearsal(folder, f"FROM python:3.12-slim\n{step}\n")


def test_only_the_interpreters_image_has_a_stand_in(folder: Path) -> None:
    with pytest.raises(RehearsalError, match="debian"):
        _rehearsal(folder, "FROM debian:12\n")
