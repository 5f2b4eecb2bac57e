"""Personal data is in the export, or its policy gives a reason, for each table and column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import LargeBinary

from impl.assembly import PERSONAL_DATA_POLICIES
from impl.kernel.personal_data import Section, Shape, exported_columns
from impl.kernel.tables import core_table
from tests.contract.contract_operations import resolve, schemas
from tests.identity.closure.test_erasure import TABLES, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impl.kernel.personal_data import PersonalDataPolicy
    from tests.contract.contract_operations import Node
    from tests.harness.closed_schemas import Json

_SECTIONS = [policy for policy in PERSONAL_DATA_POLICIES if isinstance(policy.export, Section)]


def _section(policy: PersonalDataPolicy) -> Section:
    assert isinstance(policy.export, Section)
    return policy.export


def test_what_is_held_of_people_is_given_to_them_or_it_is_said_why_not() -> None:
    for table in TABLES:
        policy = of(table)
        is_nobodys = set(policy.impersonal) == set(table.columns.keys())
        is_said = bool(policy.export) != is_nobodys
        assert is_said, f"{table.key}: say in its tables.py how it is exported, or why it is not"


def test_a_section_speaks_of_columns_that_are_there() -> None:
    for policy in _SECTIONS:
        section, table = _section(policy), core_table(policy.table)
        columns = set(table.columns.keys())
        assert set(section.withheld) <= columns, table.name
        assert all(section.withheld.values()), f"{table.name}: a column is withheld for a reason"
        named = {*section.named, *section.written, *section.shown}
        assert named <= set(exported_columns(policy, section)), table.name
        if section.shape is Shape.COUNT:
            assert set(section.withheld) == columns, table.name


def test_no_secret_and_nobody_elses_account_is_in_an_export() -> None:
    for policy in _SECTIONS:
        section, table = _section(policy), core_table(policy.table)
        for name in exported_columns(policy, section):
            column = table.columns[name]
            assert not isinstance(column.type, LargeBinary), f"{column}: bytes are digests and what is sealed"
            assert not name.endswith(("_hash", "_digest", "_secret", "_challenge")), str(column)
            assert "identity.users.id" not in {key.target_fullname for key in column.foreign_keys}, str(column)


def test_each_section_has_a_name_of_its_own() -> None:
    names = Counter(_section(policy).name for policy in _SECTIONS)
    assert [name for name, count in names.items() if count > 1] == []


def _properties(schema: Json) -> dict[str, Json]:
    """Return the properties of an object schema, over all its alternatives."""
    node = resolve(schema)
    found = dict(cast("dict[str, Json]", node.get("properties", {})))
    for form in ("anyOf", "oneOf"):
        for choice in cast("list[Json]", node.get(form, [])):
            found |= _properties(choice)
    return found


def _paths(schema: Json, paths: Iterable[str]) -> set[str]:
    """Return the paths of the contract's members below these paths."""
    found: set[str] = set()
    below: dict[str, list[str]] = {}
    for path in paths:
        if "." in path:
            first, _, rest = path.partition(".")
            below.setdefault(first, []).append(rest)
    for name, member in _properties(schema).items():
        found |= {f"{name}.{path}" for path in _paths(member, below[name])} if name in below else {name}
    return found


_EXPORT = _properties(schemas()["DataExport"])


def test_the_contract_has_the_sections_that_there_are() -> None:
    ours = {_section(policy).name for policy in _SECTIONS}
    assert set(_EXPORT) == ours | {"format_version", "exported_at", "truncated"}


def test_the_contract_has_exactly_the_exported_columns() -> None:
    for policy in _SECTIONS:
        section = _section(policy)
        described = resolve(_EXPORT[section.name])
        if section.shape is Shape.COUNT:
            assert described["type"] == "integer", section.name
            continue
        if section.shape is Shape.ROWS:
            assert described["maxItems"] == section.most, section.name
            described = resolve(described["items"])
        paths = {section.named.get(name, name) for name in exported_columns(policy, section)}
        assert _paths(described, paths) == paths, section.name


@pytest.mark.parametrize(
    ("shown", "exported"),
    [
        ("Account", "ExportedAccount"),
        ("Identity", "ExportedIdentity"),
        ("OwnSession", "ExportedSession"),
        ("Activity", "ExportedOrigin"),
        ("Property", "ExportedProperty"),
        ("ProviderProfile", "ExportedProfile"),
        ("Service", "ExportedService"),
    ],
)
def test_what_is_marked_as_personal_elsewhere_is_in_it_and_marked(shown: str, exported: str) -> None:
    """The device of a session is said in plain words elsewhere; here it is in its own."""
    marked = {
        name for name, schema in _properties(schemas()[shown]).items() if cast("Node", schema).get("x-pii") is True
    }
    there = {
        name for name, schema in _properties(schemas()[exported]).items() if cast("Node", schema).get("x-pii") is True
    }
    assert {"user_agent" if name == "device" else name for name in marked} <= there
