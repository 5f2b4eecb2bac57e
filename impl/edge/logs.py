"""Logs as JSON lines, without personal data, tokens or raw paths; who did what is in the audit trail."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, override

from impl.edge.request_context import current
from impl.kernel import tracing

if TYPE_CHECKING:
    from impl.edge.request_context import RequestContext

ACCESS: Final = "hestami.access"
# Logger of the server about bytes that are no request.
MALFORMED: Final = "uvicorn.error.malformed"
_FIELDS: Final = "hestami_fields"
_CONTEXT: Final = "hestami_request_context"
_GATHER_SECONDS: Final = 0.025
_GATHERED_MAX: Final = 500
_encode: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode


def log_access(logger: logging.Logger, scope: Mapping[str, Any], context: RequestContext, seconds: float) -> None:
    """Log one line a request, with the route's template as its path: what a client typed may hold a token."""
    if not logger.isEnabledFor(logging.INFO):
        return
    operation = context.operation
    fields = {
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "operation": None if operation is None else operation.id,
        "status": context.status,
        "duration_ms": round(seconds * 1000, 2),
    }
    # Not logger.info, which walks the stack for a caller that is always this line: a third of the line's cost.
    record = logging.LogRecord(logger.name, logging.INFO, "", 0, "request", None, None)
    setattr(record, _FIELDS, fields)
    setattr(record, _CONTEXT, context)
    logger.handle(record)


def log_fault(logger: logging.Logger, error: Exception, context: RequestContext) -> None:
    """Log an unhandled exception once, with the request id that the response contains."""
    operation = context.operation
    fields = {"operation": None if operation is None else operation.id}
    logger.error("unhandled exception", exc_info=error, extra={_FIELDS: fields})


class JsonLines(logging.Formatter):
    """Formatter of one JSON object a line, escaped to ASCII: no control character of a client starts a new line.

    Exceptions are logged by type and place. Their text is left out, because drivers quote the row that they refused,
    and validators the input, which would put addresses into the log.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        context = context_of_record(record)
        if context is not None:
            line["request_id"] = context.request_id
            line["trace_id"] = context.trace_id
            if context.span_id is not None:
                line["span_id"] = context.span_id
        elif (trace := tracing.current()) is not None:
            line["trace_id"] = trace.trace_id
            line["span_id"] = trace.span_id
        line.update(getattr(record, _FIELDS, {}))
        if (error := error_of(record)) is not None:
            line["error"] = [{"type": cause.type, "at": cause.at} for cause in causes_of(error)]
        return _encode(line)


class TextLines(logging.Formatter):
    """Formatter for a terminal in development: one readable line, exceptions in full."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        text = super().formatMessage(record)
        fields: dict[str, Any] = getattr(record, _FIELDS, {})
        details = " ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
        return f"{text} {details}".rstrip().encode("unicode_escape").decode("ascii")


class BufferedLines(logging.StreamHandler[TextIO]):
    """Handler that writes lines in batches, each at once; single writes take a fifth of a short request's time.

    A line waits 25 ms at most, and a program writes the remaining ones when it ends.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        self.timer: asyncio.TimerHandle | None = None
        """Timer of the next batch; None while no line waits."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(f"{self.format(record)}{self.terminator}")
            if record.levelno >= logging.ERROR or len(self._lines) >= _GATHERED_MAX:
                self.flush()
            elif self.timer is None:
                self._wait()
        except Exception:  # noqa: BLE001 - no request fails because of a line; the library reports it
            self.handleError(record)

    @override
    def flush(self) -> None:
        # A line has the lock already; a timer and the program's end have not.
        self.acquire()
        try:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("".join(lines))
            super().flush()
        finally:
            self.release()

    def _wait(self) -> None:
        try:
            self.timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self.flush)
        except RuntimeError:  # no event loop is running
            self.flush()


def configure(*, level: str, form: Literal["json", "text"]) -> None:
    """Send all lines to standard error in one form, the server's included; its access log is replaced by ours."""
    handler, batches = logging.StreamHandler(sys.stderr), BufferedLines(sys.stderr)
    for one in (handler, batches):
        one.setFormatter(JsonLines() if form == "json" else TextLines())
    # Switched off, because no line shows them, and each costs a third of a line's time.
    for detail in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks"):
        setattr(logging, detail, False)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    lines = logging.getLogger(ACCESS)
    lines.handlers[:] = [batches]
    lines.propagate = False
    # Libraries log each statement at INFO, some with the values that they were given.
    for noisy in (
        "aiosqlite",
        "alembic",
        "asyncio",
        "aiosmtplib",
        "sqlalchemy",
        "watchfiles",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # Nobody can mend what clients send. They are told, and a warning for each would bury all others: staff are shown a
    # bounded number of warnings, and no limit holds for bytes that are no request.
    for of_clients in (MALFORMED, "multipart", "python_multipart"):
        logging.getLogger(of_clients).setLevel(max(logging.ERROR, root.level))


def context_of_record(record: logging.LogRecord) -> RequestContext | None:
    """Return the context of the request that a record is about, if there is one."""
    context: RequestContext | None = getattr(record, _CONTEXT, None) or current()
    return context


def error_of(record: logging.LogRecord) -> BaseException | None:
    """Return the exception that a record is about, if there is one."""
    _, error, _ = record.exc_info or (None, None, None)
    return error


@dataclass(frozen=True, slots=True)
class Cause:
    """Exception without its text: its type, and the places that it went through, the innermost last."""

    type: str
    at: list[str]


def causes_of(error: BaseException) -> list[Cause]:
    """Return an exception and its causes."""
    causes: list[Cause] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = traceback.extract_tb(cause.__traceback__)
        causes.append(
            Cause(
                f"{type(cause).__module__}.{type(cause).__qualname__}",
                [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            )
        )
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return causes
