"""Bill of materials of the image's Python packages (CycloneDX, JSON), from what requirements/run.txt pins."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "run.txt"
# What the Dockerfile builds on: pins with another marker are not in the image.
IMAGE: Final = {
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
}


def entries(lock: str) -> Iterator[str]:
    """Yield the entries of a lock that are for the image, each with its hashes."""
    for entry in lock.replace("\\\n", " ").splitlines():
        pin = entry.partition("--hash")[0].strip()
        if pin and not pin.startswith("#"):
            marker = Requirement(pin).marker
            if marker is None or marker.evaluate(dict(IMAGE)):
                yield entry


def write(output: Path) -> None:
    """Write the bill of materials; the same lock gives the same bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "-", "--pyproject", str(ROOT / "pyproject.toml")]
    options = [
        "--spec-version",
        "1.6",
        "--output-format",
        "JSON",
        "--output-reproducible",
        "--output-file",
        str(output),
    ]
    text = "\n".join(entries(LOCK.read_text(encoding="utf-8"))) + "\n"
    subprocess.run([*command, *options], input=text, text=True, check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / ".cache" / "sbom" / "hestami.cdx.json")
    output: Path = parser.parse_args(arguments).output
    write(output)
    print(output)


if __name__ == "__main__":
    main()
