"""Reporting of unexpected exceptions in the log, of requests and of background work."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, override

from impl.edge.logs import error_of
from impl.edge.request_context import current
from impl.kernel import tracing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Ours; a client may have named its request as it liked.
_OWN_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Reports(Protocol):
    def send(self, error: BaseException, *, logger: str, tags: Mapping[str, str]) -> None: ...

    def close(self) -> None: ...


class _Reporting(logging.Handler):
    """Handler of log records with an unexpected exception; expected ones are logged without one."""

    def __init__(self, reports: Reports) -> None:
        super().__init__(logging.WARNING)
        self._reports = reports

    @override
    def emit(self, record: logging.LogRecord) -> None:
        error = error_of(record)
        if error is None or not record.name.startswith(("hestami", "asyncio")):
            return
        try:
            self._reports.send(error, logger=record.name, tags=_tags())
        except Exception:  # noqa: BLE001 - a report that fails must not be a failure of what it is about
            self.handleError(record)


@contextmanager
def reporting(reports: Reports | None) -> Iterator[None]:
    """Report until the block ends."""
    if reports is None:
        yield
        return
    handler = _Reporting(reports)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        reports.close()


def _tags() -> dict[str, str]:
    tags: dict[str, str] = {}
    context, trace = current(), tracing.current()
    if context is not None:
        if context.operation is not None:
            tags["operation"] = context.operation.id
        if _OWN_ID.fullmatch(context.request_id):
            tags["request_id"] = context.request_id
    if trace is not None:
        tags["trace_id"] = trace.trace_id
    return tags
