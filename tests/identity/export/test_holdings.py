"""Whatever is held of a person is in their export, or it is said why not: table by table and column by column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import LargeBinary

from impl.assembly import HOLDINGS
from impl.kernel.personal import Section, Shape, given
from impl.kernel.tables import plain
from tests.identity.closure.test_erasure import TABLES, of

if TYPE_CHECKING:
    from sqlalchemy import Table as PlainTable

    from impl.kernel.personal import Holding

_SECTIONS = [holding for holding in HOLDINGS if isinstance(holding.export, Section)]


def _section(holding: Holding) -> Section:
    assert isinstance(holding.export, Section)
    return holding.export


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_held_of_people_is_given_to_them_or_it_is_said_why_not(table: PlainTable) -> None:
    holding = of(table)
    is_nobodys = set(holding.impersonal) == set(table.columns.keys())
    assert bool(holding.export) != is_nobodys, f"{table.key}: say in its tables.py how it is exported, or why it is not"


@pytest.mark.parametrize("holding", _SECTIONS, ids=lambda holding: holding.table.__name__)
def test_a_section_speaks_of_columns_that_are_there(holding: Holding) -> None:
    section = _section(holding)
    columns = set(plain(holding.table).columns.keys())

    assert set(section.withheld) <= columns
    assert all(section.withheld.values()), "a column is withheld for a reason"
    assert {*section.named, *section.written, *section.shown} <= set(given(holding, section))
    if section.shape is Shape.COUNT:
        assert set(section.withheld) == columns


@pytest.mark.parametrize("holding", _SECTIONS, ids=lambda holding: holding.table.__name__)
def test_no_secret_and_nobody_elses_account_is_in_an_export(holding: Holding) -> None:
    section, table = _section(holding), plain(holding.table)
    for name in given(holding, section):
        column = table.columns[name]
        assert not isinstance(column.type, LargeBinary), "bytes are digests and what is sealed"
        assert not name.endswith(("_hash", "_digest", "_secret", "_challenge"))
        assert "identity.users.id" not in {key.target_fullname for key in column.foreign_keys}


def test_each_section_has_a_name_of_its_own() -> None:
    names = Counter(_section(holding).name for holding in _SECTIONS)
    assert [name for name, count in names.items() if count > 1] == []
