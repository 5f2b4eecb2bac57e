"""PostgreSQL servers of one test: they are killed, started again, copied to hot standbys, and promoted."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.harness import postgres
from tests.harness.run import throwaway_folder

if TYPE_CHECKING:
    from tests.harness.databases import Databases

_DATABASE: Final = "hestami"
# What is answered must be on the disk when a server is killed; what the disk itself forgets is not tested.
_SETTINGS: Final = {"fsync": "off", "synchronous_commit": "on", "wal_level": "replica", "max_wal_senders": "5"}


class ClusterServer:
    """Server with a port of its own, which it has again when it is started again."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.data = cluster.folder / name
        self.port = postgres.free_port()
        self.name = name
        self._cluster = cluster
        self._server: postgres.Server | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Return the URL of its database."""
        return self._cluster.url(self.host)

    def start(self, **settings: str) -> None:
        """Start the server, and wait until it takes connections."""
        assert self._server is None
        given = {**postgres.SETTINGS, **_SETTINGS, **settings}
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        program = str(self._cluster.binaries / "postgres")
        self._server = postgres.Server([program, "-D", str(self.data), "-p", str(self.port), *options], self._user, [])
        assert self._server.is_ready, "".join(self._server.log)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End the server if it runs, by default at once, as a machine that fails."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(how)

    def restart(self, **settings: str) -> None:
        """Stop the server as an operator does, and start it again."""
        self.stop(signal.SIGINT)
        self.start(**settings)

    def freeze(self) -> None:
        """Freeze all processes of the server: connections are open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def promote(self) -> None:
        """Promote the standby, and wait until it is a primary."""
        self._cluster.run("pg_ctl", "promote", f"--pgdata={self.data}")

    def _signal(self, number: signal.Signals) -> None:
        assert self._server is not None
        # A session of its own, so that its group is the server with all its processes.
        for process in _family(self._server.pid):
            # Servers start and end helpers at any time.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    @property
    def _user(self) -> postgres.User:
        return self._cluster.user


class Cluster:
    """Primary with a migrated database, and standbys that copy it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = postgres.unprivileged_user()
        self.binaries = postgres.readable_binaries(folder, self.user)
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self._password = secrets.token_hex(16)
        self.primary = ClusterServer(self, "primary")
        self._servers = [self.primary]
        postgres.init(self.primary.data, self.binaries, self._password, self.user)

    def url(self, *hosts: str, **parameters: str) -> str:
        """Return the URL of the database on these hosts."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://postgres:{self._password}@{','.join(hosts)}/{_DATABASE}?{query}".rstrip("?")

    def fill(self, databases: Databases, name: str) -> None:
        """Copy the schema from the server of the run, which takes less time than a migration."""
        source = databases.migrated("postgresql", name)
        dump = self.folder / "dump"
        self.run("pg_dump", "--format=custom", f"--file={dump}", source.replace("+asyncpg", ""))
        admin = self.primary.url.replace(f"/{_DATABASE}", "/postgres")
        self.run("createdb", f"--maintenance-db={admin}", _DATABASE)
        self.run("pg_restore", "--no-owner", f"--dbname={self.primary.url}", str(dump))
        databases.drop(source)

    def standby(self, name: str, **settings: str) -> ClusterServer:
        """Copy the primary, and start the copy as a hot standby that follows it."""
        standby = ClusterServer(self, name)
        conninfo = f"host=127.0.0.1 port={self.primary.port} user=postgres password={self._password}"
        self.run(
            "pg_basebackup",
            f"--dbname={conninfo} application_name={name}",
            f"--pgdata={standby.data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-sync",
        )
        standby.start(**settings)
        self._servers.append(standby)
        return standby

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the user of the servers."""
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"

    def stop(self) -> None:
        for server in self._servers:
            server.stop()


@contextlib.contextmanager
def cluster(databases: Databases, name: str, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Start a primary with a migrated database; it and its standbys are gone when the block ends."""
    with throwaway_folder() as folder:
        made = Cluster(folder)
        try:
            made.primary.start(**(settings or {}))
            made.fill(databases, name)
            yield made
        finally:
            made.stop()


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [pid, *map(int, children.split())]
