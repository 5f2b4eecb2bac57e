"""The generated package of the sample contract equals golden/, whatever the hash seed and the folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openapi.codegen.__main__ import main

HERE = Path(__file__).parent
CONTRACT = HERE / "cases" / "library.yaml"
GOLDEN = HERE / "golden" / "library"
PACKAGE = "tests.codegen.golden.library"
ROOT = HERE.parents[1]


def arguments(output: Path) -> list[str]:
    return ["--contract", str(CONTRACT), "--output", str(output), "--package", PACKAGE]


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}


def test_the_output_is_golden(tmp_path: Path) -> None:
    """After a wanted change: `python -m openapi.codegen` with `arguments(GOLDEN)`, and read the difference."""
    assert main(arguments(tmp_path / "library")) == 0
    made, golden = texts(tmp_path / "library"), texts(GOLDEN)
    assert sorted(made) == sorted(golden)
    for name, text in golden.items():
        assert made[name] == text, f"{name} differs from golden/library"


def test_the_output_is_the_same_under_another_hash_seed(tmp_path: Path) -> None:
    output = tmp_path / "elsewhere"
    command = [sys.executable, "-m", "openapi.codegen", *arguments(output)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "4242"})
    assert texts(output) == texts(GOLDEN)


def test_check_tells_what_is_stale_missing_and_changed_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "library"
    assert main(arguments(output)) == 0
    assert main([*arguments(output), "--check"]) == 0
    (output / "routers" / "films.py").write_text("", encoding="utf-8")
    (output / "replies.py").unlink()
    (output / "models.py").write_text("changed", encoding="utf-8")
    assert main([*arguments(output), "--check"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "replies.py: missing",
        "routers/films.py: the contract does not ask for it",
        "models.py: out of date",
    ]
    assert (output / "models.py").read_text(encoding="utf-8") == "changed"


def test_generating_again_removes_what_is_stale_and_touches_only_what_changed(tmp_path: Path) -> None:
    output = tmp_path / "library"
    assert main(arguments(output)) == 0
    (output / "routers" / "films.py").write_text("", encoding="utf-8")
    (output / "models.py").write_text("changed", encoding="utf-8")
    before = (output / "replies.py").stat().st_mtime_ns
    assert main(arguments(output)) == 0
    assert texts(output) == texts(GOLDEN)
    assert (output / "replies.py").stat().st_mtime_ns == before


def test_only_ruff_formats() -> None:
    """Two formatters before it took a third of the generator's time."""
    templates = sorted((ROOT / "openapi" / "codegen" / "templates").glob("*.jinja2"))
    assert templates
    for template in templates:
        assert "# fmt: off\n# isort: off\n" in template.read_text(encoding="utf-8"), template.name
    for name, text in texts(GOLDEN).items():
        assert "fmt: off" not in text, name
