"""A contract that breaks a rule is not generated; each rule says where and why."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi.codegen.__main__ import main
from openapi.codegen.context import template_context
from openapi.codegen.document import ContractError, Document
from openapi.codegen.rules import READABLE, SECTIONS, findings

CASES = Path(__file__).parent / "cases"
LIBRARY = Document.load(CASES / "library.yaml")
REFUSALS: list[dict[str, Any]] = yaml.safe_load((CASES / "refusals.yaml").read_text(encoding="utf-8"))


def changed(changes: dict[str, object]) -> Document:
    """Return the library with some values set or, by null, removed."""
    root = copy.deepcopy(LIBRARY.root)
    for pointer, value in changes.items():
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
        node: Any = root
        for key in parents:
            node = node[int(key)] if isinstance(node, list) else node[key]
        if isinstance(node, list):
            node[int(last)] = value
        elif value is None:
            del node[last]
        else:
            node[last] = value
    return Document(root)


def test_the_library_breaks_no_rule() -> None:
    assert findings(LIBRARY) == []


@pytest.mark.parametrize("case", REFUSALS, ids=[case["line"].rsplit("[", 1)[1][:-1] for case in REFUSALS])
def test_each_breach_is_told_with_its_place_and_the_rule(case: dict[str, Any]) -> None:
    assert case["line"] in [str(finding) for finding in findings(changed(case["set"]))]


def test_every_rule_has_a_case() -> None:
    shown = {case["line"].rsplit("[", 1)[1][:-1] for case in REFUSALS}
    assert shown == {name for section in (*READABLE, *SECTIONS) for name in section.names}


def test_all_findings_come_at_once_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = changed({"/paths/~1books/get/summary": None, "/components/schemas/Title/maxLength": None})
    contract = tmp_path / "broken.yaml"
    contract.write_text(yaml.safe_dump(broken.root, sort_keys=False), encoding="utf-8")
    assert main(["--contract", str(contract), "--output", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "[summary]" in told
    assert "[bounded-text]" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "is not YAML"),
        ("- a", "is not a mapping"),
        ("a: 1\na: 2", "the key 'a' stands here twice"),
    ],
)
def test_a_file_that_is_no_contract_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    contract = tmp_path / "broken.yaml"
    contract.write_text(text, encoding="utf-8")
    assert main(["--contract", str(contract), "--output", str(tmp_path / "out")]) == 1
    assert complaint in capsys.readouterr().err


def test_an_operation_that_the_generator_reads_differently_is_refused_by_name() -> None:
    """Every operation is written to a router of its tag, or none at all: one that vanishes must not do so silently."""
    read = [(one.method, one.path, one.tag, one.id) for one in LIBRARY.operations()]
    assert template_context(LIBRARY.root | {"x-package": "library"}, read)["package"] == "library"
    with pytest.raises(ContractError, match=r"differently: GET /books \(listBooks\)$"):
        template_context(LIBRARY.root | {"x-package": "library"}, [one for one in read if one[3] != "listBooks"])


def test_the_operations_are_read_once_however_many_rules_ask_for_them() -> None:
    """Rules ask for all of them at each of them: read anew each time, they cost the square of their number."""
    assert LIBRARY.operations() is LIBRARY.operations()


def test_the_rules_alone_write_nothing(tmp_path: Path) -> None:
    arguments = ["--contract", str(CASES / "library.yaml"), "--output", str(tmp_path / "out"), "--rules"]
    assert main(arguments) == 0
    assert not (tmp_path / "out").exists()


def test_times_in_the_contract_stay_text() -> None:
    assert LIBRARY.component("responses")["BookOk"]["content"]["application/json"]["example"]["added_at"] == (
        "2026-01-31T09:30:00Z"
    )


def test_a_reference_that_runs_in_a_circle_is_refused() -> None:
    with pytest.raises(ContractError, match="refers to itself"):
        changed({"/components/schemas/Title": {"$ref": "#/components/schemas/Title"}}).resolve(
            {"$ref": "#/components/schemas/Title"}
        )
