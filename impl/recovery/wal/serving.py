"""Archive for a server beside which no Python runs: a folder that both share, through which files are handed over.

`docker/postgres/wal.sh` is the other side, which PostgreSQL starts for each file. The two run as different users
without a common group, so everybody may write into the folders: nobody else may mount what they share. A file lies
there unencrypted until it is in the bucket, which is why they are in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impl.recovery.errors import RecoveryError

if TYPE_CHECKING:
    from impl.recovery.archive import Identity, Recipient
    from impl.recovery.wal.segments import Segments

# Files that are to be archived, once they are whole; names of those that are asked for; both answers.
_ARCHIVE: Final = "archive"
_FETCH: Final = "fetch"
_FETCHED: Final = "fetched"
_DONE: Final = "done"
_PART: Final = "part"
_PAUSE_SECONDS: Final = 0.1
# As of the command of the same name.
_STORED: Final = 0
_NOT_STORED: Final = 1
_NOT_THERE: Final = 1
_FAILED: Final = 200


class SharedFolder:
    """Folder that is shared with a server, which runs as another user."""

    def __init__(
        self,
        folder: Path,
        segments: Segments,
        *,
        recipients: Sequence[Recipient],
        identities: Sequence[Identity],
        report: Callable[[Exception], None],
    ) -> None:
        """Take keys to archive with and keys to read with; what there is no key for is refused, and reported."""
        self._folder = folder
        self._segments = segments
        self._recipients = recipients
        self._identities = identities
        self._report = report

    async def run(self) -> None:
        """Answer until it is cancelled."""
        for name in (_ARCHIVE, _FETCH, _FETCHED, _DONE, _PART):
            (self._folder / name).mkdir(exist_ok=True)
            (self._folder / name).chmod(0o777)
        while True:
            for request in await asyncio.to_thread(self._requests):
                await self._answer(request)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _requests(self) -> list[Path]:
        return sorted(path for name in (_ARCHIVE, _FETCH) for path in (self._folder / name).iterdir())

    async def _answer(self, request: Path) -> None:
        is_fetch = request.parent.name == _FETCH
        try:
            status = await (self._fetch(request.name) if is_fetch else self._store(request))
        except Exception as error:  # noqa: BLE001 - one file that fails is no reason to leave the others
            self._report(error)
            status = _FAILED if is_fetch else _NOT_STORED
        await asyncio.to_thread(self._write_status, request, status)

    def _write_status(self, request: Path, status: int) -> None:
        request.unlink(missing_ok=True)
        written = self._folder / _PART / f"{request.name}.status"
        written.write_text(f"{status}\n", encoding="ascii")
        written.chmod(0o644)
        written.rename(self._folder / _DONE / request.name)

    async def _store(self, file: Path) -> int:
        if not self._recipients:
            raise RecoveryError("There is no --recipient to archive for.")
        await self._segments.archive(file, self._recipients)
        return _STORED

    async def _fetch(self, name: str) -> int:
        if not self._identities:
            raise RecoveryError("There is no --identity to read the archive with.")
        target = self._folder / _FETCHED / name
        if not await self._segments.fetch(name, target, self._identities):
            return _NOT_THERE
        target.chmod(0o644)
        return _STORED
