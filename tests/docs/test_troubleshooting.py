"""The page for operators has all that programs refuse at their start, or warn of in the log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.harness.databases import ROOT

_PAGE: Final = " ".join((ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8").split())
# A complaint begins with its setting.
_SETTING: Final = re.compile(r"[A-Z]+_[A-Z0-9_]+(?=[\[ :=,]|$)")
_PLACEHOLDER: Final = re.compile(r"%[sd]")
_LEVELS: Final = {"warning", "error", "critical", "exception"}


def _constants(folder: str, pattern: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _said() -> Iterator[str]:
    """Yield what is logged as a warning or worse by the programs of production."""
    for path in sorted((ROOT / "impl").rglob("*.py")):
        if path.name == "dev.py" or "demo" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
                is_log = isinstance(node.func.value, ast.Name) and node.func.value.id == "_log"
                text = node.args[0] if is_log and node.args else None
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def test_each_setting_that_is_refused_is_explained() -> None:
    refused = {found[0] for text in _constants("impl/kernel/settings", "*.py") if (found := _SETTING.match(text))}
    assert {"STORAGE_DIR", "REDIS_URL", "OAUTH_CLIENTS"} <= refused
    assert sorted(name for name in refused if f"`{name}`" not in _PAGE) == []


def test_each_reason_of_the_database_is_explained() -> None:
    reasons = {" ".join(words.split("(")[0].split()) for words in _reasons()}
    assert len(reasons) > 5
    assert sorted(words for words in reasons if words not in _PAGE) == []


def _reasons() -> Iterator[str]:
    """Yield the reasons that follow the name of a database, without the server's own words."""
    for text in _constants("impl/kernel", "database_errors.py"):
        if re.match(r"(does not|is there, but|cannot be|refuses|has another|takes no|is none)", text):
            yield text.removesuffix(": ")


def test_each_line_of_warning_is_explained() -> None:
    lines = set(_said())
    assert len(lines) > 20
    longest = {line: max(_PLACEHOLDER.split(line), key=len).strip(" :,;()") for line in lines}
    assert sorted(line for line, words in longest.items() if words.partition(":")[0] not in _PAGE) == []
