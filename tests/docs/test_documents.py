"""Documents are true: names in them exist, every operation is covered, and their links resolve."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest

from impl.identity.capabilities.mails.service import MAILED_PATHS
from tests.contract.contract_operations import OPERATIONS
from tests.harness.databases import ROOT

_FOLDER = ROOT / "docs" / "backend" / "fastapi"
_REQUIREMENTS = _FOLDER / "SYSTEM_REQUIREMENTS.md"
_NAMED = [_REQUIREMENTS, _FOLDER / "FASTAPI_MVP_REQS.md", _FOLDER / "ROADMAP.md"]
_PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_CODE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_OPERATION_ID = re.compile(r"[a-z]+(?:[A-Z][a-z]*)+")
_TAG_ROW = re.compile(r"^\| ([a-z-]+) \| ((?:`\w+` ?)+) \| `([\w/]+)` \| `([\w/]+)` \|$", re.MULTILINE)
_TAGS = {operation.id: cast("list[str]", operation.raw["tags"])[0] for operation in OPERATIONS}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _words(path: Path) -> list[str]:
    return _CODE.findall(path.read_text(encoding="utf-8"))


def _rows() -> list[tuple[str, list[str], str, str]]:
    found = _TAG_ROW.findall(_REQUIREMENTS.read_text(encoding="utf-8"))
    return [(tag, _CODE.findall(ids), code, tests) for tag, ids, code, tests in found]


def test_every_operation_stands_in_the_row_of_its_tag() -> None:
    named = {name: tag for tag, names, _, _ in _rows() for name in names}
    missing = [
        f"{name}: name it in the row of {tag} in {_name(_REQUIREMENTS)}" for name, tag in _TAGS.items() - named.items()
    ]
    gone = [f"{name}: the tag {tag} has no such operation" for name, tag in named.items() - _TAGS.items()]

    assert [*missing, *gone] == []


def test_every_page_stands_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {*(ROOT / "docs").glob("*.md"), *_NAMED} - {index}

    assert sorted(_name(page) for page in pages - linked) == []


def test_no_operation_stands_there_twice() -> None:
    names = [name for _, named, _, _ in _rows() for name in named]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", _NAMED, ids=_name)
def test_what_is_named_exists(path: Path) -> None:
    missing = []
    for word in _words(path):
        if _OPERATION_ID.fullmatch(word):
            missing += [word] if word not in _TAGS else []
        elif not word.startswith(("make ", "/")) and ("/" in word or "." in word):
            missing += [] if _is_there(word) else [word]
    assert missing == []


def _is_there(word: str) -> bool:
    file, _, test = word.partition("::")
    path = ROOT / file
    return path.exists() and (
        not test or re.search(rf"^(async )?def {test}\(", path.read_text(), re.MULTILINE) is not None
    )


@pytest.mark.parametrize("path", _NAMED, ids=_name)
def test_commands_are_targets_and_their_tests_are_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = [word for word in _words(path) if word.startswith("make ")]
    assert commands
    assert {command.split()[1] for command in commands} - targets == set()
    named = [part for command in commands for part in re.findall(r"tests/[\w/.]+", command)]
    assert [part for part in named if not (ROOT / part).exists()] == []


@pytest.mark.parametrize("path", _NAMED, ids=_name)
def test_decisions_are_written_down(path: Path) -> None:
    numbers = re.findall(r"ADR (\d{4})", path.read_text(encoding="utf-8"))
    assert [number for number in numbers if not list((ROOT / "docs" / "decisions").glob(f"{number}-*.md"))] == []


def test_planned_steps_are_steps_of_the_roadmap() -> None:
    roadmap = set(re.findall(r"^\| (\d+) \|", (_FOLDER / "ROADMAP.md").read_text(encoding="utf-8"), re.MULTILINE))
    for path in _NAMED[:2]:
        assert set(re.findall(r"steps? (\d+)", path.read_text(encoding="utf-8"))) <= roadmap


def test_whoever_writes_a_front_end_is_told_of_each_page_that_mails_lead_to() -> None:
    guide = (ROOT / "docs" / "clients-sign-in.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(/[a-z-]+)`.*`([a-zA-Z]+)` \| [^|]+ \|$", guide, re.MULTILINE)
    assert sorted(path for path, _ in told) == sorted(MAILED_PATHS)
    assert {operation for _, operation in told} <= set(_TAGS)


def _anchors(path: Path) -> set[str]:
    """Return the anchors that a forge makes of the headings of a page."""
    headings = _HEADING.findall(_FENCED.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_to_files_and_their_headings() -> None:
    for path in _PAGES:
        text = _FENCED.sub("", path.read_text(encoding="utf-8"))
        broken: list[str] = []
        for link in _LINK.findall(text):
            file, _, heading = link.partition("#")
            target = path.parent / file if file else path
            is_outside = re.match(r"[a-z]+:", link) is not None
            if not is_outside and not (target.exists() and (not heading or heading in _anchors(target))):
                broken.append(link)
        assert broken == [], _name(path)


def test_tests_that_pages_name_are_there() -> None:
    """A name without a file is of the file before it in its paragraph or row."""
    missing: list[str] = []
    for path in _PAGES:
        for part in re.split(r"\n\n|\n(?=\|)", path.read_text(encoding="utf-8")):
            file = ""
            for word in _CODE.findall(part):
                if re.fullmatch(r"tests/[\w/]+\.py", word.partition("::")[0]):
                    file = word.partition("::")[0]
                elif not re.fullmatch(r"::test_\w+", word):
                    continue
                test = word.partition("::")[2]
                if not _is_there(f"{file}::{test}" if test else file):
                    missing.append(f"{_name(path)}: {file}::{test}")
    assert missing == []


def test_what_others_call_it_has_an_operation_and_a_test() -> None:
    table = (ROOT / "docs" / "marketplace.md").read_text(encoding="utf-8").split("## ")[1]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 30
    for row in rows:
        named = [word for word in _CODE.findall(row[3]) if _OPERATION_ID.fullmatch(word)]
        assert any(word in _TAGS for word in named), row[3]
        assert re.search(r"`tests/[\w/]+\.py", row[4]), row[3]
