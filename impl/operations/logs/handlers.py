"""Handlers of the log."""

from __future__ import annotations

from datetime import datetime
from typing import override

from generated import models, replies
from generated.routers.logs import AbstractLogsHandlers, ListLogEntriesOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, capped
from impl.operations.logs.repository import Filters, LogEntryRow
from impl.operations.logs.service import LogsService
from impl.operations.logs.tables import LogLevel


class LogsHandlers(AbstractLogsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: LogsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_log_entries(
        self,
        caller: Caller,
        *,
        level: models.LogLevel | None,
        logger: str | None,
        request_id: str | None,
        logged_from: datetime | None,
        logged_before: datetime | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListLogEntriesOk:
        wanted = None if level is None else LogLevel(level.value)
        filters = Filters(wanted, logger, request_id, logged_from, logged_before)
        scope = f"listLogEntries {caller.user_id} {filters.cursor_scope()}"
        page = await self._service.page(filters, after=self._cursors.decode_moment(cursor, scope=scope), limit=limit)
        total = await self._service.count(filters) if include_total else None
        return ListLogEntriesOk(
            {
                "items": [_entry(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(
                    page, lambda row: (row["logged_at"], row["id"]), scope=scope
                ),
                **capped(total),
            }
        )


def _entry(row: LogEntryRow) -> replies.LogEntry:
    return {
        "id": row["id"],
        "logged_at": row["logged_at"],
        "level": models.LogLevel(row["level"].value),
        "program": row["program"],
        "logger": row["logger"],
        "message": row["message"],
        "error": row["error"],
        "operation": row["operation"],
        "request_id": row["request_id"],
    }
