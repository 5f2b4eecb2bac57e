"""The example of the environment documents every setting, and no other."""

from __future__ import annotations

import re

from impl.kernel.settings.service import Settings
from impl.wal import WalSettings
from tests.harness.databases import ROOT

_LINE = re.compile(r"^#? ?(?P<name>[A-Z][A-Z0-9_]*)=", re.MULTILINE)


def _documented() -> list[str]:
    return [found["name"] for found in _LINE.finditer((ROOT / ".env.example").read_text(encoding="utf-8"))]


def test_every_setting_is_documented_once() -> None:
    documented = _documented()

    assert len(documented) == len(set(documented))
    assert set(documented) == {name.upper() for name in {**Settings.model_fields, **WalSettings.model_fields}}


def test_each_setting_is_explained() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if _LINE.match(line) and not before.startswith("#")
    ]

    assert bare == []
