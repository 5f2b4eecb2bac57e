"""Service that has been assembled with its settings and forks into processes that serve: a start costs no assembly.

Run as a program by `launching.assembled`, with a socket as standard input, which `preloaded.py` explains.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from impl import app as program
from impl.edge import stopping
from tests.harness import preloaded

if TYPE_CHECKING:
    from fastapi import FastAPI

_serve = stopping.serve


def _fork(app: FastAPI, *, host: str, port: int, stop: stopping.Stop) -> None:
    """Serve in each child; nothing has been opened before, and no thread runs."""
    control = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    if preloaded.serve(control) is not None:
        _serve(app, host=host, port=port, stop=stop)


if __name__ == "__main__":
    stopping.serve = _fork
    program.main()
