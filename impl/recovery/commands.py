"""Commands of backups, which `impl.cli` offers: their arguments, and what they say at the end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory

from impl.assembly import MIGRATIONS, Services
from impl.gateways.storage import put_back
from impl.recovery.backup import Recovery
from impl.recovery.errors import RecoveryError, explained

if TYPE_CHECKING:
    import argparse

    from impl.recovery.backup import Outcome


def add_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], *, head: Callable[[str], object]
) -> None:
    """Describe the arguments of the commands; `head` reads a head of the audit trail."""
    key = commands.add_parser("backup-key", help="make the key that reads backups; run it on another machine")
    key.add_argument("file", type=Path, help="where the private key is written; the public one is printed")
    backup = commands.add_parser("backup", help="write the database and the files to one encrypted archive")
    backup.add_argument("to", type=Path, help="new file, or folder in which it is named by the time")
    backup.add_argument(
        "--recipient", action="append", required=True, metavar="age1...", help="public key that may read it; repeatable"
    )
    restoring = commands.add_parser("restore", help="restore an archive into an empty database and an empty storage")
    restoring.add_argument("archive", type=Path)
    restoring.add_argument("--identity", type=Path, required=True, help="file of the private key")
    restoring.add_argument("--head", type=head, help="POSITION:DIGEST of the audit trail, as `audit verify` prints it")
    undeleting = commands.add_parser("undelete", help="restore the kept files that were deleted since a moment")
    commands.add_parser("delete-unnamed", help="delete photo files without a row, after a point-in-time recovery")
    undeleting.add_argument(
        "--since", type=datetime.fromisoformat, required=True, help="moment, as 2026-11-29T13:00:00+00:00"
    )


async def undelete(services: Services, options: argparse.Namespace) -> str:
    """Put files back, and return how many, in a sentence."""
    if options.since.tzinfo is None:
        raise RecoveryError(f"{options.since.isoformat()} has no offset, such as Z or +02:00.")
    with explained("The storage of files"):
        return f"{await put_back(services.storage, since=options.since)} files put back"


async def delete_unnamed(services: Services) -> str:
    """Delete pictures without a photo, and return how many files went, in a sentence."""
    with explained("The storage of files"):
        return f"{await services.marketplace.photos.delete_unnamed()} files deleted"


async def back_up(services: Services, options: argparse.Namespace) -> str:
    """Write an archive and return what it holds, in a sentence."""
    made = await _recovery(services).back_up(options.to, options.recipient, services.clock.now())
    return f"{made.archive} written: {_described(made)}"


async def restore(services: Services, options: argparse.Namespace) -> str:
    """Restore an archive and return what it held, in a sentence."""
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    made = await _recovery(services).restore(options.archive, options.identity, known.__contains__)
    return f"{made.archive} restored: {_described(made)}"


def _recovery(services: Services) -> Recovery:
    settings, task = services.settings, asyncio.current_task()
    if task is not None:
        # What a timer stops leaves nothing behind either.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return Recovery(settings.session_url, services.storage, settings.postgres_programs)


def _described(outcome: Outcome) -> str:
    found = outcome.manifest
    return (
        f"{sum(found.rows.values())} rows in {len(found.rows)} tables, {outcome.files} files,"
        f" schema {found.revision}, as of {found.created_at.isoformat(timespec='seconds')}"
    )
