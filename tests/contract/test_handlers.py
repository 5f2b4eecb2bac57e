"""A handler that is missing or of another type is found twice, by mypy and by the start, with the operation's name.

The real program is copied, its handlers are spoilt, and both are run on the copy.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness.databases import ROOT
from tests.harness.environment import clean_environment

_COPIED = ("generated", "impl", "openapi")
_START = "from impl.app import create_app; from impl.kernel.settings.service import Settings; create_app(Settings())"


@dataclass(frozen=True, slots=True)
class Method:
    """Method of a handler, with its place in its file."""

    name: str
    first: int
    last: int
    returns: str


def _handlers(tree: Path) -> list[Path]:
    return sorted(tree.glob("impl/*/*/handlers.py"))


def _methods(source: str) -> list[Method]:
    classes = [
        node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name.endswith("Handlers")
    ]
    assert len(classes) == 1
    return [
        Method(
            node.name,
            min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]),
            node.end_lineno or node.lineno,
            ast.unparse(node.returns) if node.returns else "",
        )
        for node in classes[0].body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


def _delete(source: str, method: Method) -> str:
    """Forget a handler."""
    lines = source.splitlines(keepends=True)
    del lines[method.first - 1 : method.last]
    return "".join(lines)


def _mistype(source: str, method: Method) -> str:
    """Let a handler return something that its operation does not list."""
    lines = source.splitlines(keepends=True)
    for number in range(method.first - 1, method.last):
        if f"-> {method.returns}:" in lines[number]:
            lines[number] = lines[number].replace(f"-> {method.returns}:", "-> int:")
            return "".join(lines)
    raise AssertionError(f"{method.name} has no return annotation on one line")


def _rename(source: str, method: Method) -> str:
    """Leave a handler over whose operation is gone: the contract knows it by another name."""
    return source.replace(f"async def {method.name}(", f"async def {method.name}_of_old(")


_SPOILERS: dict[str, Callable[[str, Method], str]] = {"delete": _delete, "mistype": _mistype, "rename": _rename}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Return a copy of the program, compiled as it is: only what a test changes is compiled anew."""
    for folder in _COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The tree is found by the working directory; on PYTHONPATH mypy would take it for a library and keep silent.
    environment = clean_environment(ENVIRONMENT="test", DATABASE_URL=f"sqlite+aiosqlite:///{tree}/none.db")
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def test_the_copy_starts_unless_it_is_spoilt(scratch: Path) -> None:
    started = _run(scratch, "-c", _START)
    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize(
    ("feature", "spoil"),
    list(zip(["marketplace/properties", "identity/sessions", "operations/audit"], _SPOILERS.values(), strict=True)),
    ids=_SPOILERS,
)
def test_the_program_does_not_start(scratch: Path, feature: str, spoil: Callable[[str, Method], str]) -> None:
    path = scratch / "impl" / feature / "handlers.py"
    source = path.read_text()
    method = _methods(source)[0]
    path.write_text(spoil(source, method))
    started = _run(scratch, "-c", _START)
    assert started.returncode != 0
    assert method.name in started.stderr.splitlines()[-1], started.stderr


def test_mypy_names_every_spoilt_operation(scratch: Path) -> None:
    """Spoil every feature at once, since mypy takes its time: delete its first handler, mistype the last one."""
    deleted: dict[str, Path] = {}
    mistyped: dict[str, Path] = {}
    for path in _handlers(scratch):
        source = path.read_text()
        methods = _methods(source)
        if len(methods) > 1:
            source = _mistype(source, methods[-1])
            mistyped[methods[-1].name] = path
        deleted[methods[0].name] = path
        path.write_text(_delete(source, methods[0]))
    # What mypy has read of libraries, and of all that is not spoilt, `make lint` need not read again, nor the next run.
    cache = f"--cache-dir={ROOT / '.cache' / 'mypy'}"
    checked = _run(scratch, "-m", "mypy", cache, "--no-error-summary", "--no-pretty", "impl/app.py")
    assert checked.returncode == 1, checked.stdout + checked.stderr
    for name in deleted:
        assert f'abstract attribute "{name}"' in checked.stdout, f"{name} was not missed:\n{checked.stdout}"
    for name, path in mistyped.items():
        wanted = f'Return type "Coroutine[Any, Any, int]" of "{name}" incompatible'
        place = str(path.relative_to(scratch))
        lines = [line for line in checked.stdout.splitlines() if line.startswith(place)]
        assert any(wanted in line for line in lines), f"{name} was not refused:\n{checked.stdout}"
