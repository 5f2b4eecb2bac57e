"""Build of the clients: once for all workers, and again only when their sources have changed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.harness.databases import ROOT
from tests.harness.node import prepare

CONTRACT = ROOT / "openapi" / "hestami.yaml"
GUIDE = [*sorted((ROOT / "docs").glob("clients*.md")), ROOT / "docs" / "webhooks.md"]
TYPESCRIPT = ROOT / "clients" / "typescript"
PYTHON = ROOT / "clients" / "python"
_CACHE = ROOT / ".cache" / "clients"
_SITE = _CACHE / "python"
_ENVIRONMENT = _CACHE / "environment"
_PYTHON_LOCK = ROOT / "requirements" / "clients.txt"
_PINS = [TYPESCRIPT / name for name in ("package.json", "package-lock.json", ".npmrc")]
_STRIP = """
const ts = require('./clients/typescript/node_modules/typescript');
const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
process.stdout.write(ts.transpileModule(process.argv[1], { compilerOptions }).outputText);
"""


class Unmade(Exception):
    """Raised when a tool fails to build a client; the message is the tool's output."""


def run(*command: str | Path, within: Path = ROOT, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a command and return what it wrote; its words are the error when it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=within,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unmade(f"{command[0]} {' '.join(map(str, command[1:]))}\n{done.stdout}{done.stderr}")
    return done.stdout


def npm(*words: str, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run npm in the TypeScript client, with the Node.js that the linters have."""
    return run("tools/node-env", "npm", "--silent", "--prefix", TYPESCRIPT, *words, environment=environment)


def make_typescript() -> None:
    """Install what the lock pins, generate the client from the contract, build the guide's application, compile all."""
    _install_typescript()
    settings = [TYPESCRIPT / name for name in ("tsconfig.json", "extract.mjs", "openapi-ts.config.mjs")]
    written = [*settings, *_files(TYPESCRIPT / "src"), *_files(TYPESCRIPT / "next")]
    _kept(TYPESCRIPT / "build", [CONTRACT, *GUIDE, *_PINS, *written], _compile_typescript)


def typescript_of(document: Path, folder: Path) -> str:
    """Write the types that the generator of the client makes of an OpenAPI document, and return them."""
    _install_typescript()
    generator = TYPESCRIPT / "node_modules" / ".bin" / "openapi-ts"
    run("tools/node-env", "node", generator, "-i", document, "-o", folder, "-p", "@hey-api/typescript", "-s")
    return (folder / "types.gen.ts").read_text(encoding="utf-8")


def typescript_errors(source: Path) -> str:
    """Return what tsc says of a file of types."""
    compiler = TYPESCRIPT / "node_modules" / "typescript-7" / "bin" / "tsc"
    options = ("--strict", "--noEmit", "--skipLibCheck", "--lib", "es2022", "--module", "nodenext", "--pretty", "false")
    try:
        return run("tools/node-env", "node", compiler, *options, source)
    except Unmade as refused:
        return str(refused)


def guide() -> str:
    """Return all pages of the guide for front ends."""
    return "".join(page.read_text(encoding="utf-8") for page in GUIDE)


def module_of_the_guide(name: str) -> str:
    """Return a file that the guide shows, as the module that a browser loads: without its types, which tsc checks."""
    shown = re.search(rf"^```ts\n// {re.escape(name)}\n(.*?)^```$", guide(), re.DOTALL | re.MULTILINE)
    assert shown is not None, name
    _install_typescript()
    return run("tools/node-env", "node", "--eval", _STRIP, shown[1], within=ROOT)


def make_python() -> None:
    """Install what the lock pins into an environment of its own and generate the client from the contract."""
    _kept(_ENVIRONMENT, [_PYTHON_LOCK], _install_python)
    generator = PYTHON / "generate.py"
    _kept(_SITE, [CONTRACT, _PYTHON_LOCK, generator], lambda: run(_python(), generator, CONTRACT, _SITE))


def check_python() -> str:
    """Let mypy see the story and the client below it."""
    mypy: list[str | Path] = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir",
        _CACHE / "mypy",
    ]
    scripts = sorted(PYTHON.glob("*.py"))
    return run(*mypy, "--python-executable", _python(), *scripts, within=PYTHON, environment={"MYPYPATH": str(_SITE)})


def walk_in_python(environment: Mapping[str, str]) -> str:
    """Walk the story with the Python client."""
    environment = {**environment, "PYTHONPATH": str(_SITE)}
    return run(_python(), "-W", "error", PYTHON / "journey.py", environment=environment)


def _install_typescript() -> None:
    prepare()
    _kept(TYPESCRIPT / "node_modules", _PINS, lambda: npm("ci", "--no-audit", "--no-fund", "--ignore-scripts"))


def _compile_typescript() -> None:
    npm("run", "generate")
    npm("run", "build")
    npm("run", "compile")


def _install_python() -> None:
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--quiet", "--python", sys.executable, _ENVIRONMENT)
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", _python(), _PYTHON_LOCK)


def _python() -> Path:
    return _ENVIRONMENT / "bin" / "python"


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _kept(product: Path, sources: Iterable[Path], make: Callable[[], object]) -> None:
    """Make a folder, unless it is there and was made of just these files; workers that want it too wait."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.relative_to(ROOT)}\0".encode() + source.read_bytes() + b"\0")
    stamp = _CACHE / f"{product.name}.made"
    with _alone(product.name):
        if not product.is_dir() or not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest.hexdigest():
            stamp.unlink(missing_ok=True)
            shutil.rmtree(product, ignore_errors=True)
            make()
            stamp.write_text(digest.hexdigest(), encoding="utf-8")


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
