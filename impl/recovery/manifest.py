"""Manifest of a backup, its first part: what it holds, of which moment, and how many rows each table had."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt, TypeAdapter, ValidationError

from impl.recovery.errors import RecoveryError

type Engine = Literal["postgresql", "sqlite"]

NAME: Final = "manifest.json"
DATABASE: Final = "database/"
FILES: Final = "files/"
FORMAT: Final = 1
BYTES_MAX: Final = 1024 * 1024


class Manifest(BaseModel):
    """Description that a backup gives of itself."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = FORMAT
    engine: Engine
    revision: str
    created_at: AwareDatetime
    rows: dict[str, NonNegativeInt]
    """Rows by table, counted in the same snapshot of the database."""


class Summary(NamedTuple):
    """Revision of a database, and the number of rows of each table."""

    revision: str
    rows: Mapping[str, int]


class Snapshot(NamedTuple):
    """Database as it was at one moment."""

    summary: Summary
    content: AsyncIterator[bytes]


class RecoverableDatabase(Protocol):
    """Database that is saved and restored, of either engine."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Hold on to one moment of the database until the context ends."""
        ...

    async def require_empty(self) -> None:
        """Raise RecoveryError if the database holds anything."""
        ...

    async def restore(self, content: AsyncIterator[bytes]) -> None:
        """Fill the empty database, whole or not at all."""
        ...

    async def summarize(self) -> Summary:
        """Return the revision of the database, and the number of rows of each table."""
        ...


_FORMAT_OF: Final = TypeAdapter(dict[str, object])


def write(engine: Engine, snapshot: Snapshot, now: datetime) -> bytes:
    """Return the manifest of a snapshot, for people to read too."""
    revision, rows = snapshot.summary
    made = Manifest(engine=engine, revision=revision, created_at=now, rows=dict(rows))
    return (made.model_dump_json(indent=2) + "\n").encode()


def read(content: bytes) -> Manifest:
    """Read a manifest; raises RecoveryError for one of a format that this release does not know."""
    try:
        version = _FORMAT_OF.validate_json(content).get("format")
    except ValidationError:
        raise RecoveryError("The archive has no manifest: it is no backup of Hestami.") from None
    if version != FORMAT:
        raise RecoveryError(f"The archive has the format {version}; this release reads format {FORMAT} only.")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise RecoveryError(f"The archive's manifest is not understood: {error.errors()[0]['msg']}.") from None


def file_name(now: datetime) -> Path:
    """Return the name of an archive of that moment, so that names sort by time."""
    return Path(f"hestami-{now:%Y%m%dT%H%M%SZ}.age")
