"""Bill of materials of the image (CycloneDX, JSON): what requirements/run.txt pins, and what it installs of Debian."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "run.txt"
DOCKERFILE: Final = ROOT / "docker" / "backend" / "fastapi" / "Dockerfile"
_INSTALLED: Final = re.compile(r"apt-get install(?: --?[a-z-]+)*((?: [a-z][a-z0-9.+-]*)+)")
_RELEASE: Final = re.compile(r"^FROM python:\S+-slim-([a-z]+)", re.MULTILINE)
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


def debian_packages(dockerfile: str) -> Iterator[dict[str, str]]:
    """Yield the packages that are installed, in their order; their versions are those of the day of the build."""
    (release,) = set(_RELEASE.findall(dockerfile))
    for name in " ".join(_INSTALLED.findall(dockerfile)).split():
        purl = f"pkg:deb/debian/{name}?distro={release}"
        yield {"bom-ref": purl, "name": name, "purl": purl, "type": "library"}


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
    bill = json.loads(output.read_text(encoding="utf-8"))
    bill["components"] += debian_packages(DOCKERFILE.read_text(encoding="utf-8"))
    output.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / ".cache" / "sbom" / "hestami.cdx.json")
    output: Path = parser.parse_args(arguments).output
    write(output)
    print(output)


if __name__ == "__main__":
    main()
