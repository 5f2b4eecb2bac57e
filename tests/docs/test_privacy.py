"""The page on personal data tells of every table what its policy declares."""

from __future__ import annotations

import re

from impl.assembly import PERSONAL_DATA_POLICIES
from impl.kernel.personal_data import ALWAYS, WITH_ACCOUNT, Period, PersonalDataPolicy, Section
from impl.kernel.settings.service import Settings
from impl.kernel.tables import Table, core_table
from tests.docs.references import rows
from tests.harness.databases import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
ROWS = [cells for cells in rows(PAGE) if cells[0].startswith("`")]


def test_every_table_is_named_once() -> None:
    assert sorted(cells[0].strip("`") for cells in ROWS) == sorted(table.name for table in Table.metadata.sorted_tables)


def test_every_period_is_named_and_no_other() -> None:
    assert set(re.findall(r"RETENTION_\w+", PAGE)) == set(Period)


def test_a_row_says_how_long_what_erasure_does_and_what_is_exported() -> None:
    for policy in PERSONAL_DATA_POLICIES:
        name = core_table(policy.table).name
        (cells,) = [cells for cells in ROWS if cells[0] == f"`{name}`"]
        _, of_people, why, *said = cells
        assert of_people, name
        assert why, name
        assert said == [_kept(policy), _erasure(policy), _export(policy)], name
        is_of_nobody = policy.rows is None and not policy.removed and not policy.pseudonyms
        assert (of_people == "nothing") == is_of_nobody, name


def _kept(policy: PersonalDataPolicy) -> str:
    if policy.retention in {ALWAYS, WITH_ACCOUNT}:
        return "always" if policy.retention == ALWAYS else "with the account"
    return f"`{policy.retention}` ({Settings.model_fields[policy.retention.lower()].default})"


def _erasure(policy: PersonalDataPolicy) -> str:
    if policy.removed:
        return "removed"
    if policy.blanked:
        return "emptied, its id stays"
    return "stays, under pseudonyms" if policy.pseudonyms else "nothing to erase"


def _export(policy: PersonalDataPolicy) -> str:
    if isinstance(policy.export, Section):
        return f"`{policy.export.name}`"
    return "nobody's" if policy.export is None else "no"
