"""Places of the tables in a database of several servers, and reasons for what could not be kept there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, String, Table, UniqueConstraint

from migrations.target import target
from tests.migrations.distribution import ADDED, is_distributed, violations

_LIST: Final[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "migrations" / "distribution.yaml").read_text(encoding="utf-8")
)
_PLACES: Final[dict[str, str]] = _LIST["places"]
_NAMED: Final[list[str]] = [name for reason in _LIST["exceptions"].values() for name in reason["constraints"]]


def test_every_table_has_a_place() -> None:
    tables = target("postgresql").tables
    assert set(_PLACES) == set(tables), "migrations/distribution.yaml names each table once"
    for name, place in _PLACES.items():
        if is_distributed(place):
            has = place.removeprefix(ADDED) in tables[name].columns
            assert has is not place.startswith(ADDED), f"{name} is spread by {place}"


def test_what_could_not_be_kept_has_a_reason() -> None:
    assert [name for name, count in Counter(_NAMED).items() if count > 1] == []
    assert violations(target("postgresql"), _PLACES) == set(_NAMED)


def test_the_rules_find_what_they_are_for() -> None:
    metadata = MetaData()
    Table("people", metadata, Column("id", Integer, primary_key=True), Column("email", String, unique=True))
    Table("kinds", metadata, Column("id", Integer, primary_key=True))
    homes = Table(
        "homes",
        metadata,
        Column("owner_id", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("guest_id", Integer),
        UniqueConstraint("owner_id", "guest_id", name="kept"),
    )
    for column, there, name in (
        ("owner_id", "people", "own"),
        ("guest_id", "people", "other"),
        ("number", "kinds", "kind"),
    ):
        homes.append_constraint(ForeignKeyConstraint([column], [f"{there}.id"], name=name))
    found = violations(metadata, {"people": "id", "kinds": "reference", "homes": "owner_id"})
    assert found == {"people.None", "homes.other"}
    assert violations(metadata, {"people": "local", "kinds": "local", "homes": "owner_id"}) == {
        "homes.own",
        "homes.other",
        "homes.kind",
    }
    assert violations(metadata, dict.fromkeys(("people", "kinds", "homes"), "local")) == set()
