"""Loopback sockets for servers under test."""

from __future__ import annotations

import socket


def listen() -> socket.socket:
    """Bind a loopback port, so that it is known before anything is configured with it and nobody else can take it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener
