"""Options of the server, its port, and what is done before it serves, each alone."""

from __future__ import annotations

import gc
import weakref
from argparse import ArgumentTypeError

import pytest

from impl.edge.server import options, port, settle


@pytest.mark.parametrize("text", ["0", "1", "8000", "65535"])
def test_a_port_is_a_number_of_the_systems(text: str) -> None:
    assert port(text) == int(text)


@pytest.mark.parametrize("text", ["", "-1", "65536", "http", "8000.0", "\uff18\uff10", "\u00b2"])
def test_nothing_else_is_a_port(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no port: it is a number of 1 to 65535"):
        port(text)


def test_the_server_leaves_to_our_middleware_what_it_would_do_itself() -> None:
    assert {name: value for name, value in options(host="::1", port=7).items() if name != "http"} == {
        "host": "::1",
        "port": 7,
        "loop": "uvloop",
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": 20,
    }
    assert options(host="::1", port=7, finish_seconds=3)["timeout_graceful_shutdown"] == 3


class _Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_there_before_the_first_request_is_collected_once_and_then_left_alone() -> None:
    frozen, thresholds = gc.get_freeze_count(), gc.get_threshold()
    gone, stays = weakref.ref(_Cycle()), _Cycle()
    gc.set_threshold(1_000, 7, 7)  # another test of this worker may have settled before
    try:
        settle()
        assert gone() is None
        assert gc.get_freeze_count() > frozen
        assert stays not in gc.get_objects()
        assert gc.get_threshold() != (1_000, 7, 7)
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
