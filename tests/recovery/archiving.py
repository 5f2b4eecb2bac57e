"""Archive in a bucket, and servers whose commands reach it.

PostgreSQL runs as another user, who may neither run this Python nor read this checkout, as in a container of its own:
it runs a copy of `docker/postgres/wal.sh`, beside which `python -m impl.wal serve` runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.gateways.s3_server import S3Server
from tests.harness.databases import ROOT
from tests.harness.environment import clean_environment
from tests.harness.launching import run, start
from tests.harness.patience import PATIENCE
from tests.harness.postgres import User, find_binaries

_SCRIPT: Final = ROOT / "docker" / "postgres" / "wal.sh"
# What a server runs for each file, `%p`.
STORED: Final = ("archive", "%p", "--recipient", "age1...")


@dataclass(frozen=True, slots=True)
class Archive:
    """Bucket of the archive, and the program that works with it."""

    s3: S3Server
    recipient: str
    identity: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return run("impl.wal", *map(str, words), environment=self.environment(**environment))

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of its program."""
        given = {
            "WAL_S3_BUCKET": "wal",
            "WAL_S3_ENDPOINT": self.s3.endpoint,
            "WAL_S3_ACCESS_KEY_ID": self.s3.access_key_id,
            "WAL_S3_SECRET_ACCESS_KEY": self.s3.secret_access_key,
            "POSTGRES_PROGRAMS": str(find_binaries()),
            **self.settings,
            **changes,
        }
        return {**clean_environment(), **given}

    def store(self, file: Path) -> subprocess.CompletedProcess[str]:
        """Archive a file as a server does."""
        told = {"%p": str(file), "age1...": self.recipient}
        return self.run(*(told.get(word, word) for word in STORED))

    def fetch(self, name: str, target: Path) -> subprocess.CompletedProcess[str]:
        """Fetch a file as a server does that recovers."""
        return self.run("fetch", name, target, "--identity", self.identity)


@contextmanager
def relayed(archive: Archive, folder: Path, user: User) -> Iterator[str]:
    """Give the command of a server, with `archive %p %f` or `fetch %f %p`."""
    spool = folder / "spool"
    spool.mkdir(parents=True)
    script = Path(shutil.copy(_SCRIPT, folder))
    if user is not None:
        for path in (folder, script):
            os.chown(path, user.pw_uid, user.pw_gid)
    keys = ("--recipient", archive.recipient, "--identity", str(archive.identity))
    with Path(os.devnull).open("wb") as nothing:
        serving = start("impl.wal", "serve", str(spool), *keys, environment=archive.environment(), output=nothing)
    try:
        yield f"WAL_SPOOL={spool} WAL_TRIES={round(PATIENCE * 5)} sh {script}"
    finally:
        serving.send_signal(signal.SIGTERM)
        assert serving.wait() == 0
