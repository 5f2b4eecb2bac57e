"""Collection of the files in which each feature describes its own operations for these tests.

An operation's folder is the one of its tag: `tests/<domain>/<tag>`. There `successes.py` says how a request to it
succeeds, and `fuzz.py` what the fuzzer fills in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.contract.contract_operations import OPERATIONS
from tests.harness.contract import Operation
from tests.harness.databases import ROOT

DOMAINS = ("identity", "marketplace", "operations")


def file_for(operation: Operation, name: str) -> str:
    """Return where the operation's tag keeps its file of this name, as a person writes it."""
    folder = operation.tag.replace("-", "_")
    domain = next((found for found in DOMAINS if (ROOT / "impl" / found / folder).is_dir()), "<domain>")
    return f"tests/{domain}/{folder}/{name}"


def modules(name: str) -> Iterator[tuple[str, ModuleType]]:
    """Walk the files of this name in the folders of features: the path and the module."""
    for path in sorted(found for domain in DOMAINS for found in Path(ROOT / "tests" / domain).glob(f"*/{name}")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield path.relative_to(ROOT).as_posix(), import_module(module)


def strangers(entries: Iterable[str], place: str, name: str) -> list[str]:
    """Name the entries of a file that are of no operation, or of one whose tag has another folder."""
    homes = {operation.id: file_for(operation, name) for operation in OPERATIONS}
    return [
        f"{entry}: {f'belongs in {homes[entry]}, not in {place}' if entry in homes else f'no operation ({place})'}"
        for entry in entries
        if homes.get(entry) != place
    ]
