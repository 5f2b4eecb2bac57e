"""A schema means what JSON Schema says: it is read exactly, or refused with its place and keyword."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
import yaml

from tests.codegen.dressing import as_property, dressed, without_dialect
from tests.codegen.verdicts import Case, Schema, Verdict, components_of, judge, passing
from tests.harness.closed_schemas import Json, seal_components
from tests.harness.schema_suite import official_groups

CASES = Path(__file__).parent / "cases"
MEANINGS: dict[str, list[dict[str, Any]]] = yaml.safe_load((CASES / "meanings.yaml").read_text(encoding="utf-8"))
SUITE: dict[str, Any] = yaml.safe_load((CASES / "suite.yaml").read_text(encoding="utf-8"))


def reference(case: Case) -> Case | None:
    """Return the case with the verdicts of another validator, or None for one that it cannot read."""
    document = {"$ref": "#/components/schemas/", "components": {"schemas": {"": case.schema, **case.components}}}
    try:
        validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
        return None
    return Case(
        case.name,
        case.schema,
        tuple(
            (one, validator.is_valid(json.loads(one) if isinstance(one, bytes) else one)) for one, _ in case.instances
        ),
        case.components,
    )


def disagreements(verdicts: list[Verdict]) -> list[str]:
    """Return a line for each case in which the service differs from its schema."""
    return [
        f"{one.case.name}: crashed {one.crashes}, let in {one.let_in}, kept out {one.kept_out}"
        for one in verdicts
        if one.crashes or one.let_in or one.kept_out
    ]


def official_cases() -> list[Case]:
    """Return the suite's schemas as they are, and with what the contract's rules of form ask for, at two places."""
    cases: list[Case] = []
    for group in official_groups():
        original = without_dialect(Case(group.place, cast("Schema", group.schema), group.instances))
        cases.append(original)
        judged = reference(original)
        if judged is None or judged.instances != original.instances:
            continue  # format.json takes formats for remarks, where the service and its tests take them at their word
        cases.extend(one for one in map(reference, _dressed(original)) if one is not None)
    return cases


def _dressed(case: Case) -> list[Case]:
    plain = dressed(case)
    return [plain, as_property(plain)]


@pytest.fixture(scope="module")
def official() -> list[Verdict]:
    """Return the verdicts on the whole suite."""
    return judge(official_cases())


def test_no_schema_of_the_official_suite_is_read_differently(official: list[Verdict]) -> None:
    assert disagreements(official) == []
    assert sum(len(one.case.instances) for one in official if one.taken) == SUITE["instances"]


def test_what_is_refused_of_the_official_suite_is_known(official: list[Verdict]) -> None:
    """After a wanted change: write what this finds into suite.yaml, and read the difference."""
    counted: dict[str, Counter[str]] = {}
    for one in official:
        name = one.case.name.partition(": ")[0]
        counts = counted.setdefault(name, Counter())
        counts["taken" if one.taken else one.refused[0].rpartition("[")[2].rstrip("]")] += 1
    assert {name: dict(sorted(counts.items())) for name, counts in counted.items()} == SUITE["files"]


def test_every_refusal_names_its_place(official: list[Verdict]) -> None:
    lines = [line for one in official for line in one.refused]
    assert [
        line for line in lines if not line.startswith(("#/components/schemas/Case", "#/paths/~1bodies~1case"))
    ] == []


def case_of(entry: dict[str, Any]) -> Case:
    """Return an entry of meanings.yaml as a case."""
    instances: list[tuple[object, bool]] = []
    for key, valid in (("valid", True), ("invalid", False)):
        instances += [(one, valid) for one in entry.get(key, [])]
        instances += [(one.encode(), valid) for one in entry.get(f"{key}_json", [])]
    components: dict[str, Schema] = entry.get("components", {})
    case = Case(json.dumps(entry["schema"]), entry["schema"], tuple(instances), components)
    return case if entry.get("as_is") else dressed(case)


TAKEN = [case_of(entry) for entry in MEANINGS["taken"]]
AS_PROPERTIES = list(map(as_property, TAKEN))
REFUSED = [case_of(entry) for entry in MEANINGS["refused"]]


def test_what_is_taken_means_what_json_schema_says() -> None:
    verdicts = judge([*TAKEN, *AS_PROPERTIES])
    assert [(one.case.name, one.refused) for one in verdicts if one.refused] == []
    assert disagreements(verdicts) == []


def test_the_responses_validator_says_the_same() -> None:
    """The tests hold every response against the contract with it. It is given values: it does not read the texts."""
    for entry, case in zip(MEANINGS["taken"], TAKEN, strict=True):
        readable = tuple(one for one in case.instances if not isinstance(one[0], bytes))
        judged = reference(Case(case.name, case.schema, readable, case.components))
        assert judged is not None, case.name
        unlike = [one for one, judgement in zip(readable, judged.instances, strict=True) if one != judgement]
        assert bool(unlike) is ("unlike" in entry), f"{case.name}: {unlike}"


def test_the_sealed_schemas_of_replies_say_the_same() -> None:
    """Compare the schemas that hold each response of each test, closed for it, with the official suite."""
    cases = {f"Case{index}": case for index, case in enumerate(passing([*official_cases(), *TAKEN, *AS_PROPERTIES]))}
    schemas = {part: schema for name, case in cases.items() for part, schema in components_of(name, case).items()}
    sealed = seal_components(cast("dict[str, Json]", schemas), {})
    unlike = set()
    for name, case in cases.items():
        document = {"$ref": f"#/sealed/{name}", **sealed}
        validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
        readable = [(one, valid) for one, valid in case.instances if not isinstance(one, bytes)]
        if any(validator.is_valid(one) is not valid for one, valid in readable):
            unlike.add(case.name)
    known = [case for entry, case in zip(MEANINGS["taken"], TAKEN, strict=True) if "unlike" in entry]
    assert unlike == {case.name for case in [*known, *map(as_property, known)]}


def test_what_is_refused_is_told_with_its_place_and_keyword() -> None:
    verdicts = judge(REFUSED)
    assert disagreements(verdicts) == []
    wrong = [
        (one.case.name, one.refused)
        for entry, one in zip(MEANINGS["refused"], verdicts, strict=True)
        if not any(entry["why"] in line for line in one.refused)
    ]
    assert wrong == []
