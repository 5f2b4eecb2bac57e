"""Programs of Node.js, with the packages that the root's lock file pins."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Mapping
from types import MappingProxyType

from tests.harness.databases import ROOT
from tests.harness.environment import clean_environment

_CACHE = ROOT / ".cache"


def prepare() -> None:
    """Install Node and its packages if they are missing, in one worker at a time."""
    _CACHE.mkdir(exist_ok=True)
    with (_CACHE / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["tools/node-env", "true"], cwd=ROOT, check=True)


def start(script: str, *words: str, environment: Mapping[str, str] = MappingProxyType({})) -> subprocess.Popen[str]:
    """Start a script below tests/, connected by pipes; it should end when its standard input does."""
    prepare()
    return subprocess.Popen(
        ["tools/node-env", "node", f"tests/{script}", *words],
        cwd=ROOT,
        env=clean_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
