"""Bill of materials names exactly what the lock has for the image, with its hashes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.harness.databases import ROOT
from tools import sbom

if TYPE_CHECKING:
    from pathlib import Path

_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE)


def test_the_bill_of_materials_is_the_lock(tmp_path: Path) -> None:
    sbom.main(["--output", str(tmp_path / "bill" / "hestami.cdx.json")])
    bill: dict[str, Any] = json.loads((tmp_path / "bill" / "hestami.cdx.json").read_text(encoding="utf-8"))

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "hestami"
    assert "timestamp" not in bill["metadata"], "the same lock gives the same bytes"
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    pins = {found["name"]: (found["version"], found["marker"] or "") for found in _PIN.finditer(lock)}
    elsewhere = {name for name, (_, marker) in pins.items() if re.search(r"== 'win32'|>= '3\.1[3-9]'", marker)}
    listed = {part["name"]: part for part in bill["components"] if part["purl"].startswith("pkg:pypi/")}
    assert [part["purl"] for part in bill["components"] if part["name"] not in listed] == [
        "pkg:deb/debian/postgresql-client-17?distro=trixie",
        "pkg:deb/debian/libpq5?distro=trixie",
    ]
    assert {name: part["version"] for name, part in listed.items()} == {
        name: version for name, (version, _) in pins.items() if name not in elsewhere
    }
    assert {"fastapi", "uvloop", "backports-zstd"} <= listed.keys()
    for name, part in listed.items():
        assert part["purl"].startswith(f"pkg:pypi/{name}@{part['version']}"), part["purl"]
        digests = {
            digest["content"]
            for reference in part["externalReferences"]
            for digest in reference.get("hashes", ())
            if digest["alg"] == "SHA-256"
        }
        entry = re.search(rf"^{re.escape(name)}==.*(?:\n    .*)*", lock, re.MULTILINE)
        assert entry is not None
        assert digests == set(re.findall(r"sha256:([0-9a-f]{64})", entry[0])), name


def test_a_pin_for_another_system_is_not_in_the_image() -> None:
    lock = "a==1 ; sys_platform == 'win32' \\\n    --hash=sha256:0\nb==2 \\\n    --hash=sha256:1\n# c==3\n"

    assert [entry.split()[0] for entry in sbom.entries(lock)] == ["b==2"]
