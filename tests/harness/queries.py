"""Queries of tests, which select columns of their own choice and declare no row type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impl.kernel.statements import Query, Statement

type Row = Mapping[str, Any]


class UntypedQuery(Query[Row]):
    """Query whose rows are read by column names only."""

    __slots__ = ()

    def __init__(self, statement: Statement, /, *, replanned: bool = False) -> None:
        self.statement = statement
        self.replanned = replanned
        self._compiled = {}
