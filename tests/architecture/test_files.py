"""Layout: sizes, names and places of files, and the closed lists of ARCHITECTURE."""

from __future__ import annotations

import re

from tests.architecture.sources import IMPL, features, is_capability, is_written_by_hand, name_of, python_files, tracked

LINES_MAX = 400
FEATURE_FILES = {"handlers", "wire", "service", "repository", "tables", "errors"}
# Behind the repository, for SQL that only one engine understands: both or neither.
ENGINES = {"postgresql", "sqlite"}
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "shared", "lib"}
KERNEL = {
    "addresses",
    "audit",
    "audit_intake",
    "audit_signatures",
    "caller",
    "clock",
    "database",
    "database_errors",
    "encryption",
    "errors",
    "etags",
    "idempotency",
    "ids",
    "outbox",
    "paging",
    "pending_writes",
    "personal_data",
    "presence",
    "read_time",
    "reader",
    "repeats",
    "retention",
    "rows",
    "secrets",
    "semaphore",
    "signal",
    "statements",
    "states",
    "table_changes",
    "tables",
    "tables_read",
    "tracing",
    "upserts",
    "wakeups",
    "words",
}
# Folders of the kernel, each a list as closed as the kernel's own.
KERNEL_FOLDERS = {
    "engines": {
        "connecting",
        "connection_checks",
        "connection_options",
        "database_url",
        "executions",
        "idle_connections",
        "listeners",
        "pool_checks",
        "postgres_database",
        "postgres_reader",
        "replicas",
        "sqlite_connections",
        "sqlite_database",
        "sqlite_reader",
        "statement_watch",
        "transactions",
    },
    "settings": {
        "address",
        "connection",
        "database",
        "error_report",
        "geocoding",
        "mail",
        "metrics",
        "oauth",
        "redis",
        "retention",
        "secret",
        "service",
        "storage",
        "tracing",
        "webhook",
    },
}

_NUMBERED = re.compile(r"_?\d+$")


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    by_hand = [path for path in python_files() if is_written_by_hand(path)]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in by_hand}

    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


def test_no_name_says_nothing() -> None:
    names = {name_of(path): {*path.relative_to(IMPL).with_suffix("").parts} for path in python_files(below="impl")}

    assert {name: parts & FORBIDDEN for name, parts in names.items() if parts & FORBIDDEN} == {}


def test_no_file_is_the_second_of_its_kind() -> None:
    numbered = [name_of(path) for path in python_files(below="impl") if _NUMBERED.search(path.stem)]

    assert numbered == []


def test_a_feature_is_at_most_five_files_of_known_jobs() -> None:
    for feature in features():
        below, name = python_files(below=name_of(feature)), name_of(feature)
        modules = {path.stem for path in below if path.parent == feature} - {"__init__"}
        folders = {path.parent for path in below} - {feature}
        assert modules & ENGINES in (set(), ENGINES), name
        assert modules - ENGINES <= (FEATURE_FILES - {"handlers"} if is_capability(feature) else FEATURE_FILES), name
        assert is_capability(feature) or "handlers" in modules, f"{name}: what has no operations is a capability"
        assert folders == set(), f"{name}: a feature has no folders below"


def test_the_kernel_is_a_closed_list() -> None:
    files = [path for path in python_files(below="impl/kernel") if path.stem != "__init__"]
    found: dict[str, set[str]] = {}
    for path in files:
        found.setdefault(path.parent.name, set()).add(path.stem)

    assert found == {"kernel": KERNEL, **KERNEL_FOLDERS}, (
        "a word for all is a decision: change ARCHITECTURE and this list together"
    )


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    wordy = []
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        first = text.splitlines()[0] if text else '""""""'
        if is_written_by_hand(path) and text and not re.fullmatch(r'"""[^"\s].{10,}', first):
            wordy.append(name_of(path))

    assert wordy == []


def test_what_a_check_overlooks_has_its_reason_beside_it() -> None:
    unreasoned = re.compile(r"# noqa(?:: [A-Z]++\d++(?:, [A-Z]++\d++)*+)?+(?! - \w)|# type: ignore(?!\[[^]]+\]  # \w)")
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        if is_written_by_hand(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if unreasoned.search(line)
    ]

    assert [place for place in found if not place.startswith("tests/architecture/test_files.py")] == []


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
