"""Fails when generated/ is not what the contract gives today."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from filecmp import cmpfiles, dircmp
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Generate into a folder beside and compare; the working tree is not touched."""
    with tempfile.TemporaryDirectory(prefix="hestami-generated-") as folder:
        target = Path(folder) / "generated"
        subprocess.run([sys.executable, "-m", "openapi.codegen", "--output", str(target)], cwd=ROOT, check=True)
        differences = sorted(_differences(dircmp(ROOT / "generated", target, ignore=["__pycache__"])))
    if differences:
        sys.exit("generated/ is not what the contract gives (make generate):\n  " + "\n  ".join(differences))


def _differences(compared: dircmp[str], below: str = "generated") -> list[str]:
    found = [f"{below}/{name} is missing" for name in compared.right_only]
    found += [f"{below}/{name} is too many" for name in compared.left_only]
    _, changed, unreadable = _compare_bytes(compared)
    found += [f"{below}/{name} differs" for name in (*changed, *unreadable)]
    for name, sub in compared.subdirs.items():
        found += _differences(sub, f"{below}/{name}")
    return found


def _compare_bytes(compared: dircmp[str]) -> tuple[list[str], list[str], list[str]]:
    # dircmp itself trusts size and time, which a fresh clone does not tell apart.
    return cmpfiles(compared.left, compared.right, compared.common_files, shallow=False)


if __name__ == "__main__":
    main()
