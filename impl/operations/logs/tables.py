"""Table of the warnings and errors that processes have logged."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.ids import new_id
from impl.kernel.personal_data import Period, PersonalDataPolicy
from impl.kernel.tables import Table, enum_column

PROGRAM_LENGTH = 32
LOGGER_LENGTH = 100
MESSAGE_LENGTH = 1000
ERROR_LENGTH = 4000


class LogLevel(StrEnum):
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class LogEntry(Table):
    """Entry of the log, without anything personal: neither the text of an error, nor what a library said."""

    __tablename__ = "log_entries"
    __table_args__ = (
        Index("ix_log_entries_logged_at_id", "logged_at", "id"),
        Index("ix_log_entries_request_id", "request_id"),
        {"schema": "operations"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    logged_at: Mapped[datetime]
    level: Mapped[LogLevel] = mapped_column(enum_column(LogLevel))
    program: Mapped[str] = mapped_column(String(PROGRAM_LENGTH))
    logger: Mapped[str] = mapped_column(String(LOGGER_LENGTH))
    message: Mapped[str] = mapped_column(String(MESSAGE_LENGTH))
    # Types of an exception and of its causes, with the places where each was raised.
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    operation: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=LogEntry,
        retention=Period.LOG_ENTRIES,
        expired=lambda then: LogEntry.logged_at <= then,
        impersonal=("id", "logged_at", "level", "program", "logger", "message", "error", "operation", "request_id"),
    ),
)
