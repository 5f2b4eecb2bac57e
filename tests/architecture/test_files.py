"""What stands where: sizes, names and the closed lists of ARCHITECTURE."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import IMPL, features, is_capability, name_of, parsed, python_files, tracked

LINES_MAX = 400
FEATURE_FILES = {"handlers", "service", "repository", "tables", "errors"}
# Behind the repository, for SQL that only one engine understands: both or neither.
ENGINES = {"postgresql", "sqlite"}
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "shared", "lib"}
KERNEL = {
    "audit",
    "caller",
    "clock",
    "connection_checks",
    "database",
    "database_errors",
    "database_url",
    "errors",
    "etags",
    "ids",
    "idempotency",
    "outbox",
    "paging",
}
KERNEL |= {
    "encryption",
    "oauth_settings",
    "personal_data",
    "reader",
    "retention",
    "retention_settings",
    "secret_settings",
}
KERNEL |= {"address_settings", "addresses", "rows", "secrets", "semaphore", "settings", "sqlite_connections"}
KERNEL |= {"statements", "tables", "words"}

# Made by the generator from the contract: their size is the contract's, and nobody edits them.
_GENERATED = ("generated/", "tests/codegen/golden/")
_NUMBERED = re.compile(r"_?\d+$")


def _is_written_by_hand(path: Path) -> bool:
    return not name_of(path).startswith(_GENERATED)


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    by_hand = [path for path in python_files() if _is_written_by_hand(path)]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in by_hand}

    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


def test_no_name_says_nothing() -> None:
    names = {name_of(path): {*path.relative_to(IMPL).with_suffix("").parts} for path in python_files(below="impl")}

    assert {name: parts & FORBIDDEN for name, parts in names.items() if parts & FORBIDDEN} == {}


def test_no_file_is_the_second_of_its_kind() -> None:
    numbered = [name_of(path) for path in python_files(below="impl") if _NUMBERED.search(path.stem)]

    assert numbered == []


@pytest.mark.parametrize("feature", features(), ids=name_of)
def test_a_feature_is_at_most_five_files_of_known_jobs(feature: Path) -> None:
    modules = {path.stem for path in python_files(below=name_of(feature)) if path.parent == feature} - {"__init__"}
    folders = {path.parent for path in python_files(below=name_of(feature))} - {feature}

    assert modules & ENGINES in (set(), ENGINES)
    assert modules - ENGINES <= (FEATURE_FILES - {"handlers"} if is_capability(feature) else FEATURE_FILES)
    assert is_capability(feature) or "handlers" in modules, "what has no operations is a capability"
    assert folders == set(), "a feature has no folders below"


def test_the_kernel_is_a_closed_list() -> None:
    words = {path.stem for path in python_files(below="impl/kernel")} - {"__init__"}

    assert words <= KERNEL, "a word for all is a decision: change ARCHITECTURE and this list together"


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    wordy = []
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        first = text.splitlines()[0] if text else '""""""'
        if _is_written_by_hand(path) and text and not re.fullmatch(r'"""[^"\s].{10,}', first):
            wordy.append(name_of(path))

    assert wordy == []


def test_nothing_is_promised_for_later() -> None:
    promise = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]))
    found = [name_of(path) for path in python_files() if promise.search(path.read_text(encoding="utf-8"))]

    assert found == []


def test_no_test_is_switched_off() -> None:
    switches = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|time\.sleep|asyncio\.sleep\((?!0\))")
    tests = [
        path for path in python_files(below="tests") if path.name.startswith("test_") or path.parent.name == "harness"
    ]
    found = [name_of(path) for path in tests if switches.search(path.read_text(encoding="utf-8"))]

    assert [name for name in found if name != "tests/architecture/test_files.py"] == []


def test_no_file_names_a_machine() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|root|Users)/\w")
    texts = [
        path
        for path in tracked()
        if path.suffix in {".py", ".toml", ".yaml", ".yml", ".md", ".json", ".cfg", ".ini", ".txt"}
    ]
    found = [name_of(path) for path in texts if home.search(path.read_text(encoding="utf-8", errors="replace"))]

    assert found == []


# What a first line cannot begin with if it is a sentence in the imperative; ruff's D401 knows verbs in other moods.
_NO_VERBS = frozenset(
    "A All An And Another Any Apart As At Before But By Each Every Everyone Everything False For From How In It Its"
    " Never No Nobody None Not Nothing Of On One Only Others Over Somebody That The Their These They This Those To True"
    " Twice Under Unless Until What Whatever When Where Whether Who Whoever Whose Why With Without".split()
)


def test_the_first_line_of_a_function_stands_alone() -> None:
    """An editor shows it without its neighbours: it is a sentence that begins with its verb."""
    found = []
    for path in python_files():
        if not _is_written_by_hand(path):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
                text = ast.get_docstring(node) or "Pass"
                if text.split(maxsplit=1)[0].strip(",:;.") in _NO_VERBS:
                    found.append(f"{name_of(path)}:{node.lineno} {node.name}")

    assert found == []
