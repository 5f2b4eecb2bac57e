"""The page on personal data says of every table what the tables themselves say."""

from __future__ import annotations

import re

import pytest

from impl.assembly import HOLDINGS
from impl.kernel.personal import ALWAYS, WITH_ACCOUNT, Holding, Period, Section
from impl.kernel.settings import Settings
from impl.kernel.tables import Table, plain
from tests.docs.naming import rows
from tests.harness.databases import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
ROWS = [cells for cells in rows(PAGE) if cells[0].startswith("`")]


def test_every_table_is_named_once() -> None:
    assert sorted(cells[0].strip("`") for cells in ROWS) == sorted(table.name for table in Table.metadata.sorted_tables)


def test_every_period_is_named_and_no_other() -> None:
    assert set(re.findall(r"RETENTION_\w+", PAGE)) == set(Period)


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda holding: plain(holding.table).name)
def test_a_row_says_how_long_what_erasure_does_and_what_is_exported(holding: Holding) -> None:
    (cells,) = [cells for cells in ROWS if cells[0] == f"`{plain(holding.table).name}`"]
    _, of_people, why, kept, erasure, export = cells
    assert of_people
    assert why
    assert kept == _kept(holding)
    assert erasure == _erasure(holding)
    assert export == _export(holding)
    assert (of_people == "nothing") == (holding.rows is None and not holding.removed and not holding.pseudonyms)


def _kept(holding: Holding) -> str:
    if holding.kept in {ALWAYS, WITH_ACCOUNT}:
        return "always" if holding.kept == ALWAYS else "with the account"
    return f"`{holding.kept}` ({Settings.model_fields[holding.kept.lower()].default})"


def _erasure(holding: Holding) -> str:
    if holding.removed:
        return "removed"
    if holding.blanked:
        return "emptied, its id stays"
    return "stays, under pseudonyms" if holding.pseudonyms else "nothing to erase"


def _export(holding: Holding) -> str:
    if isinstance(holding.export, Section):
        return f"`{holding.export.name}`"
    return "nobody's" if holding.export is None else "no"
