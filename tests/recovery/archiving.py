"""Archive in a bucket, and servers whose commands reach it.

PostgreSQL runs as another user, who may neither run this Python nor read this checkout: what it asks its commands, a
script of two lines hands over to the test, which runs the program of the archive and hands its exit status back.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from tests.gateways.s3_server import S3Server
from tests.harness.environment import clean_environment
from tests.harness.launching import run
from tests.harness.postgres import User, find_binaries

# Each request has a pipe of its own for its answer: a script that its server has ended leaves nobody waiting.
_SCRIPT: Final = """#!/bin/sh
for last; do :; done
mkfifo {folder}/$$ || exit 1
echo "$$ $* $PWD/$last" >{folder}/asked
read -r status <{folder}/$$
exit "$status"
"""
_OVER: Final = "over"
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
        given = {
            "WAL_S3_BUCKET": "wal",
            "WAL_S3_ENDPOINT": self.s3.endpoint,
            "WAL_S3_ACCESS_KEY_ID": self.s3.access_key_id,
            "WAL_S3_SECRET_ACCESS_KEY": self.s3.secret_access_key,
            "POSTGRES_PROGRAMS": str(find_binaries()),
            **self.settings,
            **environment,
        }
        return run("impl.wal", *map(str, words), environment={**clean_environment(), **given})

    def store(self, file: Path) -> subprocess.CompletedProcess[str]:
        """Archive a file as a server does."""
        told = {"%p": str(file), "age1...": self.recipient}
        return self.run(*(told.get(word, word) for word in STORED))

    def fetch(self, name: str, target: Path) -> subprocess.CompletedProcess[str]:
        """Fetch a file as a server does that recovers."""
        return self.run("fetch", name, target, "--identity", self.identity)


@contextmanager
def relayed(archive: Archive, folder: Path, user: User) -> Iterator[Path]:
    """Give the script that a server is told as its command, with `archive %p` or `fetch %f %p`."""
    folder.mkdir()
    os.mkfifo(folder / "asked")
    script = folder / "command"
    script.write_text(_SCRIPT.format(folder=folder))
    script.chmod(0o755)
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)

    def answer(requests: IO[bytes], answers: ExitStack) -> None:
        while (line := requests.readline().decode().strip()) != _OVER:
            script, command, *words, target = line.split()
            if command == "archive":
                done = archive.store(Path(target))
            else:
                done = archive.fetch(words[0], Path(target))
                if user is not None and done.returncode == 0:
                    os.chown(target, user.pw_uid, user.pw_gid)
            # Open to read as well, and kept open: nobody is waited for, and what was written stays until it is read.
            answered = answers.enter_context(_both_ends(folder / script))
            answered.write(f"{done.returncode}\n".encode())

    with _both_ends(folder / "asked") as requests, ExitStack() as answers:
        answering = threading.Thread(target=answer, args=(requests, answers), daemon=True)
        answering.start()
        try:
            yield script
        finally:
            requests.write(f"{_OVER}\n".encode())
            answering.join()


def _both_ends(fifo: Path) -> IO[bytes]:
    return os.fdopen(os.open(fifo, os.O_RDWR), "r+b", buffering=0)
