"""SeaweedFS, a real S3 server, started for the tests that ask for it."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.harness.foreign_servers import serving

_WEED: Final = Path(sys.prefix) / "bin" / "weed"
_PORTS: Final = ("master.port", "volume.port", "filer.port", "s3.port")
_READY: Final = "Start Seaweed S3 API Server"


@dataclass(frozen=True, slots=True)
class S3Server:
    """Running server, and the key of its only account; a bucket is made by the first upload into it."""

    endpoint: str
    access_key_id: str = "AKTESTS"
    secret_access_key: str = "of-tests-and-of-nobody-else"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start a server that keeps its data in a folder."""
    ports = _free_ports(2 * len(_PORTS))
    named = dict(zip(_PORTS, ports, strict=False))
    named |= {f"{name}.grpc": port for name, port in zip(_PORTS, ports[len(_PORTS) :], strict=True)}
    server = S3Server(f"http://127.0.0.1:{named['s3.port']}")
    accounts = folder / "accounts.json"
    accounts.write_text(json.dumps({"identities": [_account(server)]}))
    command: list[str | Path] = [
        _WEED,
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={folder}",
        "-filer",
        "-s3",
        f"-s3.config={accounts}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=100",
        *(f"-{name}={port}" for name, port in named.items()),
    ]
    with serving(command, folder, ready=_READY):
        yield server


def _account(server: S3Server) -> dict[str, object]:
    return {
        "name": "tests",
        "credentials": [{"accessKey": server.access_key_id, "secretKey": server.secret_access_key}],
        "actions": ["Admin", "Read", "Write", "List"],
    }


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]
