"""Lock files pin every package by hash and name no host, so that a mirror serves as well as the registry."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.sources import name_of, parsed, python_files, tracked
from tests.harness.databases import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)
_HOST = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", re.IGNORECASE)


def _pins(profile: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{profile}.txt").read_text(encoding="utf-8")
    return {found["name"]: found["version"] for found in _PIN.finditer(text)}


def _asked(profile: str) -> set[str]:
    text = (ROOT / "requirements" / f"{profile}.in").read_text(encoding="utf-8")
    return {re.split(r"[\s;=<>\[]", line)[0] for line in text.splitlines() if line and line[0] not in "#-"}


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_pin_has_hashes_and_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert _HOST.search(text) is None


def test_the_npm_lock_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert {name for name, package in packages.items() if "resolved" in package} == set()
    assert {name for name, package in packages.items() if name and "integrity" not in package} == set()


def test_the_development_lock_holds_the_service_lock() -> None:
    run, dev = _pins("run"), _pins("dev")

    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("profile", ["run", "dev", "uv", "node", "clients", "suite", "mutants"])
def test_what_is_asked_for_is_locked(profile: str) -> None:
    assert _asked(profile) - set(_pins(profile)) == set(), "make lock"


def test_the_service_installs_no_test_tool() -> None:
    tools = {"pytest", "mypy", "ruff", "schemathesis", "fastapi-code-generator", "uv"}

    assert tools & set(_pins("run")) == set()


def test_there_is_one_list_of_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {path.name for path in tracked()}

    assert "dependencies" not in project
    assert names & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile", "setup.py", ".python-version"} == set()


def test_the_service_asks_for_every_package_that_it_imports() -> None:
    distributions = packages_distributions()
    imported = {
        name.partition(".")[0]
        for folder in ("generated", "impl", "migrations", "openapi/runtime")
        for path in python_files(below=folder)
        for node in ast.walk(parsed(path))
        for name in _imported(node)
    }
    # Several where they share a name, as OpenTelemetry's do: no import tells which of them it needs.
    needed = [
        {re.sub(r"[-_.]+", "-", distribution.lower()) for distribution in distributions[name]}
        for name in imported - set(sys.stdlib_module_names)
        if name in distributions
    ]

    missing = [names for names in needed if not names & _asked("run")]
    assert missing == [], "a fresh `make run` would not start: requirements/run.in"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
