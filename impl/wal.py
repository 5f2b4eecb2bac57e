"""Commands of the database's machine: archive the write-ahead log, fetch it, copy the server, prepare a recovery.

It starts for each file that PostgreSQL archives: it imports little, and needs none of the service's secrets.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from impl.gateways.storage import in_bucket
from impl.kernel.clock import SystemClock
from impl.kernel.settings.address import read_base_url
from impl.kernel.settings.database import DatabaseSettings
from impl.recovery import keys
from impl.recovery.errors import RecoveryError
from impl.recovery.wal.base_backups import BaseBackups, restore_settings, write_recovery
from impl.recovery.wal.segments import Segments
from impl.recovery.wal.serving import SharedFolder

if TYPE_CHECKING:
    from impl.gateways.storage import Storage

_ROOT: Final = Path(__file__).resolve().parents[1]
# What PostgreSQL takes for the end of the archive, where it ends its recovery; above 125 it stops instead.
_NOT_THERE: Final = 1
_FAILED: Final = 200


class WalSettings(DatabaseSettings):
    """Settings of the archive: a bucket of its own, whose account may write and list, and never needs to delete."""

    wal_s3_bucket: str = Field(default="", pattern=r"^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    # Address of the server, for those that are not AWS.
    wal_s3_endpoint: Annotated[str, AfterValidator(read_base_url)] | None = None
    wal_s3_region: str = Field(default="us-east-1", pattern=r"^[A-Za-z0-9-]{1,50}$")
    wal_s3_access_key_id: str | None = None
    wal_s3_secret_access_key: SecretStr | None = None
    # Whether the bucket's name stands in the host (bucket.server) instead of the path (server/bucket).
    wal_s3_virtual_hosted: bool = False

    def archive(self) -> Storage:
        """Return the archive."""
        if not self.wal_s3_bucket:
            raise RecoveryError("WAL_S3_BUCKET is missing: it names the bucket of the archive.")
        secret = self.wal_s3_secret_access_key
        return in_bucket(
            self.wal_s3_bucket,
            endpoint=self.wal_s3_endpoint,
            region=self.wal_s3_region,
            access_key_id=self.wal_s3_access_key_id,
            secret_access_key=None if secret is None else secret.get_secret_value(),
            virtual_hosted=self.wal_s3_virtual_hosted,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    options = make_parser().parse_args(arguments)
    failed = _FAILED if options.command == "fetch" else 1
    try:
        status = asyncio.run(_run(options, WalSettings.load()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - no failure may be taken for the end of the archive
        _report(error)
        status = failed
    sys.exit(status)


def _report(error: BaseException) -> None:
    if not isinstance(error, RecoveryError | SystemExit):
        traceback.print_exception(error)
    print(error, file=sys.stderr)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m impl.wal", description="Archive PostgreSQL's write-ahead log.")
    commands = parser.add_subparsers(dest="command", required=True)
    archiving = commands.add_parser("archive", help="store a file; for archive_command, with %%p")
    archiving.add_argument("file", type=Path)
    copying = commands.add_parser("copy", help="store a base backup of the server that PGHOST, PGUSER, ... name")
    for one in (archiving, copying):
        one.add_argument("--recipient", action="append", required=True, metavar="age1...", help="as for `backup`")
    fetching = commands.add_parser("fetch", help="write an archived file; for restore_command, with %%f and %%p")
    fetching.add_argument("name")
    fetching.add_argument("target", type=Path)
    preparing = commands.add_parser("prepare", help="write a data folder that recovers to a moment at its start")
    preparing.add_argument("folder", type=Path, help="new data folder")
    preparing.add_argument("--until", type=_moment, required=True, help="moment, as 2026-11-29T13:00:00+00:00")
    for one in (fetching, preparing):
        one.add_argument("--identity", type=Path, required=True, help="file of the private key")
    serving = commands.add_parser("serve", help="archive and fetch for docker/postgres/wal.sh until it is stopped")
    serving.add_argument("folder", type=Path, help="folder shared with the server")
    serving.add_argument("--recipient", action="append", default=[], metavar="age1...", help="public key; repeatable")
    serving.add_argument("--identity", type=Path, help="file of the private key, to fetch with during a recovery")
    return parser


async def _run(options: argparse.Namespace, settings: WalSettings) -> int:
    segments = Segments(archive := settings.archive())
    copies = BaseBackups(archive, settings.postgres_programs)
    match options.command:
        case "archive":
            await segments.archive(options.file, keys.read_recipients(options.recipient))
        case "fetch":
            identities = keys.read_identities(options.identity)
            return 0 if await segments.fetch(options.name, options.target, identities) else _NOT_THERE
        case "copy":
            server = {name: value for name, value in os.environ.items() if name.startswith("PG")}
            made = await copies.make(keys.read_recipients(options.recipient), server, SystemClock())
            print(f"{made.key} written: every moment from {made.finished_at.isoformat()} on can be recovered.")
        case "prepare":
            identity: Path = options.identity.resolve()
            chosen = await copies.before(options.until)
            await copies.unpack(chosen, options.folder, keys.read_identities(identity))
            write_recovery(options.folder, restore_settings(fetch=_fetching(identity), until=options.until))
            print(f"{options.folder} is the server of {chosen.finished_at.isoformat()}: start it.")
        case "serve":
            identities = [] if options.identity is None else keys.read_identities(options.identity)
            recipients = keys.read_recipients(options.recipient)
            await _until_ended(
                SharedFolder(options.folder, segments, recipients=recipients, identities=identities, report=_report)
            )
    return 0


async def _until_ended(shared: SharedFolder) -> None:
    serving = asyncio.ensure_future(shared.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _fetching(identity: Path) -> str:
    """Return the command by which the server fetches what it replays."""
    words = shlex.join(["env", f"PYTHONPATH={_ROOT}", sys.executable, "-m", "impl.wal", "fetch"])
    return f"{words} %f %p --identity {shlex.quote(str(identity))}"


def _moment(text: str) -> datetime:
    """Read a moment, which must have an offset: another time zone is another moment."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset, such as Z or +02:00")
    return moment.astimezone(UTC)


if __name__ == "__main__":
    main()
